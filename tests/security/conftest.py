"""A town: two programs with something of every kind in the first, and everybody who must not get at it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")

from fastapi.testclient import TestClient
from sqlalchemy import select

from api.accounts.schemas import ScopeName
from api.db.models import Alert
from tests.api.conftest import GRAVE, HEAVY, House, house, house_on

__all__ = ["house", "town"]

SCOPES: tuple[str, ...] = get_args(ScopeName)
MARK = "quillfeather"
"""Stands in every text of the first program, so that its words are known wherever they turn up."""


@dataclass
class Town:
    """`found`: ids by kind. `strangers`: who serves another program, or this one without a right to the things in `found`.
    `keys`: by a scope, a key of the program with all scopes but that; "" has all.
    """

    house: House
    found: dict[str, str]
    strangers: dict[str, TestClient] = field(default_factory=dict)
    keys: dict[str, TestClient] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def spec(self) -> dict[str, Any]:
        made: dict[str, Any] = self.house.app.openapi()
        return made

    def telling(self, text: str) -> list[str]:
        """What of the first program stands in an answer: its words and the ids of its things."""
        return [name for name, value in {**self.found, "words": MARK}.items() if value in text]


def key_client(house: House, token: str) -> TestClient:
    client = house.client()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def made(answer: Any, *statuses: int) -> Any:
    assert answer.status_code in (statuses or (200, 201)), answer.text
    return answer.json()


def furnished(house: House) -> dict[str, str]:
    """Something of every kind in the program of `house`; ids by the word that the kind's paths begin with."""
    admin, mentor = house.people["admin"], house.people["mentor"]
    pair = house.pair(mentee=f"Robin {MARK}")
    first = house.note(f"{HEAVY} {MARK}.", pair=pair)["note"]["id"]
    note = house.note(f"{GRAVE} {MARK}.", pair=pair)["note"]["id"]
    entry = made(
        mentor.post(f"/v1/pairs/{pair}/ledger", json={"topic": "pace", "holder": "mentor", "statement": f"A draft {MARK}"})
    )
    contact = {"name": f"On call {MARK}", "channel": "email", "address": f"{MARK}@example.org"}
    hook = {"name": f"CRM {MARK}", "address": f"https://{MARK}.example/in", "events": ["flag.raised"]}
    handbook = {"file": ("rules.md", b"# Rules\n\nCall the coordinator first.\n", "text/markdown")}
    flag = next(f for f in house.flags() if f["note"] == note)
    contacts = made(admin.post("/v1/contacts", json=contact))["id"]
    assert admin.post(f"/v1/contacts/{contacts}/test").status_code == 202
    with house.at.database.read(house.program) as session:
        alert = session.execute(select(Alert.id).where(Alert.contact_id == contacts)).scalar_one()
    return {
        "pairs": pair,
        "notes": note,
        "calm note": first,
        "flags": flag["id"],
        "entry": entry["id"],
        "follow-ups": made(mentor.get(f"/v1/pairs/{pair}/follow-ups"))[0]["id"],
        "keys": made(admin.post("/v1/keys", json={"name": f"Platform {MARK}", "scopes": ["analyze"]}))["id"],
        "contacts": contacts,
        "alerts": alert,
        "webhooks": made(admin.post("/v1/webhooks", json=hook))["id"],
        "handbook": made(admin.post("/v1/handbook", files=handbook))["id"],
        "members": house.ids["mentor"],
        "person": house.ids["mentor"],
    }


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all tests that refuse things: what is refused changes nothing."""
    folder = tmp_path_factory.mktemp("town")
    house = house_on(f"sqlite:///{folder / 'data' / 'coach.db'}", folder)
    here, admin = Town(house, furnished(house)), house.people["admin"]
    for role in ("mentor", "auditor"):  # of the same program, of no pair
        here.strangers[f"second {role}"] = house.add(f"second-{role}", role)
    for scope in ("", *SCOPES):
        lacking = [s for s in SCOPES if s != scope]
        here.keys[scope] = key_client(house, made(admin.post("/v1/keys", json={"name": "k", "scopes": lacking}))["token"])
    other = made(admin.post("/v1/programs", json={"name": "Other"}))["id"]
    admin.headers["Coach-Program"] = other
    for role in ("mentor", "staff", "admin", "auditor"):
        here.strangers[f"other {role}"] = house.add(f"other-{role}", role)
    token = made(admin.post("/v1/keys", json={"name": "other", "scopes": list(SCOPES)}))["token"]
    here.strangers["other key"] = key_client(house, token)
    del admin.headers["Coach-Program"]
    admin.headers["Coach-Program"] = house.program
    here.strangers["nobody"] = house.client()
    yield here
    house.at.database.engine.dispose()
