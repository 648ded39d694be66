"""Webhooks into real receivers on loopback, verified by Standard Webhooks' own library at the time of the service's clock."""

import json
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import unescape
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("standardwebhooks", reason="needs the extra `serve`")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError, webhooks

from api import outward
from api.alerts.worker import Worker
from api.app import create_app
from api.db.models import Flag as FlagRow
from api.db.models import WebhookDelivery, WebhookSubscription
from api.db.session import ALL
from api.notes.service import read_again
from api.plugins.webhooks import sending
from api.plugins.webhooks.events import EVENTS
from api.plugins.webhooks.sending import Deliverer
from tests.api.conftest import (
    CALM,
    GRAVE,
    HEAVY,
    House,
    Peer,
    house_on,
    listening,
    new_postgres,
    quick_coach,
    serving,
)
from tests.api.test_pages import PAGE, send

README = Path(sending.__file__).parent / "README.md"
WAIT = 8
PRIVATE_WORDS = ("die", "sister", "Quillfeather", "football", "admin@example.org", "landlord")


@dataclass
class Got:
    """A request that came, and the service's time as it did."""

    headers: dict[str, str]
    body: bytes
    at: datetime

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def type(self) -> str:
        return str(self.event["type"])


class Receiver(ThreadingHTTPServer):
    """Keeps what comes; answers `status` with `more` headers, once `hold` is set where there is one."""

    daemon_threads = True

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[Got] = []
        self.status, self.more = 204, dict[str, str]()
        self.clock, self.hold, self.drip = clock, None, None
        self.news = threading.Condition()
        self.hold: threading.Event | None
        self.drip: threading.Event | None

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    def serve_forever(self, poll_interval: float = 0.01) -> None:
        super().serve_forever(poll_interval)

    def handle_error(self, *_: object) -> None:
        return

    def wait(self, count: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: len(self.got) >= count, WAIT), [g.type for g in self.got]


class _Handler(Peer):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.news:
            self.server.got.append(Got({k.lower(): v for k, v in self.headers.items()}, body, self.server.clock()))
            self.server.news.notify_all()
        if self.server.hold:
            self.server.hold.wait(WAIT)
        if self.server.drip:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.server.drip.wait(0.05):
                self.wfile.write(b"x: y\r\n")
            return
        self.send_response(self.server.status)
        for name, value in self.server.more.items():
            self.send_header(name, value)
        self.end_headers()


@dataclass
class Door:
    """A house with private addresses allowed, and receivers."""

    house: House
    stack: ExitStack

    def receiver(self, **given: Any) -> Receiver:
        made = self.stack.enter_context(serving(Receiver(self.house.clock)))
        for name, value in given.items():
            setattr(made, name, value)
        return made

    def subscribe(self, to: Receiver | str, *events: str, by: str = "admin", **more: Any) -> dict[str, Any]:
        address = to if isinstance(to, str) else to.url
        given = {"name": "CRM", "address": address, "events": list(events or ["note.analyzed"]), **more}
        answer = self.house.people[by].post("/v1/webhooks", json=given)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def act(self, hook: dict[str, Any], path: str = "", method: str = "POST", by: str = "admin", **body: Any) -> Any:
        client = self.house.people[by]
        version = client.get(f"/v1/webhooks/{hook['id']}").json().get("version", 1)
        headers = {"If-Match": f'"{version}"'}
        return client.request(method, f"/v1/webhooks/{hook['id']}{path}", json=body or None, headers=headers)

    def change(self, hook: dict[str, Any], by: str = "admin", **body: Any) -> Any:
        return self.act(hook, "", "PATCH", by, **body)

    def shown(self, hook: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.house.people["admin"].get(f"/v1/webhooks/{hook['id']}").json()
        return found

    def log(self, hook: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        answer = self.house.people["admin"].get(f"/v1/webhooks/{hook['id']}/deliveries", params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def test(self, hook: dict[str, Any]) -> None:
        """An event of no note."""
        assert self.act(hook, "/test").status_code == 202

    def tick(self) -> int:
        return int(self.house.app.state.worker._webhooks.tick())

    def key(self, name: str, *scopes: str) -> dict[str, Any]:
        """A new API key; its client is among the people."""
        made = self.house.people["admin"].post("/v1/keys", json={"name": name, "scopes": list(scopes)}).json()
        client = self.house.client()
        client.headers["Authorization"] = f"Bearer {made['token']}"
        self.house.people[name] = client
        return dict(made)

    def rows(self, hook: dict[str, Any]) -> list[WebhookDelivery]:
        with self.house.at.database.read(ALL) as session:
            mine = select(WebhookDelivery).where(WebhookDelivery.subscription_id == hook["id"]).order_by(WebhookDelivery.id)
            return list(session.execute(mine).scalars())


def verified(got: Got, secret: str) -> Any:
    """By the library's own verifier, its clock set to when the request came. Raises WebhookVerificationError."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return got.at

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhooks, "datetime", Then)
        return Webhook(secret).verify(got.body, got.headers)


@contextmanager
def a_house(address: str, folder: Path) -> Iterator[House]:
    house = house_on(address, folder, allow_private_webhooks=True, webhook_seconds=5.0, worker_seconds=0.02)
    house.people["admin"].headers["Coach-Program"] = house.program
    house.pair_id = house.pair(mentee="Quillfeather")  # type: ignore[attr-defined]
    yield house
    house.at.database.engine.dispose()


@pytest.fixture(scope="module")
def sqlite(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    require("reader")
    folder = tmp_path_factory.mktemp("webhooks")
    with a_house(f"sqlite:///{folder / 'data' / 'c.db'}", folder) as house:
        yield house


@pytest.fixture(scope="module")
def on_postgres(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    require("reader")
    require("postgres")
    folder = tmp_path_factory.mktemp("webhooks")
    with new_postgres() as address, a_house(address, folder) as house:
        yield house


@contextmanager
def opened(house: House) -> Iterator[Door]:
    """One house serves all tests: each begins now, with no subscription, and with settings of its own."""
    house.clock.at = datetime.now(UTC)
    settings = house.at.settings
    with ExitStack() as stack:
        yield Door(house, stack)
    house.at.settings = settings
    house.clock.at = datetime.now(UTC)
    for one in house.people["admin"].get("/v1/webhooks").json():
        assert house.people["admin"].delete(f"/v1/webhooks/{one['id']}").status_code == 204


@pytest.fixture
def door(sqlite: House) -> Iterator[Door]:
    with opened(sqlite) as found:
        yield found


@pytest.fixture(params=["sqlite", "on_postgres"])
def each(request: pytest.FixtureRequest) -> Iterator[Door]:
    """On each database."""
    with opened(request.getfixturevalue(request.param)) as found:
        yield found


def flag_of(house: House, stored: dict[str, Any]) -> dict[str, Any]:
    return next(f for f in house.flags() if f["note"] == stored["note"]["id"])


def decide(house: House, flag: dict[str, Any], **given: str) -> Any:
    body = {"decision": "confirmed", "reason": "We called the sister of K", **given}
    answer = house.change("staff", f"/v1/flags/{flag['id']}/decide", flag["version"], body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def fits_cloudevents(got: Got, house: House) -> None:
    """What CloudEvents 1.0 asks of a JSON event in structured mode over HTTP."""
    event = got.event
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert all(re.fullmatch("[a-z0-9]+", name) for name in event)
    assert event["specversion"] == "1.0" and event["datacontenttype"] == "application/json" and isinstance(event["data"], dict)
    assert event["id"] == got.id and "." not in got.id
    assert event["source"] == f"http://127.0.0.1:8000/programs/{house.program}"
    assert datetime.fromisoformat(event["time"]).tzinfo is not None and "T" in event["time"]


def test_every_event_arrives_signed_and_holds_no_word(each: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house, inbox = each.house, each.receiver()
    hook = each.subscribe(inbox, *EVENTS)
    stored, late = house.note(GRAVE, pair=house.pair_id), house.note(HEAVY)  # type: ignore[attr-defined]
    flag, ours = flag_of(house, stored), {n["note"]["id"] for n in (stored, late)}
    seen: list[Got] = []

    def news() -> list[Got]:
        """What has come since, of these notes: others that tests left in the house fall due too."""
        each.tick()
        found = [g for g in inbox.got if g not in seen and g.event["data"]["note"] in ours]
        seen.extend(found)
        return found

    assert [g.type for g in news()] == ["note.analyzed", "flag.raised"] * 2
    kept = decide(house, flag, decision="needs_more")  # which decides nothing
    done = decide(house, kept)
    undone = house.change("staff", f"/v1/flags/{flag['id']}/undo", done["version"]).json()
    again = decide(house, undone)
    house.change("staff", f"/v1/flags/{flag['id']}/reopen", again["version"], {"reason": "Her mother called"})
    assert [(g.type, g.event["data"]["because"], g.event["data"]["state"]) for g in news()] == [
        ("flag.decided", "decided", "decided"),
        ("flag.raised", "undone", "claimed"),
        ("flag.decided", "decided", "decided"),
        ("flag.raised", "reopened", "open"),
    ]
    house.clock.on(days=6)
    overdue = {(g.type, g.event["subject"]) for g in news()}
    assert overdue == {("flag.overdue", f"flags/{f}") for f in (flag["id"], flag_of(house, late)["id"])}
    house.clock.on(days=1, minutes=1)
    steps = [step for n in (stored, late) for step in n["report"]["follow_ups"]]
    assert [g.type for g in news()] == ["follow_up.due"] * len(steps) and steps
    house.clock.on(days=1)
    assert news() == []  # each once
    assert len({g.id for g in seen}) == len(seen) and {g.type for g in seen} == set(EVENTS)
    for got in seen:
        fits_cloudevents(got, house)
        assert verified(got, hook["secret"]) == got.event
        for word in PRIVATE_WORDS:
            assert word not in got.body.decode()
    for quote in {s["quote"] for s in stored["report"]["signals"]} | {hook["secret"], *(step["text"] for step in steps)}:
        assert quote not in caplog.text


def test_what_was_forged_or_is_old_does_not_verify(door: Door) -> None:
    """So that `verified` above says something."""
    inbox = door.receiver()
    hook = door.subscribe(inbox)
    door.test(hook)
    door.tick()
    (got,) = inbox.got
    assert verified(got, hook["secret"])["type"] == "webhook.test"
    other = door.subscribe(inbox)["secret"]
    for changed, secret in (
        (got, other),
        (Got(got.headers, got.body.replace(b"webhook.test", b"flag.decided"), got.at), hook["secret"]),
        (Got({**got.headers, "webhook-id": "evt_1"}, got.body, got.at), hook["secret"]),
        (Got(got.headers, got.body, got.at + timedelta(minutes=6)), hook["secret"]),
    ):
        with pytest.raises(WebhookVerificationError):
            verified(changed, secret)


def test_the_report_goes_where_an_admin_granted_it_and_nowhere_else(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house, plain, full = door.house, door.receiver(), door.receiver()
    door.key("crm", "webhooks", "notes:read")
    refused = house.people["crm"].post(
        "/v1/webhooks", json={"name": "x", "address": full.url, "events": ["note.analyzed"], "report": True}
    )
    assert refused.status_code == 403
    door.subscribe(plain, "note.analyzed")
    hook = door.subscribe(full, "note.analyzed", by="crm")
    assert door.change(hook, by="crm", report=True).status_code == 403
    assert door.change(hook, report=True).json()["report"] is True
    stored = house.note(GRAVE)
    door.tick()
    assert full.got[0].event["data"]["report"] == stored["report"] and "report" not in plain.got[0].event["data"]
    assert GRAVE not in full.got[0].body.decode()
    assert verified(full.got[0], hook["secret"])
    assert not any("report" in (row.data or {}) for row in door.rows(hook))
    for signal in stored["report"]["signals"]:
        assert signal["quote"] not in caplog.text
    house.note(GRAVE)
    assert door.change(hook, by="crm", address=full.url + "/else").json()["report"] is False  # before that left
    door.tick()
    assert "report" not in full.got[1].event["data"]


def test_for_a_day_both_secrets_sign(door: Door) -> None:
    inbox = door.receiver()
    first = door.subscribe(inbox)
    second = door.act(first, "/rotate").json()
    door.test(first)
    door.tick()
    assert len(inbox.got[0].headers["webhook-signature"].split()) == 2
    for secret in (first["secret"], second["secret"]):
        assert verified(inbox.got[0], secret)
    door.house.clock.on(hours=24)
    door.test(first)
    door.tick()
    assert verified(inbox.got[1], second["secret"])
    with pytest.raises(WebhookVerificationError):
        verified(inbox.got[1], first["secret"])
    third, fourth = (door.act(first, "/rotate").json()["secret"] for _ in range(2))
    door.test(first)
    door.tick()
    assert verified(inbox.got[2], third) and verified(inbox.got[2], fourth)
    with pytest.raises(WebhookVerificationError):  # two at most
        verified(inbox.got[2], second["secret"])
    assert all(s not in json.dumps(door.shown(first)) for s in (third, fourth)) and fourth.startswith("whsec_")
    with door.house.at.database.read(ALL) as session:
        row = session.get(WebhookSubscription, first["id"])
        assert row is not None and fourth.encode() not in row.secret


def test_what_failed_is_tried_again_by_the_schedule_under_one_id(each: Door) -> None:
    inbox, clock = each.receiver(status=500), each.house.clock
    hook = each.subscribe(inbox)
    each.test(hook)
    pauses = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    for pause in pauses:
        count = len(inbox.got)
        each.tick()
        clock.on(seconds=pause * 0.8)
        each.tick()
        assert len(inbox.got) == count + 1, "too early"
        clock.on(seconds=pause * 0.4)
    each.tick()
    (sent,) = each.log(hook)
    assert (sent["state"], sent["attempts"], sent["status"], sent["fault"]) == ("dead", 10, 500, "status_500")
    assert len(inbox.got) == 10 and {g.id for g in inbox.got} == {sent["event"]}
    assert all(verified(g, hook["secret"]) for g in inbox.got)
    inbox.status = 204
    assert each.act(hook, f"/deliveries/{sent['id']}/replay").status_code == 202
    each.tick()
    assert inbox.got[10].id == sent["event"] and each.log(hook)[0]["state"] == "sent" and each.shown(hook)["state"] == "on"


def test_a_receiver_that_is_down_is_left_alone_and_then_gets_all(door: Door) -> None:
    """Not one call an event: one now and then, for all of them."""
    inbox = door.receiver(status=503)
    hook = door.subscribe(inbox)
    for _ in range(6):
        door.test(hook)
    door.tick()
    door.tick()
    assert len(inbox.got) == 1 and door.shown(hook)["state"] == "failing"
    door.house.clock.on(seconds=6)
    door.tick()
    assert len(inbox.got) == 2
    inbox.status = 200
    door.house.clock.on(minutes=6)
    door.tick()
    assert len({g.id for g in inbox.got}) == 6 and {d["state"] for d in door.log(hook)} == {"sent"}


def test_an_event_that_is_refused_holds_up_no_other(door: Door) -> None:
    inbox = door.receiver(status=422)
    hook = door.subscribe(inbox)
    door.test(hook)
    door.tick()
    inbox.status = 204
    door.test(hook)
    door.tick()
    assert [d["state"] for d in door.log(hook)] == ["sent", "pending"]


def test_five_days_of_failures_disable_and_admins_see_it(door: Door) -> None:
    house, inbox = door.house, door.receiver(status=500)
    hook = door.subscribe(inbox)
    for _ in range(6):
        door.test(hook)
        door.tick()
        house.clock.on(days=1)
    door.tick()
    shown = door.shown(hook)
    assert (shown["state"], shown["disabled_for"]) == ("disabled", "failing") and shown["disabled_at"]
    acts = house.people["admin"].get("/v1/audit", params={"limit": 500}).json()
    assert "webhook_disabled" in json.dumps(acts)
    count = len(inbox.got)
    house.note(CALM)
    house.clock.on(days=1)
    door.tick()
    assert len(inbox.got) == count and {d["state"] for d in door.log(hook)} == {"dead"}
    assert door.act(hook, "/test").json()["code"] == "disabled"


def test_410_disables_and_after_enabling_the_period_can_be_replayed(each: Door) -> None:
    inbox, clock = each.receiver(status=410), each.house.clock
    hook, begun = each.subscribe(inbox), clock.at
    for _ in range(3):
        each.test(hook)
    each.tick()
    assert len(inbox.got) == 1 and each.shown(hook)["disabled_for"] == "gone"
    inbox.status = 200
    assert each.change(hook, enabled=True).json()["state"] == "on"
    each.tick()
    assert len(inbox.got) == 1
    clock.on(minutes=1)
    each.test(hook)
    each.tick()
    clock.on(minutes=1)
    period = {"since": begun.isoformat(), "until": clock.at.isoformat()}
    assert each.act(hook, "/replay", **period).json() == {"count": 3}
    each.tick()
    assert len(inbox.got) == 5
    assert each.act(hook, "/replay", **period, all=True).json() == {"count": 4}
    assert each.act(hook, "/replay", **period, all=True).json() == {"count": 0}  # all of it is on its way
    each.tick()
    assert len({g.id for g in inbox.got}) == 4 and len(inbox.got) == 9
    assert each.act(hook, "/replay", since=period["until"], until=period["until"]).json() == {"count": 0}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("dated", [False, True])
def test_a_receiver_says_when_to_come_again(door: Door, status: int, dated: bool) -> None:
    clock = door.house.clock
    clock.at = clock.at.replace(microsecond=0)
    after = format_datetime(clock.at + timedelta(seconds=900)) if dated else "900"
    inbox = door.receiver(status=status, more={"Retry-After": after})
    hook = door.subscribe(inbox)
    door.test(hook)
    door.test(hook)
    door.tick()
    clock.on(seconds=890)
    door.tick()
    assert len(inbox.got) == 1
    inbox.status = 204
    clock.on(seconds=20)
    door.tick()
    assert [d["state"] for d in door.log(hook)] == ["sent", "sent"]


@pytest.mark.parametrize("after", ["", "-5", "soon", "9" * 40, "٣", "Thu, 99 Foo"])
def test_a_retry_after_that_says_nothing_or_too_much_is_bounded(door: Door, after: str) -> None:
    assert timedelta(0) <= sending._wait(after, door.house.clock.at) <= timedelta(days=1)


def test_a_slow_receiver_holds_up_neither_the_others_nor_alerts(door: Door) -> None:
    house, gate = door.house, threading.Event()
    slow, quick, desk = door.receiver(hold=gate), door.receiver(), door.receiver()
    dripping = door.receiver(drip=threading.Event())
    hooks = [door.subscribe(to) for to in (slow, dripping, quick)]
    contact = house.people["admin"].post("/v1/contacts", json={"name": "Desk", "channel": "webhook", "address": desk.url}).json()
    worker = Worker(house.at, read_again)
    for hook in hooks[:2]:
        door.test(hook)
    worker.start()
    try:
        slow.wait(1)
        dripping.wait(1)
        for count in range(1, 4):
            door.test(hooks[2])
            house.clock.on(seconds=1)  # test alerts of one moment are one
            assert house.people["admin"].post(f"/v1/contacts/{contact['id']}/test").status_code == 202
            quick.wait(count)
            desk.wait(count)
        assert len(slow.got) == len(dripping.got) == 1 and not gate.is_set()
    finally:
        gate.set()
        dripping.drip.set()
        worker.stop()
    house.people["admin"].delete(f"/v1/contacts/{contact['id']}")
    assert {d["state"] for d in door.log(hooks[0])} == {"sent"}


def test_an_answer_that_never_ends_is_cut_off(door: Door) -> None:
    """Each byte comes in time, the whole does not."""
    inbox = door.receiver(drip=threading.Event())
    hook = door.subscribe(inbox)
    door.house.at.settings = door.house.at.settings.model_copy(update={"webhook_seconds": 0.3})
    door.test(hook)
    begun = time.monotonic()
    door.tick()
    inbox.drip.set()
    assert door.log(hook)[0]["fault"] == "timeout" and time.monotonic() - begun < WAIT


def test_nothing_is_lost_where_the_process_stops(each: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the commit and the call, and between the call and its record: another process sends, under the same id."""
    house, inbox = each.house, each.receiver()
    hook = each.subscribe(inbox, "note.analyzed")
    house.note(CALM)
    settings = house.at.settings.model_copy(update={"data_dir": tmp_path / "data"})
    app = create_app(settings, clock=house.clock, load_coach=quick_coach)
    with monkeypatch.context() as patch:
        patch.setattr(sending, "settle", lambda *_: (_ for _ in ()).throw(SystemError("stopped")))
        each.tick()
    assert len(inbox.got) == 1 and each.log(hook)[0]["state"] == "pending"
    Deliverer(app.state.services).tick()
    assert len(inbox.got) == 1  # the other one may still be at it
    house.clock.on(minutes=2)
    Deliverer(app.state.services).tick()
    assert [g.id for g in inbox.got] == [each.log(hook)[0]["event"]] * 2 and each.log(hook)[0]["state"] == "sent"
    app.state.services.database.engine.dispose()


def test_two_workers_send_each_event_once_and_in_order(each: Door) -> None:
    inboxes = [each.receiver() for _ in range(3)]
    hooks = [each.subscribe(one, "note.analyzed", "flag.overdue", "follow_up.due") for one in inboxes]
    for hook in hooks * 3:
        each.test(hook)
    each.house.clock.on(days=6)  # both look for what is overdue, too
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: each.tick(), range(3)))
    each.tick()
    for hook, inbox in zip(hooks, inboxes, strict=True):
        ids = [g.id for g in inbox.got]
        assert len(ids) == len(set(ids)) and ids[:3] == [d["event"] for d in each.log(hook)[::-1]][:3]


def test_while_a_worker_is_at_a_receiver_the_others_leave_it(each: Door) -> None:
    gate = threading.Event()
    inbox = each.receiver(hold=gate)
    hook = each.subscribe(inbox)
    for _ in range(3):
        each.test(hook)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(each.tick)
        inbox.wait(1)
        assert Deliverer(each.house.at).tick() == 0 and len(inbox.got) == 1
        gate.set()
        assert first.result() == 3
    assert [g.id for g in inbox.got] == [d["event"] for d in each.log(hook)[::-1]]


def test_erasing_a_note_takes_its_payloads(each: Door) -> None:
    house, inbox = each.house, each.receiver()
    hook = each.subscribe(inbox, "note.analyzed", report=True)
    pair = house.pair()
    house.note(CALM, pair=pair)
    each.tick()
    house.note(CALM, pair=pair)
    assert house.people["admin"].post(f"/v1/pairs/{pair}/erase", json={"reason": "They asked for it"}).status_code == 200
    each.tick()
    assert len(inbox.got) == 1 and [row.data for row in each.rows(hook)] == [None, None]
    second, first = each.log(hook)
    assert (first["state"], second["state"]) == ("sent", "erased")
    assert each.act(hook, f"/deliveries/{first['id']}/replay").json()["code"] == "erased"
    begun = (house.clock.at - timedelta(days=1)).isoformat()
    assert each.act(hook, "/replay", since=begun, until=(house.clock.at + timedelta(days=1)).isoformat(), all=True).json() == {
        "count": 0
    }


def test_what_is_thirty_days_old_is_purged_and_not_told_again(each: Door) -> None:
    house, inbox = each.house, each.receiver()
    house.app.state.worker._purged = None
    hook = each.subscribe(inbox, "flag.overdue")
    house.note(HEAVY)
    each.act(hook, "/rotate")
    house.clock.on(days=9)
    each.tick()
    told = len(inbox.got)
    assert told == len(each.log(hook)) > 0
    house.clock.on(days=31)
    each.house.app.state.worker.tick()
    assert each.log(hook) == [] and len(inbox.got) == told
    with house.at.database.read(ALL) as session:
        row = session.get(WebhookSubscription, hook["id"])
        assert row is not None and row.old_secret is None


def test_a_key_does_what_its_scopes_say_and_sees_its_own_alone(door: Door) -> None:
    house, inbox = door.house, door.receiver()
    door.key("reader", "notes:read", "flags:read")
    door.key("bare", "webhooks")
    first = door.key("first", "webhooks", "notes:read", "flags:read")
    door.key("second", "webhooks", "notes:read", "flags:read")
    given = {"name": "x", "address": inbox.url, "events": ["flag.raised"]}
    for who in ("mentor", "staff", "reader", "bare"):
        assert house.people[who].post("/v1/webhooks", json=given).status_code == 403, who
    hook = door.subscribe(inbox, "flag.raised", by="first")
    door.test(hook)
    door.tick()
    (sent,) = door.log(hook)
    period = {"since": "2026-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"}
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/rotate", None),
        ("POST", "/test", None),
        ("GET", "/deliveries", None),
        ("POST", f"/deliveries/{sent['id']}/replay", None),
        ("POST", "/replay", period),
    ):
        answer = house.people["second"].request(
            method, f"/v1/webhooks/{hook['id']}{path}", json=body, headers={"If-Match": '"1"'}
        )
        assert answer.status_code == 404, (method, path)
    mine = door.subscribe(inbox, "flag.raised", by="second")
    assert house.people["second"].post(f"/v1/webhooks/{mine['id']}/deliveries/{sent['id']}/replay").status_code == 404
    assert [h["id"] for h in house.people["second"].get("/v1/webhooks").json()] == [mine["id"]]
    assert {h["id"] for h in house.people["admin"].get("/v1/webhooks").json()} == {hook["id"], mine["id"]}
    assert door.change(hook, by="first", adopt=True).status_code == 403
    house.people["admin"].delete(f"/v1/keys/{first['id']}")
    count = len(inbox.got)
    door.test(hook)
    door.tick()
    assert len(inbox.got) == count and door.shown(hook)["state"] == "key_ended"
    assert door.change(hook, adopt=True).json()["state"] == "on"
    door.tick()
    assert len(inbox.got) == count + 1


def test_a_key_cannot_redirect_what_an_admin_widened(door: Door) -> None:
    inbox = door.receiver()
    door.key("narrow", "webhooks", "notes:read")
    hook = door.subscribe(inbox, "note.analyzed", by="narrow")
    assert door.change(hook, events=["note.analyzed", "flag.raised"]).status_code == 200
    assert door.change(hook, by="narrow", address=inbox.url + "/mine").status_code == 403
    assert door.change(hook, by="narrow", events=["note.analyzed"], address=inbox.url + "/mine").status_code == 200


def test_another_program_is_told_nothing(door: Door) -> None:
    house, inbox = door.house, door.receiver()
    admin = house.people["admin"]
    other = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    admin.headers["Coach-Program"] = other
    try:
        door.subscribe(inbox)
    finally:
        admin.headers["Coach-Program"] = house.program
    here = door.subscribe(door.receiver(), "note.analyzed")
    house.note(HEAVY)
    house.clock.on(days=9)
    door.tick()
    assert inbox.got == [] and len(door.log(here)) == 1
    with house.at.database.write(ALL) as session:  # the next test's
        for row in session.execute(select(WebhookSubscription).where(WebhookSubscription.program_id == other)).scalars():
            row.removed_at = house.clock.at


def test_nobody_is_told_of_themself(door: Door) -> None:
    """An admin who mentors too: neither by an own webhook, nor in the log of another's."""
    house = door.house
    own, others = door.receiver(), door.receiver()
    if "second-admin" not in house.people:
        house.add("second-admin", "admin")
    door.subscribe(own, "flag.decided", "flag.overdue")
    hook = door.subscribe(others, "flag.decided", "flag.overdue", by="second-admin")
    flag = flag_of(house, house.note(HEAVY))
    with house.at.database.write(ALL) as session:
        row = session.execute(select(FlagRow).where(FlagRow.id == flag["id"])).scalar_one()
        row.about_id = house.ids["admin"]
    house.clock.on(days=9)
    door.tick()
    decide(house, flag)
    door.tick()
    subject = f"flags/{flag['id']}"
    assert [g.type for g in others.got if g.event["subject"] == subject] == ["flag.overdue", "flag.decided"]
    assert subject not in [g.event["subject"] for g in own.got]
    seen = house.people["second-admin"].get(f"/v1/webhooks/{hook['id']}/deliveries").text
    assert subject in seen and subject not in json.dumps(door.log(hook))


BAD = [
    "http://crm.example/in",
    "ftp://crm.example/in",
    "//crm.example/in",
    "https:///in",
    "https://",
    "https://user:word@crm.example/in",
    "https://user@crm.example/in",
    "https://crm.example/in#part",
    "https://crm.example\\@127.0.0.1/in",
    "https://crm.example /in",
    "https://crm.example/i\tn",
    "https://crm.example:99999/in",
    "https://crm.example:0/in",
    "https://127.0.0.1/in",
    "https://127.1/in",
    "https://0/in",
    "https://0x7f000001/in",
    "https://2130706433/in",
    "https://0177.0.0.1/in",
    "https://127。0。0。1/in",
    "https://１２７.0.0.1/in",
    "https://①②⑦.0.0.1/in",
    "https://%31%32%37.0.0.1/in",
    "https://10.1.2.3/in",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/in",
    "https://224.0.0.1/in",
    "https://255.255.255.255/in",
    "https://[::1]/in",
    "https://[::]/in",
    "https://[::ffff:127.0.0.1]/in",
    "https://[::ffff:7f00:1]/in",
    "https://[64:ff9b::a9fe:a9fe]/in",
    "https://[2002:7f00:1::]/in",
    "https://[fe80::1%25lo]/in",
    "https://[fd00::1]/in",
    "https://[ff02::1]/in",
    "https://localhost/in",
    "https://LOCALHOST./in",
    "https://a.localhost/in",
    "https://metadata.google.internal/in",
    "https://printer.local/in",
    "javascript:alert(1)//https://",
]


def test_hostile_forms_of_an_address_are_refused(door: Door) -> None:
    door.house.at.settings = door.house.at.settings.model_copy(update={"allow_private_webhooks": False})
    admin = door.house.people["admin"]
    let_in = []
    for address in BAD:
        answer = admin.post("/v1/webhooks", json={"name": "x", "address": address, "events": ["flag.raised"]})
        if (answer.status_code, answer.json().get("code")) != (422, "bad_address"):
            let_in.append((address, answer.status_code))
    assert let_in == []
    hook = door.subscribe("https://crm.example:8443/in?tenant=1")
    assert door.change(hook, address="https://10.0.0.1/in").json()["code"] == "bad_address"
    assert door.subscribe("https://[2606:4700::1111]/in")["address"] == "https://[2606:4700::1111]/in"


def answering(*answers: list[str]) -> Callable[..., Any]:
    """A name server whose answers change: the last one stands."""
    left = list(answers)

    def look_up(host: str, port: Any, *_: Any, **more: Any) -> Any:
        given = left.pop(0) if len(left) > 1 else left[0]
        kinds = {a: socket.AF_INET6 if ":" in a else socket.AF_INET for a in given}
        return [(kind, socket.SOCK_STREAM, 6, "", (a, port)) for a, kind in kinds.items()]

    return look_up


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], []],
)
def test_a_name_that_leads_inside_is_not_called(door: Door, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = door.receiver()
    hook = door.subscribe(f"http://hooks.example.invalid:{inbox.port}/in")
    door.house.at.settings = door.house.at.settings.model_copy(update={"allow_private_webhooks": False})
    monkeypatch.setattr(outward.socket, "getaddrinfo", answering(found))
    door.test(hook)
    door.tick()
    assert inbox.got == [] and door.log(hook)[0]["fault"] == "no_public_address"


def test_the_address_that_was_checked_is_the_one_that_is_called(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers otherwise a moment later is not asked again: the name is looked up once a call."""
    outer, inner = door.receiver(), door.receiver()
    hook = door.subscribe(f"http://hooks.example.invalid:{outer.port}/in")
    door.house.at.settings = door.house.at.settings.model_copy(update={"allow_private_webhooks": False})
    # 127.0.0.1 stands for an address outside, 127.0.0.2 for one inside; only the first answer is the good one
    monkeypatch.setattr(outward, "outside", lambda address: str(address) == "127.0.0.1")
    monkeypatch.setattr(outward.socket, "getaddrinfo", answering(["127.0.0.1"], ["127.0.0.2"]))
    door.test(hook)
    door.tick()
    assert [g.headers["host"] for g in outer.got] == [f"hooks.example.invalid:{outer.port}"]
    assert verified(outer.got[0], hook["secret"])
    door.test(hook)
    door.tick()
    assert len(outer.got) == 1 and inner.got == [] and door.log(hook)[0]["fault"] == "no_public_address"


def certificate(name: str, folder: Path) -> Path:
    """A certificate of a name, with its key, that vouches for itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(whose, whose, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = folder / f"{name}.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    return file


def test_the_certificate_is_that_of_the_name(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a number is called, the receiver is asked for by name and must prove to be it; another's certificate is refused."""
    inbox = door.receiver()
    own = certificate("hooks.example.invalid", tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own)
    asked: list[str | None] = []
    tls.sni_callback = lambda _, name, __: asked.append(name)
    inbox.socket = tls.wrap_socket(inbox.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=str(own))
    monkeypatch.setattr(sending, "trust", lambda: trusting)
    monkeypatch.setattr(outward, "public", lambda host, port: "127.0.0.1")
    door.house.at.settings = door.house.at.settings.model_copy(update={"allow_private_webhooks": False})
    hooks = [door.subscribe(f"https://{name}.example.invalid:{inbox.port}/in") for name in ("hooks", "others")]
    for hook in hooks:
        door.test(hook)
    door.tick()
    assert verified(inbox.got[0], hooks[0]["secret"]) and len(inbox.got) == 1
    assert sorted(map(str, asked)) == ["hooks.example.invalid", "others.example.invalid"]
    assert (door.log(hooks[1])[0]["state"], door.log(hooks[1])[0]["fault"]) == ("pending", "ConnectError")


def test_redirects_and_proxies_are_not_followed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = door.receiver()
    inbox = door.receiver(status=307, more={"Location": inner.url, "Set-Cookie": "a=b"})
    monkeypatch.setenv("HTTP_PROXY", inner.url)
    monkeypatch.setenv("ALL_PROXY", inner.url)
    hook = door.subscribe(inbox)
    door.test(hook)
    door.tick()
    assert (len(inbox.got), inner.got) == (1, []) and door.log(hook)[0]["fault"] == "status_307"


def test_a_change_is_made_on_the_version_that_was_read(door: Door) -> None:
    hook = door.subscribe(door.receiver())
    admin, path = door.house.people["admin"], f"/v1/webhooks/{hook['id']}"
    assert admin.patch(path, json={"name": "New"}, headers={"If-Match": '"1"'}).json()["name"] == "New"
    assert admin.patch(path, json={"name": "Newer"}, headers={"If-Match": '"1"'}).status_code == 412
    assert door.change(hook, enabled=False).json()["disabled_for"] == "by_hand"
    assert door.change(hook, events=[]).status_code == 422 and door.change(hook, events=["note.text"]).status_code == 422
    assert admin.delete(path).status_code == 204 and admin.get(path).status_code == 404


def test_there_are_so_many_and_no_more(door: Door) -> None:
    for _ in range(20):
        door.subscribe("https://crm.example/in", "flag.raised")
    given = {"name": "x", "address": "https://crm.example/in", "events": ["flag.raised"]}
    assert door.house.people["admin"].post("/v1/webhooks", json=given).json()["code"] == "too_many_webhooks"


def test_the_page_shows_what_is_wrong_and_mends_it(door: Door) -> None:
    house, inbox = door.house, door.receiver(status=410)
    for who in ("mentor", "staff"):
        assert house.people[who].get("/webhooks", headers=PAGE).status_code == 404
    fields = {"name": "CRM", "address": inbox.url, "events": ["note.analyzed"]}
    client = house.people["second-admin"] if "second-admin" in house.people else house.add("second-admin", "admin")
    made = send(client, "/webhooks", "/webhooks/add", **fields)
    secret = re.search(r"whsec_[\w+/=]+", unescape(made.text))
    (hook,) = client.get("/v1/webhooks").json()
    assert secret and secret.group() not in client.get("/webhooks", headers=PAGE).text
    send(client, "/webhooks", "/webhooks/test", id=hook["id"])
    door.tick()
    assert "Disabled: the receiver wants no more." in unescape(client.get("/webhooks", headers=PAGE).text)
    french = {**PAGE, "Accept-Language": "fr"}
    assert "Désactivé\u00a0: le destinataire n'en veut plus." in unescape(client.get("/webhooks", headers=french).text)
    inbox.status = 200
    send(client, "/webhooks", "/webhooks/enable", id=hook["id"])
    send(client, "/webhooks", "/webhooks/test", id=hook["id"])
    door.tick()
    assert verified(inbox.got[-1], secret.group()) and len(inbox.got) == 2
    refused = send(client, "/webhooks", "/webhooks/add", **{**fields, "address": "https://127.0.0.1:99999/"})
    assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert send(client, "/webhooks", "/webhooks/add", **{**fields, "events": []}).status_code == 422
    send(client, "/webhooks", "/webhooks/remove", id=hook["id"])
    assert client.get("/v1/webhooks").json() == []


def test_the_quick_start_works(door: Door, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As it stands in the README: at most ten lines, with the library's own clock."""
    blocks = re.findall("```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert sum(1 for block in blocks for line in block.splitlines() if line.strip()) <= 10
    inbox = door.receiver()
    key = door.key("quick", "webhooks", "flags:read")
    settings = door.house.at.settings.model_copy(update={"data_dir": tmp_path / "data"})
    with listening(create_app(settings, clock=door.house.clock, load_coach=quick_coach)) as url:
        given: dict[str, Any] = {"COACH": url, "KEY": key["token"]}
        exec(blocks[0].replace("https://crm.example/coach", inbox.url), given)
    exec(blocks[1], given)
    (hook,) = door.house.people["admin"].get("/v1/webhooks").json()
    door.test(hook)
    door.tick()
    trial = inbox.got.pop()
    given["received"](trial.body, trial.headers)
    assert capsys.readouterr().out.split()[1:] == ["webhook.test", f"webhooks/{hook['id']}", "None"]
    door.house.clock.at = datetime.now(UTC)
    stored = door.house.note(HEAVY)
    door.tick()
    (got,) = inbox.got
    given["received"](got.body, got.headers)
    printed = capsys.readouterr().out
    assert printed.split()[1:] == [
        "flag.raised",
        f"flags/{flag_of(door.house, stored)['id']}",
        stored["report"]["triage"]["level"],
    ]


def test_an_event_stands_or_falls_with_what_it_tells(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: where the note is not stored there is no event either."""
    hook = door.subscribe(door.receiver(), "note.analyzed")
    written = []

    def fails(*_: Any) -> None:
        written.append(1)
        raise SystemError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("api.notes.service._out", fails)
        assert door.house.people["mentor"].post("/v1/notes", json={"text": CALM}).status_code == 500
    assert written and door.rows(hook) == []
    door.house.note(CALM)
    assert len(door.rows(hook)) == 1
