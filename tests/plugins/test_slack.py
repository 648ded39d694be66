"""The door to Slack: real signed requests through the framework into the app, against a stand-in for Slack's Web API on loopback."""

import json
import logging
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

pytest.importorskip("slack_bolt", reason="needs the extra `slack`")

import yaml
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select

from api.alerts.worker import Worker
from api.app import create_app
from api.db.models import Alert, SlackDoor, SlackLink, SlackSeen
from api.db.session import ALL
from api.plugins.slack import app as door_app
from api.plugins.slack import blocks
from api.plugins.slack.acts import plain
from tests.api.conftest import (  # noqa: F401  # postgres is a fixture
    CALM,
    GRAVE,
    HEAVY,
    House,
    Peer,
    SetClock,
    house_on,
    listening,
    postgres,
    quick_coach,
    serving,
    settings_for,
)

SECRET, TOKEN, CHANNEL = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-test-token", "C0PRIVATE1"
TEAM, ROBIN, SAM = "T0TEAM0001", "U0ROBIN001", "U0SAM00001"
HERE = Path(blocks.__file__).parent
UNSPOKEN = "He figured I'd have read his draft by now, I never had it. We met at the library as usual."
WAIT = 8


class Slack(ThreadingHTTPServer):
    """As much of the Web API as the door calls. `got` are (method, what was sent, token); `faults` says what a method answers instead."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, Any], str]] = []
        self.faults: dict[str, str | int] = {}
        self.channel: dict[str, Any] = {"id": CHANNEL, "is_private": True, "is_member": True}
        self.team = TEAM
        self.hold: threading.Event | None = None
        self.news = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/"

    def serve_forever(self, poll_interval: float = 0.02) -> None:
        super().serve_forever(poll_interval)

    def of(self, method: str) -> list[dict[str, Any]]:
        with self.news:
            return [sent for name, sent, _ in self.got if name == method]

    def wait(self, method: str, count: int = 1) -> dict[str, Any]:
        """What was sent with the `count`-th call of a method, as soon as it has come."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.of(method)) >= count, WAIT), (method, [n for n, *_ in self.got])
            return self.of(method)[count - 1]


class _Handler(Peer):
    server: Slack

    def do_POST(self) -> None:
        method, text = self.path.removeprefix("/api/"), self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        sent = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
        with self.server.news:
            self.server.got.append((method, sent, self.headers.get("Authorization", "")))
            self.server.news.notify_all()
        if self.server.hold:
            self.server.hold.wait(WAIT)
        fault = self.server.faults.get(method, self.server.faults.get("*"))
        if isinstance(fault, int):
            return self.give(fault, b"<html>down</html>", "text/html")
        answers: dict[str, dict[str, Any]] = {
            "auth.test": {"team_id": self.server.team, "user_id": "U0BOT00001", "bot_id": "B0BOT00001"},
            "conversations.info": {"channel": self.server.channel},
            "views.open": {"view": {"id": "V0OPENED01"}},
        }
        body = {"ok": False, "error": fault} if fault else {"ok": True, **answers.get(method, {})}
        return self.give(200, json.dumps(body).encode())


@pytest.fixture
def slack() -> Iterator[Slack]:
    with serving(Slack()) as server:
        yield server
        if server.hold:
            server.hold.set()


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, House]:
    """A service whose programs have not heard of Slack, at rest: tests begin with a copy."""
    folder = tmp_path_factory.mktemp("once")
    made = house_on(f"sqlite:///{folder / 'data' / 'coach.db'}", folder)
    made.at.database.engine.dispose()
    return folder, made


@pytest.fixture(scope="module")
def opened_once(made_once: tuple[Path, House], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, House]:
    """The same with the door open, and nobody linked."""
    folder = tmp_path_factory.mktemp("opened")
    with serving(Slack()) as slack:
        made = copied(made_once, folder, slack)
        assert set_up(made).status_code == 200
        doors(made, "slack")
    made.at.database.engine.dispose()
    return folder, made


def copied(first: tuple[Path, House], folder: Path, slack: Slack) -> House:
    shutil.copytree(first[0], folder, dirs_exist_ok=True)
    given = {"slack_url": slack.url, "allow_private_webhooks": True, "slack_seconds": WAIT}
    settings, clock = settings_for(f"sqlite:///{folder / 'data' / 'coach.db'}", folder, **given), SetClock()
    made = House(create_app(settings, clock=clock, load_coach=quick_coach), clock, first[1].link, first[1].program)
    made.ids = dict(first[1].ids)
    for name, client in first[1].people.items():
        made.people[name] = made.client()
        made.people[name].cookies, made.people[name].headers = client.cookies, client.headers
    return made


def in_use(made: House) -> Iterator[House]:
    yield made
    made.app.state.slack.close()
    made.at.database.engine.dispose()


@pytest.fixture
def plain_house(made_once: tuple[Path, House], slack: Slack, tmp_path: Path) -> Iterator[House]:
    yield from in_use(copied(made_once, tmp_path, slack))


@pytest.fixture
def house(opened_once: tuple[Path, House], slack: Slack, tmp_path: Path) -> Iterator[House]:
    """The door is open; nobody is linked."""
    yield from in_use(copied(opened_once, tmp_path, slack))


def set_up(house: House, **changed: Any) -> Any:
    given = {"signing_secret": SECRET, "bot_token": TOKEN, "channel": CHANNEL, **changed}
    return house.people["admin"].put("/v1/program/slack", json=given)


def doors(house: House, *names: str) -> None:
    admin = house.people["admin"]
    now = admin.get("/v1/program").json()
    given = {k: now[k] for k in ("name", "region", "timezone", "retention_days", "drill", "rules")}
    given["rules"]["doors"] = list(names)
    assert admin.put("/v1/program", json=given, headers={"If-Match": f'"{now["version"]}"'}).status_code == 200


def signed(
    house: House, body: str, kind: str = "application/x-www-form-urlencoded", age: int = 0, secret: str = SECRET
) -> dict[str, str]:
    stamp = str(int(house.clock().timestamp()) - age)
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature), "Content-Type": kind}


def post(house: House, body: str, headers: dict[str, str]) -> Any:
    return house.client().post(f"/v1/slack/{house.program}", content=body.encode(), headers=headers)


def command(house: House, text: str = "", user: str = ROBIN, **more: str) -> Any:
    """`/coach`, as Slack sends it; each with a trigger of its own."""
    fields = {"token": "x", "team_id": TEAM, "team_domain": "acme", "channel_id": "C0GENERAL1", "channel_name": "general"}
    fields |= {
        "user_id": user,
        "user_name": "robin",
        "command": "/coach",
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
    }
    body = urlencode(
        {**fields, "response_url": "https://hooks.slack.invalid/x", "trigger_id": f"1.2.{time.monotonic_ns()}", **more}
    )
    return post(house, body, signed(house, body))


def interact(house: House, payload: dict[str, Any], user: str = ROBIN, team: str = TEAM) -> Any:
    """A window, a button or a shortcut, as Slack sends it."""
    whole = {
        "team": {"id": team, "domain": "acme"},
        "user": {"id": user, "name": "robin", "team_id": team},
        "api_app_id": "A1",
        "token": "x",
    }
    body = urlencode({"payload": json.dumps({**whole, "trigger_id": f"1.2.{time.monotonic_ns()}", **payload})})
    return post(house, body, signed(house, body))


def send_window(house: House, text: str, keep: bool = False, user: str = ROBIN, window: str = "V0NOTE0001") -> Any:
    chosen = [{"value": "keep", "text": {"type": "plain_text", "text": "Keep"}}] if keep else []
    values = {
        "note": {"text": {"type": "plain_text_input", "value": text}},
        "keep": {"keep": {"type": "checkboxes", "selected_options": chosen}},
    }
    view = {
        "id": window,
        "type": "modal",
        "callback_id": "coach_note",
        "team_id": TEAM,
        "state": {"values": values},
        "hash": "1.a",
    }
    return interact(house, {"type": "view_submission", "view": view}, user)


def shortcut(house: House, text: str, user: str = ROBIN) -> Any:
    message = {"type": "message", "user": "U0OTHER001", "ts": "1.1", "text": text}
    given = {
        "type": "message_action",
        "callback_id": "coach_message",
        "message": message,
        "channel": {"id": "C0GENERAL1", "name": "general"},
    }
    return interact(house, {**given, "message_ts": "1.1", "response_url": "https://hooks.slack.invalid/x"}, user)


def press(house: House, flag: str, user: str, channel: str = CHANNEL) -> Any:
    action = {
        "type": "button",
        "action_id": "coach_claim",
        "block_id": "coach_flag",
        "value": flag,
        "action_ts": f"{time.monotonic_ns()}",
    }
    message = {"type": "message", "ts": "1700000000.000100", "text": "A flag to look at", "bot_id": "B0BOT00001"}
    given = {"type": "block_actions", "actions": [action], "channel": {"id": channel, "name": "desk"}, "message": message}
    container = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": False}
    return interact(house, {**given, "container": container}, user)


def open_home(house: House, ident: str = "Ev0000001", user: str = ROBIN, age: int = 0) -> Any:
    event = {"type": "app_home_opened", "user": user, "channel": "D0HOME0001", "tab": "home", "event_ts": "1.1"}
    body = json.dumps(
        {"token": "x", "team_id": TEAM, "api_app_id": "A1", "event": event, "type": "event_callback", "event_id": ident}
    )
    return post(house, body, signed(house, body, "application/json", age))


def code_of(view: dict[str, Any]) -> str:
    return str(re.findall(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", json.dumps(view))[0])


def linked(house: House, slack: Slack, name: str, user: str) -> None:
    """`/coach` shows a code, which the person enters signed in."""
    count = len(slack.of("views.open"))
    assert command(house, user=user).status_code == 200
    code = code_of(slack.wait("views.open", count + 1))
    answer = house.people[name].post("/v1/slack-link", json={"code": code})
    assert answer.status_code == 201, answer.text


def texts(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False)


def live(house: House, slack: Slack, **more: Any) -> None:
    """A tested contact in Slack, and a program that alerts."""
    given = {"name": "Desk", "channel": "slack", "address": CHANNEL, **more}
    answer = house.people["admin"].post("/v1/contacts", json=given)
    assert answer.status_code == 201, answer.text
    assert house.people["admin"].post(f"/v1/contacts/{answer.json()['id']}/test").status_code == 202
    house.app.state.worker.tick()
    token = re.findall(r"acknowledge#([^|>]+)", texts(slack.of("chat.postMessage")[-1]))[0]
    assert house.client().post("/v1/alerts/acknowledge", json={"token": token}).status_code == 204
    assert house.people["admin"].post("/v1/program/live").status_code == 200
    slack.got.clear()


def test_the_quick_start_opens_the_door(plain_house: House, slack: Slack) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(source.strip().splitlines()) <= 10
    person = {"EMAIL": "admin@example.org", "PASSWORD": "correct horse battery"}
    given: dict[str, Any] = {**person, "SIGNING_SECRET": SECRET, "BOT_TOKEN": TOKEN, "CHANNEL": CHANNEL}
    assert command(plain_house).status_code == 404
    with listening(plain_house.app) as address:
        exec(source, names := {**given, "COACH": address})
        names["coach"].close()
        body = json.dumps({"token": "x", "challenge": "c0de", "type": "url_verification"})
        path = names["request_url"].removeprefix(plain_house.at.settings.public_url)
        answer = httpx.post(f"{address}{path}", content=body, headers=signed(plain_house, body, "application/json"))
    assert answer.status_code == 200 and answer.json() == {"challenge": "c0de"}
    assert plain_house.people["admin"].get("/v1/program/slack").json()["open"] is True


def test_the_manifest_asks_for_no_more_than_is_used() -> None:
    manifest = yaml.safe_load((HERE / "manifest.yaml").read_text(encoding="utf-8"))
    assert manifest["oauth_config"]["scopes"] == {"bot": ["commands", "chat:write", "groups:read"]}
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    assert [s["callback_id"] for s in manifest["features"]["shortcuts"]] == ["coach_message"]
    assert [c["command"] for c in manifest["features"]["slash_commands"]] == ["/coach"]
    assert manifest["settings"]["socket_mode_enabled"] is False


def test_secrets_are_sealed_and_never_shown(house: House) -> None:
    told = house.people["admin"].get("/v1/program/slack").text
    with house.at.database.read(ALL) as session:
        row = session.execute(select(SlackDoor)).scalar_one()
    assert SECRET not in told and TOKEN not in told
    assert SECRET.encode() not in row.signing_secret and TOKEN.encode() not in row.bot_token


REFUSED: list[tuple[dict[str, str | int], dict[str, Any], str]] = [
    ({"auth.test": "invalid_auth"}, {}, "slack_refused"),
    ({"conversations.info": "channel_not_found"}, {}, "slack_refused"),
    ({"*": 503}, {}, "slack_fault"),
    ({"auth.test": "<b>odd</b>"}, {}, "slack_fault"),
    ({}, {"is_private": False}, "not_private"),
    ({}, {"is_ext_shared": True}, "not_private"),
    ({}, {"is_member": False}, "not_invited"),
]


def test_what_slack_does_not_confirm_is_not_set(plain_house: House, slack: Slack) -> None:
    usual = slack.channel
    for faults, channel, code in REFUSED:
        slack.faults, slack.channel = faults, {**usual, **channel}
        answer = set_up(plain_house)
        assert answer.status_code in (422, 502) and answer.json()["code"] == code
        assert TOKEN not in answer.text and "odd" not in answer.text
    assert plain_house.people["admin"].get("/v1/program/slack").status_code == 404


def test_a_users_token_is_not_taken_nor_sent_anywhere(plain_house: House, slack: Slack) -> None:
    for token in ("xoxp-1-of-a-user", "xoxb-1\r\nX-Evil: 1", "xoxb-ünicode"):
        assert set_up(plain_house, bot_token=token).status_code == 422
    assert slack.got == []


def test_only_an_admin_sets_it_and_no_key(house: House) -> None:
    given = {"signing_secret": SECRET, "bot_token": TOKEN, "channel": CHANNEL}
    for who in ("mentor", "staff"):
        assert house.people[who].put("/v1/program/slack", json=given).status_code == 403
    scopes = ["analyze", "notes:write", "notes:read", "flags:read", "guidance", "insights"]
    key = house.people["admin"].post("/v1/keys", json={"name": "k", "scopes": scopes}).json()["token"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert house.client().put("/v1/program/slack", json=given, headers=bearer).status_code == 403
    assert house.client().post("/v1/slack-link", json={"code": "x"}, headers=bearer).status_code == 403


def test_a_shut_door_answers_as_if_it_were_not_there(house: House, slack: Slack) -> None:
    doors(house, "embed")
    assert command(house).json()["code"] == "not_found"
    doors(house, "slack")
    assert command(house).status_code == 200
    assert house.people["admin"].delete("/v1/program/slack").status_code == 204
    assert command(house).status_code == 404
    body = urlencode({"command": "/coach"})
    for nobody in ("*", "0" * 32, "%2A"):
        assert house.client().post(f"/v1/slack/{nobody}", content=body, headers=signed(house, body)).status_code == 404


def test_without_the_package_the_door_is_shut_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "slack_bolt", None)
    monkeypatch.setitem(__import__("sys").modules, "slack_sdk", None)
    assert command(house).status_code == 404
    answer = set_up(house)
    assert answer.json()["code"] == "not_installed" and "[slack]" in answer.json()["detail"]


def test_what_slack_did_not_sign_is_refused(house: House, slack: Slack) -> None:
    body = urlencode({"command": "/coach", "user_id": ROBIN, "team_id": TEAM, "trigger_id": "1", "text": ""})
    good = signed(house, body)
    tampered = {**good, "X-Slack-Request-Timestamp": str(int(good["X-Slack-Request-Timestamp"]) + 1)}
    wrong: list[tuple[str, dict[str, str]]] = [
        (body, signed(house, body, secret="another-secret-of-somebody")),
        (body + "&text=x", good),
        (body, tampered),
        (body, signed(house, body, age=301)),
        (body, signed(house, body, age=-301)),
        (body, {k: v for k, v in good.items() if k != "X-Slack-Signature"}),
        (body, {**good, "X-Slack-Request-Timestamp": "now"}),
        ("ssl_check=1&token=x", {"Content-Type": "application/x-www-form-urlencoded"}),
        ('{"type": "url_verification", "challenge": "c"}', {"Content-Type": "application/json"}),
    ]
    for text, headers in wrong:
        assert post(house, text, headers).json()["code"] == "wrong_signature"
    raw = b"text=\xff\xfe"
    assert house.client().post(f"/v1/slack/{house.program}", content=raw, headers=good).status_code == 401
    assert post(house, "x" * 1_000_001, good).status_code == 413
    assert slack.got == []
    assert post(house, body, signed(house, body, age=299)).status_code == 200


NONSENSE = [
    "{",
    '{"a": ' * 3000,
    "payload=%7B",
    "payload=[]",
    "[1]",
    "null",
    '{"event": 5, "type": "event_callback"}',
    '{"view": 3}',
]


def test_signed_nonsense_harms_nothing(house: House, slack: Slack) -> None:
    for body in NONSENSE:
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            house.clock.on(seconds=1)
            assert post(house, body, signed(house, body, kind)).status_code in (200, 404, 422)
    assert slack.got == []


def test_headers_do_not_steer_the_framework(house: House, slack: Slack) -> None:
    body = urlencode({"command": "/coach", "user_id": ROBIN, "team_id": TEAM, "trigger_id": "1", "text": ""})
    steering = {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "nothing"}
    assert post(house, body, {**signed(house, body), **steering}).status_code == 200
    assert slack.wait("views.open")["trigger_id"] == "1"


def test_the_same_request_or_event_is_not_served_twice(house: House, slack: Slack) -> None:
    body = urlencode({"command": "/coach", "user_id": ROBIN, "team_id": TEAM, "trigger_id": "7.7", "text": ""})
    headers = signed(house, body)
    with ThreadPoolExecutor(2) as pool:
        found = sorted(a.status_code for a in pool.map(lambda _: post(house, body, headers), range(2)))
    assert found == [200, 409]
    assert open_home(house).status_code == 200
    slack.wait("views.publish")
    house.clock.on(minutes=1)  # Slack sends an event again with a signature of its own
    assert open_home(house).status_code == 200
    assert open_home(house, "Ev0000002").status_code == 200
    slack.wait("views.publish", 2)
    assert len(slack.of("views.publish")) == 2 and len(slack.of("views.open")) == 1
    house.clock.on(hours=2)
    open_home(house, "Ev0000003")
    with house.at.database.read(ALL) as session:
        assert len(session.execute(select(SlackSeen)).scalars().all()) == 2  # what is old is forgotten


def test_another_workspace_is_not_let_in(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    count = len(slack.got)
    assert command(house, team_id="T0OTHER001").status_code == 404
    assert (
        interact(house, {"type": "block_actions", "actions": [{"action_id": "coach_claim"}]}, team="T0OTHER001").status_code
        == 404
    )
    assert len(slack.got) == count


def test_a_code_links_once_and_for_ten_minutes(house: House, slack: Slack) -> None:
    command(house)
    view = slack.wait("views.open")["view"]
    code, mentor, staff = code_of(view), house.people["mentor"], house.people["staff"]
    assert "/slack" in texts(view) and "emergency number" in texts(view)
    asker = mentor.post("/v1/slack-link/asker", json={"code": code.lower()}).json()
    assert (asker["slack_name"], asker["slack_user"]) == ("robin", ROBIN)
    assert mentor.post("/v1/slack-link", json={"code": "AAAAA-AAAAA"}).status_code == 401
    assert house.client().post("/v1/slack-link", json={"code": code}).status_code == 401
    house.clock.on(minutes=10)
    assert mentor.post("/v1/slack-link", json={"code": code}).status_code == 401
    command(house)
    fresh = code_of(slack.wait("views.open", 2))
    assert mentor.post("/v1/slack-link", json={"code": fresh}).status_code == 201
    assert staff.post("/v1/slack-link", json={"code": fresh}).status_code == 401
    assert mentor.get("/v1/slack-link").json()["slack_user"] == ROBIN
    assert command(house, "unlink").status_code == 200
    slack.wait("views.open", 3)
    assert mentor.get("/v1/slack-link").status_code == 404


def test_a_linked_user_is_not_taken_over(house: House, slack: Slack) -> None:
    """A code that was asked for before stays good for the same person alone."""
    command(house)
    first = code_of(slack.wait("views.open"))
    with house.at.database.write(house.program) as session:
        from api.plugins.slack import links

        held = links.new_code(house.at, session, SAM, "sam")
    assert house.people["mentor"].post("/v1/slack-link", json={"code": first}).status_code == 201
    with house.at.database.write(house.program) as session:
        again = links.new_code(house.at, session, ROBIN, "robin")
    assert house.people["staff"].post("/v1/slack-link", json={"code": again}).json()["code"] == "linked"
    assert (
        house.people["mentor"].post("/v1/slack-link", json={"code": held}).status_code == 201
    )  # another Slack user of one's own
    assert house.people["mentor"].get("/v1/slack-link").json()["slack_user"] == SAM


def test_the_page_shows_who_asked_before_it_links(house: House, slack: Slack) -> None:
    command(house, user_name="<script>alert(1)</script>")
    code, mentor = code_of(slack.wait("views.open")), house.people["mentor"]
    first = mentor.get("/slack", headers={"Accept": "text/html"})
    assert first.status_code == 200 and "passes through Slack" in first.text
    form = {"csrf": mentor.headers["X-CSRF-Token"], "code": code}
    seen = mentor.post("/slack", data=form)
    assert ROBIN in seen.text and "<script>alert" not in seen.text and "Go on only if that is you" in seen.text
    assert mentor.get("/v1/slack-link").status_code == 404
    assert mentor.post("/slack/link", data={**form, "csrf": "x"}).status_code == 403
    assert mentor.post("/slack/link", data=form, follow_redirects=False).status_code == 303
    assert ROBIN in mentor.get("/slack").text
    assert mentor.post("/slack/unlink", data=form, follow_redirects=False).status_code == 303
    assert mentor.post("/slack", data=form).status_code == 401
    assert house.client().get("/slack", headers={"Accept": "text/html"}, follow_redirects=False).status_code == 303


def test_the_window_says_where_text_goes_and_where_help_is(house: House, slack: Slack) -> None:
    admin = house.people["admin"]
    now = admin.get("/v1/program").json()
    given = {k: now[k] for k in ("name", "region", "timezone", "retention_days", "drill", "rules")}
    given["rules"]["services"] = [{"name": "Campus counselling", "call": "555-0100"}]
    assert admin.put("/v1/program", json=given, headers={"If-Match": f'"{now["version"]}"'}).status_code == 200
    linked(house, slack, "mentor", ROBIN)
    assert command(house, "She was quiet").text == ""
    view = slack.wait("views.open", 2)["view"]
    shown = texts(view)
    for words in (
        "passes through Slack's servers",
        "Slack keeps it",
        "emergency number",
        "Campus counselling: 555-0100",
        "/help",
        "Keep this note",
    ):
        assert words in shown
    (field,) = [b["element"] for b in view["blocks"] if b.get("block_id") == "note"]
    assert field["max_length"] == 3000 and field["initial_value"] == "She was quiet"
    assert view["submit"] and len(view["title"]["text"]) <= 24


def test_a_note_is_answered_at_once_and_read_afterwards(house: House, slack: Slack) -> None:
    """The report comes into the window of whoever asked; help first, then what is unspoken with its question, then what to do."""
    linked(house, slack, "mentor", ROBIN)
    answer = send_window(house, f"{GRAVE} {UNSPOKEN}", keep=True)
    assert answer.status_code == 200 and answer.json()["response_action"] == "update"
    assert "Reading" in answer.text and "green jacket" not in answer.text
    sent = slack.wait("views.update")
    assert sent["view_id"] == "V0NOTE0001"
    shown = texts(sent["view"])
    places = [
        shown.index(words)
        for words in ("emergency number", "988", "What may be unspoken", "Ask:", "What to do next", "/guidance/")
    ]
    assert places == sorted(places)
    (note,) = house.people["mentor"].get("/v1/notes").json()
    assert f"/notes/{note['id']}" in shown and len(house.flags()) == 1
    assert {name for name, *_ in slack.got} == {"views.open", "views.update"}  # never a channel
    assert {token for *_, token in slack.got} == {f"Bearer {TOKEN}"}


def test_nothing_is_acted_on_before_the_answer_has_left(house: House, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the window "Reading" would cover the report. Slack hangs, and the answer comes all the same."""
    linked(house, slack, "mentor", ROBIN)
    order: list[str] = []
    act = door_app.Doors.act
    monkeypatch.setattr(door_app.Doors, "act", lambda self, acts: (order.append("act"), act(self, acts))[1])
    dispatched = door_app.Later.during

    def during(self: Any, dispatch: Callable[[], Any]) -> Any:
        found = dispatched(self, dispatch)
        order.append("answer")
        return found

    monkeypatch.setattr(door_app.Later, "during", during)
    slack.hold = threading.Event()
    begun = time.monotonic()
    assert send_window(house, CALM).json()["response_action"] == "update"
    assert time.monotonic() - begun < 3 and order == ["answer", "act"]
    slack.hold.set()
    slack.wait("views.update")


def test_keeping_is_the_mentors_choice_and_happens_once(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    linked(house, slack, "staff", SAM)
    send_window(house, HEAVY, keep=False)
    assert "was not stored" in texts(slack.wait("views.update"))
    send_window(house, HEAVY, keep=True, user=SAM)  # staff who are no mentors keep nothing
    assert "was not stored" in texts(slack.wait("views.update", 2))
    assert house.flags() == []
    house.clock.on(seconds=1)
    send_window(house, HEAVY, keep=True, window="V0TWICE001")
    slack.wait("views.update", 3)
    house.clock.on(seconds=1)
    send_window(house, HEAVY, keep=True, window="V0TWICE001")
    slack.wait("views.update", 4)
    assert len(house.flags()) == 1


def test_a_message_is_read_and_forgotten(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    assert (
        shortcut(house, "&gt; He says he wants to die. <@U0OTHER001> <https://example.org|the list> &amp; more").status_code
        == 200
    )
    opened, sent = slack.wait("views.open", 2), slack.wait("views.update")
    assert "Reading" in texts(opened["view"]) and sent["view_id"] == "V0OPENED01"
    assert "988" in texts(sent["view"]) and "was not stored" in texts(sent["view"])
    assert house.flags() == [] and house.people["mentor"].get("/v1/notes").json() == []


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U1> and <@U2|sam> in <#C1|desk>", "@somebody and @sam in #desk"),
        ("<!here> <!subteam^S1|@team> <https://x.org> <mailto:a@b.c|a@b.c>", "@here @@team https://x.org a@b.c"),
        ("<" * 50_000, "<" * 50_000),
    ],
)
def test_a_message_is_read_as_people_read_it(given: str, read: str) -> None:
    assert plain(given) == read


def test_faults_are_told_in_the_window(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    empty = send_window(house, "  \n ")
    assert empty.json()["response_action"] == "errors" and "note" in empty.json()["errors"]
    shortcut(house, "far too long a note. " * 20_000)
    shown = texts(slack.wait("views.update"))
    assert "characters" in shown and "far too long a note." not in shown
    shortcut(house, "")
    assert slack.wait("views.update", 2)["view"]["blocks"]


def test_too_many_requests_are_told(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    house.at.settings = house.at.settings.model_copy(update={"requests_per_minute": 1, "sign_ins_per_minute": 1})
    for user, said in ((ROBIN, "More than 1 a minute"), (SAM, "More than 1 a minute")):
        send_window(house, CALM, user=user)
        slack.wait("views.update", 1 if user == ROBIN else 3)  # a report may take longer than what follows is refused
        command(house, user=user)
        assert said in texts(slack.wait("views.open", 2 if user == ROBIN else 3))
        send_window(house, CALM, user=user)
        assert said in texts(slack.wait("views.update", 2 if user == ROBIN else 4))


def test_hostile_text_stays_text(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    evil = "<!channel> <https://evil.example|click> *x* :bomb: \u202e\u0000\nCall 3 with Sam. He figured I'd have read <!here> his draft by now, I never had it."
    send_window(house, evil)
    view = slack.wait("views.update")["view"]
    marked = [b["text"]["text"] for b in view["blocks"] if b.get("text", {}).get("type") == "mrkdwn"]
    assert marked and not any("evil" in text or "<!" in text for text in marked)
    assert "What may be unspoken" in texts(view)
    whole = texts(view["blocks"])
    assert "\u202e" not in whole and "\\u0000" not in whole
    assert all(len(b["text"]["text"]) <= 3000 for b in view["blocks"] if "text" in b)


def test_whoever_is_not_linked_gets_a_code_and_help_but_no_reading(house: House, slack: Slack) -> None:
    shortcut(house, GRAVE)
    assert code_of(slack.wait("views.open")) and "emergency number" in texts(slack.of("views.open"))
    send_window(house, GRAVE, keep=True)
    assert "not linked" in texts(slack.wait("views.update"))
    open_home(house)
    assert "not linked" in texts(slack.wait("views.publish"))
    assert house.flags() == []


def test_whoever_has_left_can_do_nothing(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    assert house.people["admin"].delete(f"/v1/members/{house.ids['mentor']}/mentor").status_code == 204
    with house.at.database.read(ALL) as session:
        assert session.execute(select(SlackLink)).first() is None
    send_window(house, GRAVE, keep=True)
    assert "not linked" in texts(slack.wait("views.update"))


def test_a_closed_window_loses_no_help_and_leaves_no_words(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    slack.faults["views.update"] = "not_found"
    send_window(house, GRAVE, keep=True)
    sent = slack.wait("chat.postMessage")
    (note,) = house.people["mentor"].get("/v1/notes").json()
    assert sent["channel"] == ROBIN and f"/notes/{note['id']}" in texts(sent) and "988" in texts(sent)
    assert "die" not in texts(sent["blocks"]).replace("notification", "") and "no way out" not in texts(sent)


def test_the_home_tab_has_own_follow_ups_and_no_words_of_a_note(house: House, slack: Slack) -> None:
    linked(house, slack, "mentor", ROBIN)
    linked(house, slack, "staff", SAM)
    house.note(GRAVE, pair=house.pair(mentee="Quillfeather"))
    house.note(UNSPOKEN)
    open_home(house)
    sent = slack.wait("views.publish")
    shown = texts(sent["view"])
    assert sent["user_id"] == ROBIN and sent["view"]["type"] == "home"
    assert "Tell staff" in shown and ("Ask" in shown or "Agree" in shown) and "/guidance/surface-" in shown and "/notes/" in shown
    for words in ("no way out", "die", "draft", "Quillfeather"):
        assert words not in shown
    open_home(house, "Ev0000002", SAM)
    assert "None just now" in texts(slack.wait("views.publish", 2))


def test_an_alert_says_level_deadline_and_link_and_no_more(house: House, slack: Slack) -> None:
    live(house, slack)
    stored = house.note(GRAVE, pair=house.pair(mentee="Quillfeather"))
    assert stored["told"]["alerted"] == 1
    house.app.state.worker.tick()
    (sent,) = slack.of("chat.postMessage")
    (flag,) = house.flags()
    shown = texts(sent)
    assert sent["channel"] == CHANNEL and flag["level"] in shown and f"/flags/{flag['id']}" in shown and "UTC" in shown
    assert sent["metadata"]["event_payload"]["key"]
    for words in ("Quillfeather", "die", "suicide", "mentor", "way out", "decide_"):
        assert words not in shown
    (button,) = [e for b in sent["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert (button["action_id"], button["value"]) == ("coach_claim", flag["id"])


def test_alerts_go_to_the_doors_channel_alone(house: House, slack: Slack) -> None:
    admin = house.people["admin"]
    assert admin.post("/v1/contacts", json={"name": "x", "channel": "slack", "address": "C0GENERAL1"}).status_code == 422
    live(house, slack)
    slack.channel = {**slack.channel, "id": "C0PRIVATE2"}
    assert set_up(house, channel="C0PRIVATE2").status_code == 200
    (contact,) = admin.get("/v1/contacts").json()
    assert contact["address"] == "C0PRIVATE2" and contact["acknowledged_at"] is None  # to be tested again
    slack.got.clear()
    house.note(HEAVY)
    house.app.state.worker.tick()
    assert [s["channel"] for s in slack.of("chat.postMessage")] == ["C0PRIVATE2"]
    assert admin.delete("/v1/program/slack").status_code == 204
    assert admin.get("/v1/contacts").json() == []


def test_a_shut_door_tells_nobody_and_nobody_says_it_did(house: House, slack: Slack) -> None:
    live(house, slack)
    house.note(HEAVY)
    doors(house)
    house.app.state.worker.tick()  # an alert that was on its way
    assert slack.got == []
    assert house.note(HEAVY)["told"]["alerted"] == 0
    with house.at.database.read(ALL) as session:
        assert [a.fault for a in session.execute(select(Alert).where(Alert.state == "pending")).scalars()] == ["door_shut"]


def test_staff_claim_and_the_desk_decides(house: House, slack: Slack) -> None:
    live(house, slack)
    linked(house, slack, "staff", SAM)
    house.note(GRAVE)
    (flag,) = house.flags()
    assert (
        press(house, flag["id"], SAM, channel="C0GENERAL1").status_code == 200
    )  # a button of ours stands in the private channel alone
    assert press(house, flag["id"], SAM).status_code == 200
    told = slack.wait("chat.postEphemeral")
    assert (told["channel"], told["user"]) == (CHANNEL, SAM) and "/flags" in texts(told)
    (now,) = house.flags()
    assert (now["state"], now["holder"], now["decision"]) == ("claimed", house.ids["staff"], None)
    changed = slack.wait("chat.update")
    assert {s["channel"] for s in [*slack.of("chat.update"), *slack.of("chat.postEphemeral")]} == {CHANNEL}
    assert changed["ts"] == "1700000000.000100" and "coach_claim" not in texts(changed) and "has claimed it" in texts(changed)
    assert "staff@" not in texts(changed) and SAM not in texts(changed)
    full = house.people["staff"].get(f"/v1/flags/{flag['id']}").json()
    assert any(e["kind"] == "claimed" for e in full["events"])


@pytest.mark.parametrize("who", ["mentor", None])
def test_nobody_else_claims(house: House, slack: Slack, who: str | None) -> None:
    live(house, slack)
    if who:
        linked(house, slack, who, ROBIN)
    house.note(GRAVE)
    (flag,) = house.flags()
    press(house, flag["id"], ROBIN)
    said = texts(slack.wait("chat.postEphemeral"))
    assert ("staff alone" if who else "not linked") in said and house.flags()[0]["state"] == "open"
    assert slack.of("chat.update") == []


def test_nobody_claims_an_own_note_nor_a_flag_that_is_not_there(house: House, slack: Slack) -> None:
    house.add("both", "mentor")
    assert (
        house.people["admin"].post("/v1/members", json={"email": "both@example.org", "name": "both", "role": "staff"}).status_code
        == 201
    )
    linked(house, slack, "both", SAM)
    house.note(GRAVE, mentor="both")
    (flag,) = house.flags()
    press(house, flag["id"], SAM)
    assert "own note" in texts(slack.wait("chat.postEphemeral"))
    for ident in ("0" * 32, "' OR 1=1 --", ""):
        press(house, ident, SAM)
    assert "no such flag" in texts(slack.wait("chat.postEphemeral", 4))
    assert house.flags()[0]["state"] == "open"


def test_of_two_who_claim_at_once_one_has_it(house: House, slack: Slack) -> None:
    live(house, slack)
    house.add("second", "staff")
    linked(house, slack, "staff", SAM)
    linked(house, slack, "second", ROBIN)
    house.note(GRAVE)
    (flag,) = house.flags()
    with ThreadPoolExecutor(2) as pool:
        assert {a.status_code for a in pool.map(lambda user: press(house, flag["id"], user), (SAM, ROBIN))} == {200}
    slack.wait("chat.postEphemeral", 2)
    said = [texts(s) for s in slack.of("chat.postEphemeral")]
    assert sum("You have it now" in s for s in said) == 1 and sum("Somebody else has this flag" in s for s in said) == 1
    (now,) = house.flags()
    assert now["version"] == flag["version"] + 1 and len(slack.of("chat.update")) == 1


@pytest.mark.long
def test_races_on_postgresql(
    postgres: str,  # noqa: F811
    slack: Slack,
    tmp_path: Path,
) -> None:
    """The same request twice at once, one code entered by two, two who claim: one of each."""
    made = house_on(postgres, tmp_path, slack_url=slack.url)
    assert set_up(made).status_code == 200
    doors(made, "slack")
    made.add("second", "staff")
    linked(made, slack, "second", SAM)
    command(made)
    code = code_of(slack.wait("views.open", 2))
    body = urlencode({"command": "/coach", "user_id": ROBIN, "team_id": TEAM, "trigger_id": "7.7", "text": ""})
    headers = signed(made, body)
    with ThreadPoolExecutor(4) as pool:
        assert sorted(a.status_code for a in pool.map(lambda _: post(made, body, headers), range(4))) == [200, 409, 409, 409]
        slack.wait("views.open", 3)
        code = code_of(slack.of("views.open")[-1])
        both = pool.map(lambda who: made.people[who].post("/v1/slack-link", json={"code": code}), ("staff", "mentor"))
        assert sorted(a.status_code for a in both) == [201, 401]
    if made.people["staff"].get("/v1/slack-link").status_code == 404:
        assert made.people["mentor"].delete("/v1/slack-link").status_code == 204
        linked(made, slack, "staff", ROBIN)
    made.note(GRAVE)
    (flag,) = made.flags()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda user: press(made, flag["id"], user), (SAM, ROBIN)))
    slack.wait("chat.postEphemeral", 2)
    assert sum("You have it now" in texts(s) for s in slack.of("chat.postEphemeral")) == 1
    made.app.state.slack.close()
    made.at.database.engine.dispose()


def test_where_slack_is_down_alerts_wait_and_come_under_the_same_key(house: House, slack: Slack) -> None:
    live(house, slack)
    slack.faults["*"] = 503
    house.note(HEAVY)
    for _ in range(3):
        house.app.state.worker.tick()
        house.clock.on(minutes=2)
    with house.at.database.read(ALL) as session:
        assert "status_503" in [a.fault for a in session.execute(select(Alert)).scalars()]
    slack.faults["*"] = "ratelimited"
    house.app.state.worker.tick()
    house.clock.on(minutes=2)
    slack.faults.clear()
    house.app.state.worker.tick()
    house.app.state.worker.tick()
    keys = [s["metadata"]["event_payload"]["key"] for s in slack.of("chat.postMessage")]
    assert len(keys) == 5 and len(set(keys)) == 1


def test_where_slack_hangs_nobody_else_waits(house: House, slack: Slack) -> None:
    """Its alerts have a thread of their own, and its users' requests too: the service goes on."""
    live(house, slack)
    linked(house, slack, "mentor", ROBIN)
    hook = threading.Event()

    class Hook(Peer):
        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()
            hook.set()

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Hook)) as receiver:
        given = {"name": "Second", "channel": "webhook", "address": f"http://127.0.0.1:{receiver.server_address[1]}/"}
        assert house.people["admin"].post("/v1/contacts", json=given).status_code == 201
        slack.hold = threading.Event()
        house.at.settings = house.at.settings.model_copy(update={"worker_seconds": 0.02})
        worker = Worker(house.at, lambda *_: None)
        house.note(HEAVY)
        worker.start()
        slack.wait("chat.postMessage")  # it hangs in Slack now
        assert hook.wait(WAIT)
        hook.clear()
        house.note(HEAVY)
        assert hook.wait(WAIT) and len(slack.of("chat.postMessage")) == 1
        codes = [command(house, user=ROBIN).status_code for _ in range(door_app.THREADS + door_app.WAITING + 1)]
        assert set(codes[:-1]) == {200} and codes[-1] == 503  # those past the bound are told so
        assert house.people["mentor"].get("/v1/notes").status_code == 200
        slack.hold.set()
        worker.stop()


def test_nothing_of_a_note_is_logged(house: House, slack: Slack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    linked(house, slack, "mentor", ROBIN)
    secret = "zanzibar marmalade"
    send_window(house, f"{GRAVE} {secret}", keep=True)
    slack.wait("views.update")
    shortcut(house, f"{secret} " * 40_000)
    slack.wait("views.update", 2)
    slack.faults["*"] = 500
    send_window(house, secret)
    slack.wait("views.update", 3)
    command(house, secret)
    slack.wait("views.open", 3)
    body = urlencode({"text": secret, "command": "/other", "team_id": TEAM})
    post(house, body, signed(house, body))
    post(house, body, signed(house, body, secret="another-secret-of-somebody"))
    house.app.state.slack.close()
    house.app.state.slack._hands.shutdown(wait=True)
    whole = "\n".join(f"{r.name} {r.getMessage()} {r.__dict__}" for r in caplog.records)
    assert "slack" in whole
    for words in ("zanzibar", "way out", SECRET, TOKEN):
        assert words not in whole


def test_the_door_silences_its_own_packages_alone(house: House, slack: Slack) -> None:
    """Bolt takes its app's name for a logger and gives it the silent one's level: named "coach" it shut every log of the service."""
    linked(house, slack, "mentor", ROBIN)
    for name in ("coach", "coach.api", "coach.worker"):
        log = logging.getLogger(name)
        assert not log.disabled and log.isEnabledFor(logging.WARNING)
    assert not logging.getLogger("slack_bolt.app").isEnabledFor(logging.CRITICAL)
