"""Alerts: at least once, under one key, to whoever is due, until somebody acts; and what becomes of a note the reader missed."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from api.db.models import Alert
from api.db.session import ALL
from coach import Coach
from tests.api.conftest import GRAVE, HEAVY, House, Peer, house_on, quick_coach, serving, settings_for


class Hook(ThreadingHTTPServer):
    """A webhook's receiver: keeps keys and bodies; answers `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, str]] = []
        self.hosts: list[str] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Handler(Peer):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.headers["Idempotency-Key"], body))
        self.server.hosts.append(self.headers["Host"])
        self.send_response(self.server.status)
        self.end_headers()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving(Hook()) as server:
        yield server


class Mail(socketserver.ThreadingTCPServer):
    """As much of SMTP as a message needs; keeps the messages."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.got: list[str] = []


class _Smtp(socketserver.StreamRequestHandler):
    server: Mail

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            match line.split()[0].upper():
                case "DATA":
                    self.say("354 go on")
                    lines = []
                    while (one := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                        lines.append(one)
                    self.server.got.append("\n".join(lines))
                    self.say("250 kept")
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def mail() -> Iterator[Mail]:
    with serving(Mail()) as server:
        yield server


def contact(house: House, address: str, **more: Any) -> str:
    given = {"name": "Desk", "channel": "webhook", "address": address, **more}
    answer = house.people["admin"].post("/v1/contacts", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def live(house: House, hook: Hook, **more: Any) -> str:
    """A contact that has acknowledged a test alert, and the program live."""
    ident = contact(house, hook.url, **more)
    assert house.people["admin"].post(f"/v1/contacts/{ident}/test").status_code == 202
    house.app.state.worker.tick()
    token = hook.got.pop()[1].split("#")[1].split('"')[0]
    assert house.client().post("/v1/alerts/acknowledge", json={"token": token}).status_code == 204
    assert house.people["admin"].post("/v1/program/live").status_code == 200
    return ident


def alerts(house: House) -> list[Alert]:
    with house.at.database.read(ALL) as session:
        return list(session.query(Alert).order_by(Alert.id))


@pytest.fixture
def ready(address: str, tmp_path: Any) -> Iterator[House]:
    made = house_on(address, tmp_path, allow_private_webhooks=True)
    yield made
    made.at.database.engine.dispose()


def test_no_program_is_live_before_a_test_alert_was_answered(ready: House, hook: Hook) -> None:
    assert ready.people["admin"].post("/v1/program/live").json()["code"] == "no_contact"
    told = ready.note(HEAVY)["told"]
    assert told["alerted"] == 0 and "not live" in told["line"]
    live(ready, hook)
    assert ready.note(HEAVY)["told"]["alerted"] == 1


def test_an_alert_says_level_deadline_and_link_and_no_more(ready: House, hook: Hook) -> None:
    live(ready, hook)
    stored = ready.note(GRAVE, pair=ready.pair(mentee="Quillfeather"))
    ready.app.state.worker.tick()
    ((_, body),) = hook.got
    assert stored["report"]["triage"]["level"] in body and "/flags/" in body
    for word in ("Quillfeather", "die", "distress", "mentor"):
        assert word not in body


def test_mail_carries_the_key(ready: House, mail: Mail, hook: Hook) -> None:
    live(ready, hook)
    settings = ready.at.settings.model_copy(
        update={"smtp_host": "127.0.0.1", "smtp_port": mail.server_address[1], "smtp_starttls": False}
    )
    ready.at.settings = settings
    contact(ready, "desk@example.org", channel="email")
    ready.note(HEAVY)
    ready.app.state.worker.tick()
    (message,) = mail.got
    key = next(a.key for a in alerts(ready) if "desk" not in a.key and a.key.replace(":", ".") in message)
    assert key and "landlord" not in message


def test_a_receiver_that_is_down_gets_it_later_under_the_same_key(ready: House, hook: Hook) -> None:
    live(ready, hook)
    hook.status = 503
    ready.note(HEAVY)
    for _ in range(3):
        ready.app.state.worker.tick()
        ready.clock.on(minutes=2)
    hook.status = 204
    ready.app.state.worker.tick()
    ready.app.state.worker.tick()
    keys = [key for key, _ in hook.got]
    assert len(keys) == 4 and len(set(keys)) == 1


def test_what_cannot_be_sent_is_listed_and_can_be_sent_again(ready: House, hook: Hook) -> None:
    live(ready, hook)
    hook.status = 500
    ready.note(HEAVY)
    for _ in range(ready.at.settings.alert_attempts):
        ready.app.state.worker.tick()
        ready.clock.on(hours=2)
    dead = ready.people["staff"].get("/v1/alerts/dead").json()
    assert dead and dead[0]["fault"] == "status_500"
    hook.status = 204
    assert ready.people["staff"].post(f"/v1/alerts/{dead[0]['id']}/resend").status_code == 202
    ready.app.state.worker.tick()
    assert len({key for key, _ in hook.got}) == len(alerts(ready)) - 1  # all but the test alert


def test_an_unclaimed_flag_climbs_until_somebody_claims_it(ready: House, hook: Hook) -> None:
    live(ready, hook)
    second = contact(ready, hook.url, step=2, name="Head")
    ready.note(HEAVY)
    (flag,) = ready.flags()
    ready.clock.on(hours=1, minutes=1)
    ready.app.state.worker.tick()
    if flag["level"] == "urgent":
        assert any(a.contact_id == second for a in alerts(ready))
    ready.change("staff", f"/v1/flags/{flag['id']}/claim", flag["version"])
    count = len(alerts(ready))
    ready.clock.on(days=20)
    ready.app.state.worker.tick()
    assert len(alerts(ready)) == count


def test_out_of_hours_an_emergency_reaches_whoever_is_on_call(ready: House, hook: Hook) -> None:
    class Graver(Coach):
        def analyze(self, note: Any, **more: Any) -> Any:
            report = super().analyze(note, **more)
            return replace(report, triage=replace(report.triage, level="emergency"))

    live(ready, hook)
    ready.at.analyst.__dict__["coach"] = Graver(quick_coach()._parts)
    ready.clock.on(hours=12)  # ten in the evening
    nobody = ready.note(GRAVE)
    assert nobody["report"]["triage"]["level"] == "emergency"
    assert nobody["told"]["alerted"] == 0 and "Nobody is on duty" in nobody["told"]["line"]
    contact(ready, hook.url, on_call=True, name="On call")
    assert ready.note(GRAVE)["told"]["alerted"] == 1


def test_two_workers_send_each_alert_once(ready: House, hook: Hook) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from api.alerts.worker import Worker
    from api.notes.service import read_again

    live(ready, hook)
    for _ in range(6):
        ready.note(HEAVY)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: Worker(ready.at, read_again).tick(), range(2)))
    keys = [key for key, _ in hook.got]
    assert len(keys) == len(set(keys)) == 6


def test_private_addresses_are_refused(address: str, tmp_path: Any) -> None:
    from api.alerts.senders import NotSent, _webhook

    settings = settings_for(address, tmp_path)
    for host in ("127.0.0.1", "localhost", "10.0.0.8", "169.254.169.254", "[::1]"):
        with pytest.raises(NotSent, match="private_address"):
            _webhook(settings, Alert(key="k:1", payload={}), f"https://{host}/hook")


def test_a_webhook_goes_to_the_address_that_was_checked(hook: Hook, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is looked up and private a moment later is not followed."""
    from api import outward
    from api.alerts import senders

    monkeypatch.setattr(outward, "public", lambda host, port: "127.0.0.1")
    alert = Alert(key="k:1", payload={"kind": "test", "link": "x"})
    port = hook.server_address[1]
    senders._webhook(house.at.settings, alert, f"http://hooks.example.invalid:{port}/hook")
    assert hook.hosts == [f"hooks.example.invalid:{port}"]


def test_phrases_alone_are_no_failure_where_the_reader_is_switched_off(house: House) -> None:
    analyst = house.at.analyst
    analyst.__dict__["coach"] = quick_coach().without_reader("The trained reader is switched off.")
    assert house.note(GRAVE)["note"]["read_again"]
    analyst._expects = False
    assert not house.note(GRAVE)["note"]["read_again"]


def test_a_reader_that_fails_or_hangs_loses_no_note(address: str, tmp_path: Any) -> None:
    """Phrases answer, the flag says so, and the worker reads the note again."""

    class Broken(Coach):
        mode = "fails"

        def analyze(self, note: Any, **more: Any) -> Any:
            if Broken.mode == "fails":
                raise MemoryError("no words")
            if Broken.mode == "hangs":
                threading.Event().wait(1.5)
            return super().analyze(note, **more)

    house = house_on(address, tmp_path, analysis_seconds=0.3)
    house.at.analyst._load = lambda: Broken(quick_coach()._parts)
    house.at.analyst.__dict__.pop("coach", None)
    for mode in ("fails", "hangs"):
        Broken.mode = mode
        stored = house.note(GRAVE)
        assert stored["report"]["coverage"]["read"] == "phrases_only"
        assert stored["report"]["triage"]["level"] in ("urgent", "emergency")
        assert stored["note"]["read_again"]
    assert [f["not_fully_read"] for f in house.flags()] == [True, True]
    Broken.mode = "works"
    threading.Event().wait(1.6)
    house.clock.on(minutes=5)
    house.at.settings = house.at.settings.model_copy(update={"analysis_seconds": 20})
    house.at.analyst._seconds = 20
    house.app.state.worker.tick()
    assert [f["not_fully_read"] for f in house.flags()] == [False, False]
    house.at.database.engine.dispose()


def test_past_its_queue_the_answer_is_come_back_later(tmp_path: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    class Slow(Coach):
        def analyze(self, note: Any, **more: Any) -> Any:
            threading.Event().wait(0.5)
            return super().analyze(note, **more)

    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path, analysis_workers=1, analysis_queue=1)
    house.at.analyst._load = lambda: Slow(quick_coach()._parts)
    house.at.analyst.__dict__.pop("coach", None)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: house.people["mentor"].post("/v1/analyze", json={"text": GRAVE}), range(6)))
    statuses = sorted(a.status_code for a in answers)
    assert statuses[0] == 200 and statuses[-1] == 503
    assert all(a.headers["Retry-After"] for a in answers if a.status_code == 503)
    assert house.client().get("/healthz").status_code == 200
    house.at.database.engine.dispose()
