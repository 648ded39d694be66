"""Accounts where somebody means harm, leaves, or is slow: invitations, flags of a holder who left, passwords under load."""

import threading
import time
from typing import Any

import pytest
from sqlalchemy import select

from api.accounts import service
from api.db import migrate
from api.db.models import Alert, Flag, FlagEvent, Person, Program, SignIn
from api.db.session import ALL
from api.security import hash_password
from tests.api.conftest import CALM, HEAVY, House

PAGE = {"Accept": "text/html"}
THIEF = {"name": "Thief", "password": "stolen horse battery"}


def invite(house: House, email: str, role: str, by: str = "admin", **headers: str) -> str | None:
    answer = house.people[by].post("/v1/members", json={"email": email, "name": "x", "role": role}, headers=headers)
    assert answer.status_code == 201, answer.text
    link: str | None = answer.json()["invitation"]
    return link


def take(house: House, link: str | None, email: str = "zoe@example.org") -> int:
    """How the service answers somebody who uses a link for an account that is not theirs."""
    return int(house.client().post("/v1/setup", json={"token": link, "email": email, **THIEF}).status_code)


def flag_of(house: House) -> Flag:
    with house.at.database.read(ALL) as session:
        return session.execute(select(Flag)).scalar_one()  # type: ignore[no-any-return]


def test_an_invitation_does_not_reset_an_account_that_is_set_up(house: House) -> None:
    one = invite(house, "zoe@example.org", "mentor")
    two = invite(house, "zoe@example.org", "staff")
    assert one and two
    zoe = house.sign_up("zoe", one, "zoe@example.org")
    assert take(house, two) == 401
    assert zoe.get("/v1/me").json()["name"] == "zoe"


def test_a_link_for_an_account_with_a_password_is_refused(house: House) -> None:
    """Whatever made it: the password alone decides, not that the other links have ended."""
    with house.at.database.write(ALL) as session:
        person = session.execute(select(Person).where(Person.email == "mentor@example.org")).scalar_one()
        link = service.one_time_link(house.at, session, "invite", person.id)
    assert take(house, link, "mentor@example.org") == 401
    answer = house.client().post("/setup", data={"token": link, "email": "mentor@example.org", **THIEF}, headers=PAGE)
    assert answer.status_code == 401 and "Sign in" in answer.text
    assert house.people["mentor"].get("/v1/me").json()["name"] == "mentor"


def test_an_admin_of_another_program_gets_no_link_to_an_invited_account(house: House) -> None:
    house.add("bob", "admin")
    other = house.people["admin"].post("/v1/programs", json={"name": "Other"}).json()["id"]
    link = invite(house, "zoe@example.org", "staff", **{"Coach-Program": other})
    assert invite(house, "zoe@example.org", "mentor", by="bob") is None
    assert link
    zoe = house.sign_up("zoe", link, "zoe@example.org")
    assert len(zoe.get("/v1/me").json()["programs"]) == 2


def test_a_link_ends_with_the_last_role(house: House) -> None:
    """An admin cannot keep one until another program has added the person."""
    house.add("bob", "admin")
    kept = invite(house, "zoe@example.org", "mentor", by="bob")
    [zoe] = [m["person"] for m in house.people["bob"].get("/v1/members").json() if m["email"] == "zoe@example.org"]
    assert house.people["bob"].delete(f"/v1/members/{zoe}/mentor").status_code == 204
    other = house.people["admin"].post("/v1/programs", json={"name": "Other"}).json()["id"]
    link = invite(house, "zoe@example.org", "staff", **{"Coach-Program": other})
    assert take(house, kept) == 401
    assert link
    house.sign_up("zoe", link, "zoe@example.org")


def test_a_flag_whose_holder_left_climbs_again(any_house: House) -> None:
    house = any_house
    house.note(HEAVY)
    flag = house.flags()[0]
    claimed = house.change("staff", f"/v1/flags/{flag['id']}/claim", flag["version"]).json()
    admin, staff = house.people["admin"], house.ids["staff"]
    assert admin.post("/v1/members", json={"email": "staff@example.org", "name": "s", "role": "admin"}).status_code == 201
    assert admin.delete(f"/v1/members/{staff}/staff").status_code == 204
    assert flag_of(house).state == "claimed"  # an admin may hold it still
    assert admin.delete(f"/v1/members/{staff}/admin").status_code == 204
    row = flag_of(house)
    assert (row.state, row.holder_id, row.version) == ("open", None, claimed["version"] + 1)
    assert row.escalate_at is not None and row.escalate_at > house.clock()
    with house.at.database.read(ALL) as session:
        event = session.execute(select(FlagEvent).where(FlagEvent.kind == "released")).scalar_one()
    assert event.person_id is None and event.detail["before"]["holder"] == staff
    [trail] = [r for r in admin.get("/v1/audit").json() if r["act"] == "flag_released"]
    assert trail["actor"] == "service"
    contact = {"name": "On call", "channel": "email", "address": "oncall@example.org"}
    assert admin.post("/v1/contacts", json=contact).status_code == 201
    with house.at.database.write(ALL) as session:
        session.get(Program, house.program).live = True
    house.clock.on(days=2)
    house.app.state.worker.tick()
    with house.at.database.read(ALL) as session:
        assert session.execute(select(Alert.flag_id)).scalars().all() == [flag["id"]]


def test_an_old_notes_flag_is_released_without_a_clock(house: House) -> None:
    house.note(HEAVY)
    flag = house.flags()[0]
    assert house.change("staff", f"/v1/flags/{flag['id']}/claim", flag["version"]).status_code == 200
    with house.at.database.write(ALL) as session:
        session.get(Flag, flag["id"]).historical = True
    assert house.people["admin"].delete(f"/v1/members/{house.ids['staff']}/staff").status_code == 204
    row = flag_of(house)
    assert (row.state, row.escalate_at) == ("open", None)


def held_up(monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[threading.Event, threading.Event]:
    """(set once a password is being worked on, what lets it go on)."""
    real, begun, on = getattr(service, name), threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        begun.set()
        on.wait(20)
        return real(*given)

    monkeypatch.setattr(service, name, slow)
    return begun, on


@pytest.mark.parametrize("what", ["password_fits", "hash_password"])
def test_a_password_is_worked_on_outside_of_every_write(house: House, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    link = invite(house, "zoe@example.org", "mentor")
    house.note(CALM)
    begun, on = held_up(monkeypatch, what)
    codes: list[int] = []
    calls = {
        "password_fits": ("/v1/session", {"email": "mentor@example.org", "password": "correct horse battery"}),
        "hash_password": (
            "/v1/setup",
            {"token": link, "email": "zoe@example.org", "name": "Zoe", "password": "long enough it is"},
        ),
    }
    path, given = calls[what]
    thread = threading.Thread(target=lambda: codes.append(house.client().post(path, json=given).status_code))
    thread.start()
    assert begun.wait(10)
    start = time.monotonic()
    house.note(CALM + " Once more.")
    assert not codes and time.monotonic() - start < 15
    on.set()
    thread.join()
    assert codes == [201]


def test_a_password_that_changed_while_it_was_checked_opens_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, on = held_up(monkeypatch, "password_fits")
    codes: list[int] = []
    given = {"email": "mentor@example.org", "password": "correct horse battery"}
    thread = threading.Thread(target=lambda: codes.append(house.client().post("/v1/session", json=given).status_code))
    thread.start()
    assert begun.wait(10)
    with house.at.database.write(ALL) as session:
        session.get(Person, house.ids["mentor"]).password = hash_password("another horse battery")
    on.set()
    thread.join()
    assert codes == [401]


def test_a_password_is_checked_for_an_unknown_account_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | None] = []

    def fits(hashed: str | None, given: str) -> bool:
        checked.append(hashed)
        return False

    monkeypatch.setattr(service, "password_fits", fits)
    for email in ("mentor@example.org", "nobody@example.org"):
        answer = house.client().post("/v1/session", json={"email": email, "password": "x" * 12})
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
    assert len(checked) == 2 and checked[1] is None


def test_no_password_is_hashed_for_a_link_that_is_none(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, on = held_up(monkeypatch, "hash_password")
    on.set()
    assert take(house, "cs_unknown") == 401 and not begun.is_set()


def test_going_back_a_version_ends_sessions_of_one_program(any_house: House) -> None:
    """Without the column they would serve every program."""
    house = any_house
    with house.at.database.write(ALL) as session:
        bound = service.open_session(house.at, session, house.ids["staff"], house.program)
    engine = house.at.database.engine
    migrate.downgrade(engine, "0004")
    migrate.upgrade(engine)
    with house.at.database.read(ALL) as session:
        left = session.execute(select(SignIn.person_id)).scalars().all()
    assert bound.person in left and left.count(bound.person) == 1  # that of the password
