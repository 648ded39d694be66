"""What did we miss: which unflagged notes are drawn, who may open them, what their answers do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from api.audit import Trail
from api.db.models import AuditRow, Note, Program, SampledNote, WeeklySample
from api.db.session import ALL
from api.samples.drawing import drawn, spread, week_before
from tests.api.conftest import CALM, GRAVE, House, house_on
from tests.api.test_pages import PAGE, csrf, send

TIRED = "She doubts herself a lot lately. We went through the questions for Friday."
SAMPLE = "/flags/sample"


@pytest.mark.parametrize(
    ("size", "none", "watch", "taken"),
    [
        (5, 100, 100, (2, 2)),
        (5, 100, 3, (4, 1)),
        (5, 100, 0, (5, 0)),
        (5, 0, 100, (0, 5)),
        (5, 2, 2, (2, 2)),
        (5, 1, 50, (0, 5)),
        (1, 99, 1, (1, 0)),
        (10, 30, 70, (3, 7)),
    ],
)
def test_a_sample_is_spread_by_level_with_one_to_watch(size: int, none: int, watch: int, taken: tuple[int, int]) -> None:
    found = spread(size, {"none": none, "watch": watch})
    assert sum(found.values()) == min(size, none + watch)
    assert found["none"] >= taken[0] and found["watch"] >= taken[1]


def test_the_same_week_draws_the_same_notes_and_another_week_others() -> None:
    groups = {"none": [f"n{i}" for i in range(200)], "watch": [f"w{i}" for i in range(50)]}
    first = drawn("program:2026-11-16", 10, groups)
    assert first == drawn("program:2026-11-16", 10, {k: v[::-1] for k, v in groups.items()})
    assert first != drawn("program:2026-11-23", 10, groups)
    assert all(set(first[level]) <= set(groups[level]) for level in groups)


def test_a_week_is_that_of_the_programs_time_zone_also_where_the_clock_changes() -> None:
    week, starts, ends = week_before(datetime(2026, 11, 2, 6, tzinfo=UTC), "America/Toronto")  # an hour into Monday there
    assert (week, starts, ends) == (
        "2026-10-26",
        datetime(2026, 10, 26, 4, tzinfo=UTC),
        datetime(2026, 11, 2, 5, tzinfo=UTC),
    )
    assert week_before(datetime(2026, 11, 2, 4, tzinfo=UTC), "America/Toronto")[0] == "2026-10-19"  # still Sunday there


def live(house: House) -> None:
    with house.at.database.write(ALL) as session:
        for program in session.execute(select(Program)).scalars():
            program.live = True


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A live program in its second week: unflagged notes of a mentor's pair and of a member of staff, a flagged one, one erased."""
    folder = tmp_path_factory.mktemp("sample")
    house = house_on(f"sqlite:///{folder / 'data' / 'coach.db'}", folder)
    live(house)
    house.add("other", "staff")
    given = {"email": "staff@example.org", "name": "staff", "role": "mentor"}
    assert house.people["admin"].post("/v1/members", json=given).status_code == 201
    pair = house.pair()
    for text in (CALM, CALM, TIRED, GRAVE):
        house.note(text, pair=pair)
    house.note(CALM, mentor="staff")
    house.app.state.worker.tick()
    house.clock.on(days=7)
    house.app.state.worker.tick()
    yield house
    house.at.database.engine.dispose()


def rows(house: House, model: Any) -> list[Any]:
    with house.at.database.read(ALL) as session:
        return list(session.execute(select(model).order_by(model.id)).scalars())


def ids(page: str) -> list[str]:
    return re.findall(rf'action="{SAMPLE}/(\w+)/open"', page)


def trail(house: House, act: str) -> list[AuditRow]:
    with house.at.database.read(ALL) as session:
        return list(session.execute(select(AuditRow).where(AuditRow.act == act).order_by(AuditRow.number)).scalars())


def test_a_week_is_drawn_once_of_unflagged_notes_and_nobody_gets_an_own_one(lived: House) -> None:
    samples = rows(lived, WeeklySample)
    assert [(s.week, s.pool) for s in samples] == [
        ("2026-11-16", {"none": [0, 0], "watch": [0, 0]}),
        ("2026-11-23", {"none": [3, 3], "watch": [1, 1]}),
    ]
    lived.clock.on(hours=2)
    lived.app.state.worker.tick()
    assert len(rows(lived, WeeklySample)) == 2 and len(rows(lived, SampledNote)) == 4
    assert trail(lived, "sample_drawn")[-1].detail == {"week": "2026-11-23", **samples[-1].pool}
    everything = ids(lived.people["other"].get(SAMPLE, headers=PAGE).text)
    mine = ids(lived.people["staff"].get(SAMPLE, headers=PAGE).text)
    assert len(everything) == 4 and len(mine) == 3
    (own,) = set(everything) - set(mine)
    assert send(lived.people["staff"], SAMPLE, f"{SAMPLE}/{own}/open").status_code == 404
    assert lived.people["mentor"].get(SAMPLE, headers=PAGE).status_code == 404
    assert "note that wait" not in lived.people["staff"].get("/flags", headers=PAGE).text
    assert f'href="{SAMPLE}"' in lived.people["staff"].get("/flags", headers=PAGE).text


def test_one_person_opens_a_note_the_mentor_sees_it_and_what_was_missed_raises_a_flag(lived: House) -> None:
    staff, other, mentor = (lived.people[name] for name in ("staff", "other", "mentor"))
    tired = next(s for s in rows(lived, SampledNote) if s.level == "watch")
    address = f"{SAMPLE}/{tired.id}"
    token = csrf(staff.get(SAMPLE, headers=PAGE).text)
    fields = {"csrf": token, "answer": "missed", "level": "urgent", "kind": "distress.anxiety", "words": "She wept."}
    assert staff.post(f"{address}/answer", data=fields, headers=PAGE).status_code == 409, "not opened yet"
    opened = send(staff, SAMPLE, f"{address}/open")
    assert opened.status_code == 200 and "doubts herself a lot" in unescape(re.sub("<[^>]+>", "", opened.text))
    assert send(other, SAMPLE, f"{address}/open").status_code == 409
    seen = unescape(mentor.get(f"/notes/{tired.note_id}", headers=PAGE).text)
    assert "Reason given: 2026-11-30: weekly sample" in seen
    pair = mentor.get("/v1/pairs").json()[0]["id"]
    shared = mentor.get(f"/v1/pairs/{pair}/shared").text
    assert "weekly sample" in shared
    for lacking in ({"kind": ""}, {"level": ""}, {"kind": "relationship.progress"}, {"level": "none"}, {"answer": ""}):
        again = staff.post(f"{address}/answer", data={**fields, **lacking}, headers=PAGE)
        assert again.status_code == 422 and "She wept." in again.text, "what was filled in is not lost"
    assert staff.post(f"{address}/answer", data=fields, headers=PAGE).status_code == 200
    flag = next(f for f in lived.flags() if f["note"] == tired.note_id)
    assert (flag["level"], flag["kinds"], flag["state"]) == ("urgent", ["distress.anxiety"], "open") and flag["due_at"]
    full = staff.get(f"/v1/flags/{flag['id']}").json()
    assert full["sources"] == ["person"] and full["events"][0]["words"] == "She wept."
    assert full["events"][0]["person"] == lived.ids["staff"]
    assert tired.id not in staff.get(SAMPLE, headers=PAGE).text
    assert trail(lived, "sample_answered")[-1].detail == {"answer": "missed", "flag": flag["id"]}
    assert "who had read a whole note" in mentor.get(f"/v1/pairs/{pair}/shared").text
    with lived.at.database.read(ALL) as session:
        assert list(Trail(lived.at.vault, lived.clock).faults(session)) == []


def test_a_concern_about_the_mentor_is_kept_from_the_mentor_and_nothing_missed_raises_nothing(lived: House) -> None:
    other = lived.people["other"]
    own = lived.ids["staff"]
    notes = [s for s in rows(lived, SampledNote) if s.answer is None]
    with lived.at.database.read(ALL) as session:
        authors = {n.id: n.author_id for n in session.execute(select(Note)).scalars()}
    of_staff = next(s for s in notes if authors[s.note_id] == own)
    before = len(lived.flags("other"))
    for sampled in notes:
        address = f"{SAMPLE}/{sampled.id}"
        send(other, SAMPLE, f"{address}/open")
        fields = {"answer": "nothing"}
        if sampled is of_staff:
            fields = {"answer": "missed", "level": "concern", "kind": "distress.overwhelm", "about": "mentor"}
        assert send(other, SAMPLE, f"{address}/answer", **fields).status_code == 200
    assert len(lived.flags("other")) == before + 1
    assert of_staff.note_id not in {f["note"] for f in lived.flags("staff")}
    details = [row.detail for row in trail(lived, "sample_answered") if row.subject == f"note:{of_staff.note_id}"]
    assert details == [{}], "whom it is about could read the flag off the trail"
    assert "Nothing waits" in other.get(SAMPLE, headers=PAGE).text


def test_switched_off_or_not_live_nothing_is_drawn_and_mentors_are_told_where_it_is(lived: House) -> None:
    mentor, admin = lived.people["mentor"], lived.people["admin"]
    assert "a few such notes each week" in lived.note(CALM)["told"]["line"]
    version = str(admin.get("/v1/program").json()["version"])
    form = {"version": version, "name": "Newcomers", "timezone": "America/Toronto", "region": "CA"}
    send(admin, "/settings", "/settings/program", **form, weekly_sample="0")
    assert admin.get("/v1/program").json()["rules"]["weekly_sample"] == 0
    assert "a few such notes" not in lived.note(CALM)["told"]["line"]
    drawn_so_far = len(rows(lived, WeeklySample))
    lived.clock.on(days=7)
    lived.app.state.worker.tick()
    assert len(rows(lived, WeeklySample)) == drawn_so_far
    assert "switched off" in lived.people["staff"].get(SAMPLE, headers=PAGE).text
    assert mentor.get("/v1/notes").status_code == 200
