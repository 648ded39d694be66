"""Passwords, idle sessions, the key of the figures: what an account and its browser are held to."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.accounts.passwords import SHORTEST, is_common
from api.accounts.schemas import Setup
from api.app import create_app
from tests.api.conftest import House, house, house_on, quick_coach, settings_for

__all__ = ["house"]
OLD, NEW = "correct horse battery", "green kettle, slow river"
WEAK = {
    "short": "x7 kettle zebra",
    "on the list": "manchesterunited",
    "on the list, but for its case and end": "ManchesterUnited!!",
    "two of the list": "password12345678",
    "the same twice": "passwordpassword",
    "a row of keys": "qwertyuiopasdfgh",
    "a row of letters, backwards": "zyxwvutsrqponmlkji",
    "few characters": "abababababababababab",
    "one's own address": "mentor@example.org 1",
    "one's own name and the service's": "mentor mentoring coach 26",
    "the program's name": "newcomers-Newcomers-26",
}


@pytest.fixture
def short_idle(tmp_path: Any) -> Iterator[House]:
    made = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path, idle_minutes=240, staff_idle_minutes=30)
    yield made
    made.at.database.engine.dispose()


def change(client: TestClient, old: str = OLD, new: str = NEW) -> Any:
    return client.post("/v1/me/password", json={"old": old, "new": new})


def second_window(house: House, password: str = OLD, email: str = "mentor@example.org") -> tuple[int, TestClient]:
    client = house.client()
    return client.post("/v1/session", json={"email": email, "password": password}).status_code, client


@pytest.mark.parametrize("why", WEAK)
def test_a_weak_password_is_refused(house: House, why: str) -> None:
    weak = WEAK[why] if why != "short" else WEAK[why][: SHORTEST - 1]
    answer = change(house.people["mentor"], new=weak)
    assert answer.status_code == 422 and answer.json()["code"] == ("invalid" if why == "short" else "weak_password"), why
    assert weak not in answer.text and second_window(house)[0] == 201


def test_a_weak_password_is_refused_for_a_new_account_too(house: House) -> None:
    invited = house.people["admin"].post("/v1/members", json={"email": "new@example.org", "name": "New", "role": "mentor"}).json()
    given = {"token": invited["invitation"], "email": "new@example.org", "name": "New", "password": WEAK["two of the list"]}
    assert house.client().post("/v1/setup", json=given).json()["code"] == "weak_password"
    page = house.client().post("/setup", data=given)
    assert page.status_code == 422 and "among the first that are tried" in page.text and given["password"] not in page.text
    assert house.client().post("/v1/setup", json={**given, "password": NEW}).status_code == 201, "the link still works"


@pytest.mark.parametrize(
    "good", [OLD, "zwölf Ämter, grün & still", "x" * 20 + "yzab" * 20, "kjQ9~ dd0$ wPz3 ;;", "お茶の時間は三時からです、どうぞ"]
)
def test_a_good_password_is_taken_whatever_it_is_made_of(good: str) -> None:
    assert not is_common(good) and Setup(token="t", email="a@example.org", name="A", password=good)


def test_a_password_changes_with_the_old_one_and_ends_every_other_session(house: House) -> None:
    mentor = house.people["mentor"]
    copy, (_, other) = mentor.cookies["coach_session"], second_window(house)
    assert change(mentor, old=NEW).json()["code"] == "wrong_credentials" and other.get("/v1/me").status_code == 200
    answer = change(mentor)
    assert answer.status_code == 201 and mentor.get("/v1/me").json()["csrf"] == answer.json()["csrf"]
    thief = house.client()
    thief.cookies.set("coach_session", copy)
    assert other.get("/v1/me").status_code == thief.get("/v1/me").status_code == 401
    assert (second_window(house)[0], second_window(house, NEW)[0]) == (401, 201)
    trail = house.people["admin"].get("/v1/audit").text
    assert house.people["staff"].get("/v1/me").status_code == 200 and OLD not in trail and NEW not in trail


def test_a_password_is_checked_to_the_last_sign(house: House) -> None:
    """As it came: nothing is cut off, trimmed or put into small letters; composed and decomposed letters are not the same."""
    chosen = "  Ämter & Flüsse, grün und still " + "x1y2" * 30
    assert change(house.people["mentor"], new=chosen).status_code == 201 and second_window(house, chosen)[0] == 201
    decomposed = unicodedata.normalize("NFD", chosen)
    for other in (chosen.strip(), chosen.lower(), chosen[:-1], chosen[:72], chosen + " ", decomposed):
        assert other != chosen and second_window(house, other)[0] == 401
    page = house.client().post("/sign-in", data={"email": "mentor@example.org", "password": chosen}, follow_redirects=False)
    assert page.status_code == 303


def test_a_password_is_changed_on_the_page(house: House) -> None:
    client = house.client()
    client.post("/sign-in", data={"email": "mentor@example.org", "password": OLD, "next": "/"})
    csrf = client.get("/v1/me").json()["csrf"]
    form = {"csrf": csrf, "old": OLD, "new": NEW, "again": NEW}
    for wrong in (
        {"again": OLD},
        {"old": NEW},
        {"new": "x", "again": "x"},
        {"new": "password12345678", "again": "password12345678"},
    ):
        page = client.post("/account", data={**form, **wrong})
        assert page.status_code in (403, 422) and 'role="alert"' in page.text and not {OLD, NEW} & set(page.text.split('"'))
    done = client.post("/account", data=form, follow_redirects=True)
    assert done.status_code == 200 and "has been changed" in done.text
    assert house.client().get("/account", headers={"Accept": "text/html"}, follow_redirects=False).status_code == 303


def test_guessing_the_old_password_is_slowed(tmp_path: Any) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path, sign_ins_per_minute=8)
    assert [change(house.people["mentor"], old=f"guess {n}").status_code for n in range(9)][-1] == 429
    house.at.database.engine.dispose()


def test_a_session_ends_when_nobody_is_there(short_idle: House) -> None:
    mentor, staff = short_idle.people["mentor"], short_idle.people["staff"]
    for _ in range(6):
        short_idle.clock.on(minutes=20)
        assert staff.get("/v1/flags").status_code == 200, "who works on stays signed in"
    short_idle.clock.on(minutes=31)
    assert staff.get("/v1/flags").status_code == 401 and mentor.get("/v1/notes").status_code == 200
    short_idle.clock.on(minutes=241)
    assert mentor.get("/v1/notes").status_code == 401


def test_an_open_desk_that_nobody_looks_at_does_not_keep_a_session(short_idle: House) -> None:
    staff = short_idle.people["staff"]
    for _ in range(2):
        short_idle.clock.on(minutes=20)
        staff.get("/help", headers={"Accept": "text/event-stream"})
    assert staff.get("/v1/flags").status_code == 401


@pytest.mark.parametrize(
    ("public", "key", "peer", "sent", "status"),
    [
        ("http://127.0.0.1:8000", None, "127.0.0.1", "", 200),
        ("http://[::1]:8000", None, "::1", "", 200),
        ("http://127.0.0.1:8000", None, "10.0.0.7", "", 401),
        ("https://coach.example", None, "127.0.0.1", "", 401),  # behind a proxy everybody comes from here
        ("https://coach.example", "a long key", "10.0.0.7", "Bearer a long key", 200),
        ("https://coach.example", "a long key", "127.0.0.1", "Bearer a wrong key", 401),
        ("http://127.0.0.1:8000", "a long key", "127.0.0.1", "", 401),
    ],
)
def test_the_figures_are_not_for_everybody(
    tmp_path: Any, public: str, key: str | None, peer: str, sent: str, status: int
) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path, public_url=public, metrics_key=key)
    app = create_app(settings, load_coach=quick_coach)
    answer = TestClient(app, client=(peer, 5)).get("/metrics", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == status and ("coach_notes" in answer.text) == (status == 200)
    app.state.services.database.engine.dispose()
