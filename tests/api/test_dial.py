"""The alarm dial of a program: its effect is seen before it is set, it holds for new notes alone, and no other program counts."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from api.db.models import AuditRow, DataKey, Note, StoredReport
from api.db.session import ALL
from api.rules import Rules
from coach import ALARMS, Coach, Dial, Held
from tests.api.conftest import CALM, GRAVE, HEAVY, House, quick_coach
from tests.api.test_pages import FRENCH, PAGE, csrf, send

HELD = [*[Held(3, 2, 0.9)] * 114, *[Held(0, 0, 1e-9)] * 10, *[Held(0, 0, 0.0)] * 90]
"""With these every place but the last leaves a note below urgent that the reader does not find likely urgent; the last raises all."""


def dialled(house: House, held: list[Held] | None = HELD) -> House:
    """The house with a dial whose cuts do not hang on the weights; None for a reader without one."""
    parts = replace(quick_coach()._parts, dial=Dial(held) if held else None)
    house.at.analyst.coach = Coach(parts)
    return house


def look(house: House, who: str = "admin", **headers: str) -> Any:
    answer = house.people[who].get("/v1/insights/dial", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(house: House, alarms: float) -> int:
    admin = house.people["admin"]
    now = admin.get("/v1/program").json()
    given = {k: now[k] for k in ("name", "region", "timezone", "retention_days", "drill", "rules")}
    given["rules"]["urgent_alarms"] = alarms
    return int(admin.put("/v1/program", json=given, headers={"If-Match": f'"{now["version"]}"'}).status_code)


def audit(house: House) -> list[tuple[str, dict[str, Any]]]:
    with house.at.database.read(ALL) as session:
        rows = session.execute(select(AuditRow).where(AuditRow.act == "dial_set").order_by(AuditRow.number)).scalars()
        return [(r.actor, r.detail) for r in rows]


def test_the_dial_holds_for_notes_read_from_now_on(any_house: House) -> None:
    house = dialled(any_house)
    before = house.note(HEAVY)
    assert put(house, 10) == 200
    after, asked = house.note(HEAVY), house.people["mentor"].post("/v1/analyze", json={"text": HEAVY}).json()
    levels = [r["report"]["triage"]["level"] for r in (before, after, asked)]
    assert levels == ["concern", "urgent", "urgent"]
    assert house.people["mentor"].get(f"/v1/notes/{before['note']['id']}").json()["report"]["triage"]["level"] == "concern"
    again = house.people["mentor"].post(f"/v1/notes/{before['note']['id']}/analyze").json()
    assert again["report"]["triage"]["level"] == "urgent"
    signed_out = house.client().post("/v1/analyze", json={"text": HEAVY})
    assert signed_out.status_code == 401


def test_the_effect_is_reckoned_from_sealed_scores_and_kept_to_the_program(any_house: House) -> None:
    house = dialled(any_house)
    for text in (HEAVY, HEAVY, CALM, GRAVE):
        house.note(text)
    assert all(place["effect"] is None for place in look(house)["places"])  # four notes: too few to count
    house.note(HEAVY)
    here, careful = look(house)["places"]
    assert (here["urgent_alarms"], careful["urgent_alarms"]) == (5.0, 10.0)
    assert here["effect"] == {"notes": 5, "urgent_then": 1, "urgent_now": 1, "changes": []}
    assert {c["after"] for c in careful["effect"]["changes"]} == {"urgent"}
    assert careful["effect"]["urgent_now"] == 5 and sum(c["notes"] for c in careful["effect"]["changes"]) == 4
    with house.at.database.read(ALL) as session:
        assert all(b"urgent_from" not in body for body in session.execute(select(StoredReport.body)).scalars())

    other = house.people["admin"].post("/v1/programs", json={"name": "Another"}).json()["id"]
    assert look(house, **{"Coach-Program": other})["places"][0]["effect"] is None


def test_erased_notes_drills_and_an_earlier_readers_notes_are_left_out(house: House) -> None:
    dialled(house)
    pair, kept = house.pair(), [house.note(HEAVY) for _ in range(7)]
    house.note(CALM, pair=pair)
    erased = house.people["admin"].post(f"/v1/pairs/{pair}/erase", json={"reason": "They asked for it"})
    assert erased.status_code < 300, erased.text
    with house.at.database.write(house.program) as session:
        row = session.execute(select(StoredReport).where(StoredReport.note_id == kept[0]["note"]["id"])).scalar_one()
        row.model = "an earlier reader"
        session.execute(select(Note).where(Note.id == kept[1]["note"]["id"])).scalar_one().drill = True
    found = look(house)
    assert (found["places"][0]["effect"]["notes"], found["left_out"]) == (5, 1)
    with house.at.database.read(ALL) as session:
        assert session.execute(select(DataKey).where(DataKey.wrapped.is_(None))).scalars().all()


def test_setting_it_is_recorded_and_no_other_change_of_the_rules_is(house: House) -> None:
    dialled(house)
    assert put(house, 1) == 200
    assert audit(house) == []
    assert put(house, 5) == 200
    assert audit(house) == [(f"person:{house.ids['admin']}", {"from": 1.0, "to": 5.0, "expected": None})]
    assert put(house, 3) == 422


def test_the_trail_has_both_places_and_the_expected_effect_whoever_sets_it(any_house: House) -> None:
    """By the API nobody is made to look first: what they would have seen is kept beside what they set, in counts alone."""
    house = dialled(any_house)
    for text in (HEAVY, HEAVY, HEAVY, CALM, GRAVE):
        house.note(text)
    (seen,) = [place["effect"] for place in look(house)["places"] if place["urgent_alarms"] == 10.0]
    assert put(house, 10) == 200
    ((_, told),) = audit(house)
    assert told == {"from": 1.0, "to": 10.0, "expected": {name: seen[name] for name in ("notes", "urgent_then", "urgent_now")}}
    assert told["expected"]["urgent_now"] > told["expected"]["urgent_then"]
    with house.at.database.read(ALL) as session:
        assert not list(house.at.trail.faults(session))
    (row,) = [r for r in house.people["admin"].get("/v1/audit").json() if r["act"] == "dial_set"]
    assert row["detail"] == told


@pytest.mark.parametrize("who", ["mentor", "staff"])
def test_it_is_for_admins(house: House, who: str) -> None:
    assert house.people[who].get("/v1/insights/dial").status_code == 403
    assert house.people[who].get("/settings/dial", headers=PAGE).status_code == 404


def test_a_reader_without_a_dial_says_so(house: House) -> None:
    dialled(house, None)
    assert look(house) == {"urgent_alarms": 1.0, "places": [], "left_out": 0}
    assert "This reader has no dial" in house.people["admin"].get("/settings/dial", headers=PAGE).text
    assert house.note(HEAVY)["report"]["whole_note"]["urgent_from"] is None


def test_the_page_shows_the_effect_before_it_saves(house: House) -> None:
    dialled(house)
    admin = house.people["admin"]
    for _ in range(6):
        house.note(HEAVY)
    assert 'href="/settings/dial"' in admin.get("/settings", headers=PAGE).text
    first = admin.get("/settings/dial", headers=PAGE).text
    assert "/settings/dial/set" not in first  # there is nothing to save before the effect was seen
    assert re.search(r'value="5" checked', first)
    seen = unescape(admin.get("/settings/dial?place=10", headers=PAGE).text)
    assert "Of your last 6 notes, 0 were urgent or worse as they were read. With this place 6 would be." in seen
    assert "at most 2 are expected to be missed" in seen and "114 urgent" in seen
    assert HEAVY[:20] not in seen
    token, version = csrf(seen), re.search(r'name="version" value="(\d+)"', seen)
    assert version
    form = {"csrf": token, "version": version[1], "place": "10"}
    stale = admin.post("/settings/dial/set", data={**form, "version": "1"}, headers=PAGE)
    assert stale.status_code == 412 and audit(house) == []
    done = admin.post("/settings/dial/set", data=form, headers=PAGE)
    assert (
        "The dial is set" in done.text and "The dial stands here now" in admin.get("/settings/dial?place=10", headers=PAGE).text
    )
    assert audit(house)[0][1] == {"from": 1.0, "to": 10.0, "expected": {"notes": 6, "urgent_then": 0, "urgent_now": 6}}
    assert send(admin, "/settings/dial", "/settings/dial/set", place="many", version="3").status_code == 422
    french = unescape(admin.get("/settings/dial?place=10", headers=FRENCH).text)
    assert "Sur vos propres notes" in french


def test_the_rules_know_the_places_of_the_library() -> None:
    assert [Rules(urgent_alarms=a).urgent_alarms for a in ALARMS] == list(ALARMS)
