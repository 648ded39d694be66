"""Every route, as every role of another program and signed out: nothing of a program is there for anybody else."""

import re
from typing import Any

import pytest

from tests.api.conftest import CALM, GRAVE, HEAVY, House

OPEN = {
    ("POST", "/v1/session"),
    ("POST", "/v1/setup"),
    ("POST", "/v1/alerts/acknowledge"),
    ("POST", "/v1/guidance/search"),
    ("GET", "/v1/guidance/{ident}"),
    ("GET", "/v1/resources"),
    ("GET", "/v1/resources/{ident}"),
    ("GET", "/v1/version"),
    ("GET", "/v1/oidc/{program}/start"),
    ("GET", "/v1/oidc/callback"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
}
"""Routes for everybody; all others need somebody signed in or a key."""

BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/v1/pairs/{ident}"): {"mentee": "Stolen"},
    ("POST", "/v1/pairs/{ident}/ledger"): {"topic": "pace", "holder": "mentee", "statement": "x"},
    ("PATCH", "/v1/pairs/{ident}/ledger/{entry}"): {"state": "agreed"},
    ("PATCH", "/v1/follow-ups/{ident}"): {"state": "done"},
    ("POST", "/v1/notes/{ident}/open"): {"reason": "Out of curiosity"},
    ("POST", "/v1/notes/{ident}/feedback"): {"report_version": 1, "verdict": "right", "signal": 0},
    ("POST", "/v1/flags/{ident}/decide"): {"decision": "confirmed", "reason": "x"},
    ("POST", "/v1/flags/{ident}/reopen"): {"reason": "x"},
    ("POST", "/v1/flags/{ident}/comments"): {"words": "x"},
    ("POST", "/v1/flags/{ident}/hand-over"): {"person": "x"},
    ("POST", "/v1/flags/{ident}/link"): {"flags": ["x"]},
    ("POST", "/v1/pairs/{ident}/erase"): {"reason": "They asked for it"},
    ("POST", "/v1/pairs/{ident}/export"): {"reason": "They asked for it"},
    ("POST", "/v1/pairs/{ident}/release"): {"reason": "They asked for it"},
    ("POST", "/v1/notes/{ident}/release"): {"reason": "They asked for it"},
    ("POST", "/v1/pairs/{ident}/hold"): {"reason": "They asked for it"},
    ("POST", "/v1/members/{person}/erase"): {"reason": "They asked for it"},
    ("POST", "/v1/members/{person}/export"): {"reason": "They asked for it"},
    ("PATCH", "/v1/webhooks/{ident}"): {"enabled": False},
    ("POST", "/v1/webhooks/{ident}/replay"): {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"},
}
"""What a route needs to get as far as looking for the thing."""


def routes(house: House) -> list[tuple[str, str]]:
    spec = house.app.openapi()
    return [(m.upper(), path) for path, methods in spec["paths"].items() for m in methods]


@pytest.fixture
def two(house: House) -> tuple[House, dict[str, str]]:
    """A program with something of every kind in it, and people of every role in another program."""
    pair = house.pair()
    house.note(HEAVY, pair=pair)
    stored = house.note(GRAVE, pair=pair)
    mentor, admin = house.people["mentor"], house.people["admin"]
    entry = mentor.post(
        f"/v1/pairs/{pair}/ledger", json={"topic": "pace", "holder": "mentor", "statement": "A draft by May"}
    ).json()
    flag = next(f for f in house.flags() if f["note"] == stored["note"]["id"])
    key = admin.post("/v1/keys", json={"name": "platform", "scopes": ["analyze"]}).json()
    contact = admin.post("/v1/contacts", json={"name": "On call", "channel": "email", "address": "a@example.org"}).json()
    hook = admin.post("/v1/webhooks", json={"name": "CRM", "address": "https://crm.example/in", "events": ["flag.raised"]}).json()
    found = {
        "webhooks": hook["id"],
        "pairs": pair,
        "notes": stored["note"]["id"],
        "flags": flag["id"],
        "follow-ups": mentor.get(f"/v1/pairs/{pair}/follow-ups").json()[0]["id"],
        "keys": key["id"],
        "contacts": contact["id"],
        "alerts": "unknown",
        "entry": entry["id"],
        "members": house.ids["mentor"],
    }
    other = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    admin.headers["Coach-Program"] = other
    for role in ("mentor", "staff", "admin", "auditor"):
        house.add(f"other-{role}", role)
    everything = ["analyze", "notes:write", "notes:read", "flags:read", "guidance", "insights"]
    token = admin.post("/v1/keys", json={"name": "other", "scopes": everything}).json()["token"]
    del admin.headers["Coach-Program"]
    client = house.client()
    client.headers["Authorization"] = f"Bearer {token}"
    house.people["other-key"] = client
    return house, found


def filled(path: str, found: dict[str, str]) -> str:
    kind = [*path.split("/"), ""][2]
    path = re.sub(r"\{entry\}", found["entry"], path)
    path = re.sub(r"\{role\}", "mentor", path)
    return re.sub(r"\{\w+\}", found.get(kind, "unknown"), path)


@pytest.mark.parametrize("who", ["other-mentor", "other-staff", "other-admin", "other-auditor", "other-key"])
def test_nothing_of_another_program_is_there(two: tuple[House, dict[str, str]], who: str) -> None:
    house, found = two
    walked = 0
    for method, path in routes(house):
        if "{" not in path or (method, path) in OPEN:
            continue
        answer = house.people[who].request(
            method, filled(path, found), json=BODIES.get((method, path)), headers={"If-Match": '"1"'}
        )
        assert answer.status_code in (403, 404), f"{who} {method} {path}: {answer.status_code} {answer.text[:200]}"
        walked += 1
    assert walked > 20


@pytest.mark.parametrize("who", ["other-mentor", "other-staff", "other-admin", "other-auditor", "other-key"])
def test_lists_hold_nothing_of_another_program(two: tuple[House, dict[str, str]], who: str) -> None:
    house, found = two
    for method, path in routes(house):
        if method != "GET" or "{" in path or (method, path) in OPEN:
            continue
        text = house.people[who].get(path).text
        for kind, ident in found.items():
            assert ident not in text, f"{who} GET {path} shows {kind}"


def test_signed_out_there_is_nothing(two: tuple[House, dict[str, str]]) -> None:
    house, found = two
    client = house.client()
    for method, path in routes(house):
        if (method, path) not in OPEN:
            answer = client.request(method, filled(path, found), json=BODIES.get((method, path)))
            assert answer.status_code in (401, 422, 428), f"{method} {path}: {answer.status_code}"


def test_a_program_that_one_does_not_serve_cannot_be_named(two: tuple[House, dict[str, str]]) -> None:
    house, _ = two
    answer = house.people["other-admin"].get("/v1/program", headers={"Coach-Program": house.program})
    assert answer.status_code == 404


def test_a_mentor_sees_own_pairs_and_notes_alone(house: House) -> None:
    house.add("second", "mentor")
    pair = house.pair("mentor")
    stored = house.note(CALM, pair=pair)
    second = house.people["second"]
    assert second.get("/v1/pairs").json() == [] and second.get("/v1/notes").json() == []
    assert second.get(f"/v1/pairs/{pair}").status_code == 404
    assert second.get(f"/v1/notes/{stored['note']['id']}").status_code == 404
    assert second.post("/v1/notes", json={"text": CALM, "pair": pair}).status_code == 404
    assert second.get("/v1/flags").status_code == 403


def test_a_key_does_what_its_scopes_say(house: House) -> None:
    token = house.people["admin"].post("/v1/keys", json={"name": "p", "scopes": ["analyze"], "days": 1}).json()["token"]
    client = house.client()
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.post("/v1/analyze", json={"text": CALM}).status_code == 200
    assert client.post("/v1/notes", json={"text": CALM}).status_code == 403
    assert client.get("/v1/members").status_code == 403
    house.clock.on(days=2)
    assert client.post("/v1/analyze", json={"text": CALM}).json()["code"] == "key_expired"


def test_a_query_without_a_program_is_a_fault(house: House) -> None:
    from sqlalchemy import select

    from api.db.models import Note
    from api.db.session import NoProgram

    with pytest.raises(NoProgram), house.at.database._read() as session:
        session.execute(select(Note))
