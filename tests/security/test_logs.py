"""What is written to the log over the main flows: no password, token, key, address of a person, or word of a note."""

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest

from api.observe import JsonLines
from tests.security.conftest import MARK, Town, key_client, made

WORDS = "marzipan lighthouse"


class Kept(logging.Handler):
    """Each record as the service writes it; those of our own loggers with all that they hold too."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        whole = f" {record.getMessage()} {record.__dict__}" if record.name.startswith("coach") else ""
        self.lines.append(self.format(record) + whole)


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, loggers = Kept(), [logging.getLogger(), logging.getLogger("coach")]
    before = [(one, one.level, one.propagate) for one in loggers]
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.DEBUG)
    loggers[1].propagate = False
    yield handler
    for one, level, propagate in before:
        one.removeHandler(handler)
        one.setLevel(level)
        one.propagate = propagate


def test_no_secret_and_no_word_is_logged(town: Town, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    house, secrets = town.house, {WORDS, MARK, "example.org"}
    admin = house.people["admin"]
    person = {"email": "logged@example.org", "name": f"Logged {WORDS}", "role": "mentor"}
    invitation = made(admin.post("/v1/members", json=person))["invitation"]
    client = house.sign_up("logged", invitation, "logged@example.org")
    secrets |= {invitation, client.cookies["coach_session"], client.headers["X-CSRF-Token"], "correct horse battery"}
    for password in ("correct horse battery", f"wrong {WORDS}"):
        given = {"email": "logged@example.org", "password": password}
        house.client().post("/v1/session", json=given)
        signed = house.client().post("/sign-in", data=given, follow_redirects=False)
        secrets |= set(signed.cookies.values())
    key = made(admin.post("/v1/keys", json={"name": "logged", "scopes": ["analyze", "notes:write"]}))["token"]
    hook = {"name": WORDS, "address": f"https://{MARK}.example/{MARK}", "events": ["flag.raised"]}
    made_hook = made(admin.post("/v1/webhooks", json=hook))
    secrets |= {key, *(v for v in made_hook.values() if isinstance(v, str) and v.startswith("whsec_"))}
    platform = key_client(house, key)
    text = f"He wants to die, he said it twice. {WORDS}."
    pair = made(client.post("/v1/pairs", json={"mentee": WORDS, "age_group": "adult", "region": "CA"}))["id"]
    made(client.post("/v1/notes", json={"text": text, "pair": pair}))
    client.post("/", data={"csrf": client.headers["X-CSRF-Token"], "text": text, "keep": "1"}, follow_redirects=False)
    client.post("/v1/notes/upload", files={"file": (f"{WORDS}.docx", b"PK\x03\x04" + WORDS.encode(), "text/plain")})
    platform.post("/v1/analyze", json={"text": text})
    platform.post("/v1/analyze", json={"text": {"a": WORDS}, WORDS: 1})
    client.get(f"/notes/{WORDS}", params={"q": WORDS, "token": key})
    client.get("/v1/me", headers={"Authorization": f"Bearer {key}x"})

    def fail(*_: object) -> None:
        raise RuntimeError(f"{text} {key}")

    monkeypatch.setattr("api.web.library.card_of", fail)
    assert client.get("/guidance/x").status_code == 500
    written = "\n".join(kept.lines)
    assert "unforeseen" in written and written.count('"event": "request"') > 10
    for secret in secrets:
        assert secret not in written, f"{secret[:12]} is in the log"


def test_a_record_of_another_package_loses_its_words() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    try:
        raise ValueError(WORDS)
    except ValueError:
        handler.emit(
            logging.getLogger("uvicorn.error").makeRecord("uvicorn.error", 40, "f", 1, WORDS, (), __import__("sys").exc_info())
        )
    assert "uvicorn.error" in stream.getvalue() and WORDS not in stream.getvalue()


def entry(**more: object) -> str:
    record = logging.getLogger("coach.api").makeRecord("coach.api", 20, "f", 1, "request", (), None, extra=more)
    record.created = 0.0
    return JsonLines().format(record)


def test_times_in_the_log_are_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Toronto")
    time.tzset()
    try:
        assert json.loads(entry())["at"] == "1970-01-01T00:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("path", ['/x\n{"event": "sign_in"}', "/x\r\nforged", "/x\u2028y", "/x\x1b[2J"])
def test_a_line_break_makes_no_second_entry(path: str) -> None:
    written = entry(path=path, method="GET", status=404)
    assert len(written.splitlines()) == 1 and written.isprintable() and json.loads(written)["path"] == path
