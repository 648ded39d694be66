"""Ledger, follow-ups, export, erasure, retention, figures."""

from pathlib import Path

import pytest
from sqlalchemy import select

from api.db.models import DataKey, Note, Program, StoredReport
from api.db.session import ALL
from tests.api.conftest import CALM, GRAVE, HEAVY, House, house_on

UNSPOKEN = "Call 3 with Sam. He figured I'd have read his draft by now, I never had it."


def test_a_guess_goes_through_the_ledger(any_house: House) -> None:
    pair = any_house.pair()
    any_house.note(UNSPOKEN, pair=pair)
    mentor = any_house.people["mentor"]
    entries = mentor.get(f"/v1/pairs/{pair}/ledger").json()
    assert entries and entries[0]["state"] == "guessed" and entries[0]["ask"]
    path = f"/v1/pairs/{pair}/ledger/{entries[0]['id']}"
    given = {"state": "agreed", "statement": "Drafts are sent two days before we meet."}
    assert mentor.patch(path, json=given).json()["code"] == "version_needed"
    changed = mentor.patch(path, json=given, headers={"If-Match": '"1"'}).json()
    assert (changed["state"], changed["statement"], changed["version"]) == ("agreed", given["statement"], 2)
    assert mentor.patch(path, json=given, headers={"If-Match": '"1"'}).json()["code"] == "stale"


def test_follow_ups_are_done_or_dropped(house: House) -> None:
    pair = house.pair()
    house.note(UNSPOKEN, pair=pair)
    mentor = house.people["mentor"]
    first = mentor.get(f"/v1/pairs/{pair}/follow-ups", params={"state": "open"}).json()[0]
    assert first["text"] and first["cards"]
    done = mentor.patch(f"/v1/follow-ups/{first['id']}", json={"state": "done"}, headers={"If-Match": '"1"'})
    assert done.json()["state"] == "done"
    assert first["id"] not in [f["id"] for f in mentor.get(f"/v1/pairs/{pair}/follow-ups", params={"state": "open"}).json()]


def test_a_brief_knows_the_ledger_and_what_was_done(any_house: House) -> None:
    pair = any_house.pair()
    mentor = any_house.people["mentor"]
    first = mentor.get(f"/v1/pairs/{pair}/brief").json()
    assert first["sessions"] == 0 and first["agenda"]
    any_house.note(UNSPOKEN, pair=pair)
    made = mentor.get(f"/v1/pairs/{pair}/brief").json()
    assert made["sessions"] == 1
    assert [e["state"] for e in made["expectations"]] == ["unspoken"] * len(made["expectations"]) and made["expectations"]
    assert made["open"]
    entry = mentor.get(f"/v1/pairs/{pair}/ledger").json()[0]
    path = f"/v1/pairs/{pair}/ledger/{entry['id']}"
    mentor.patch(path, json={"state": "agreed", "statement": "Two days."}, headers={"If-Match": '"1"'})
    follow_up = mentor.get(f"/v1/pairs/{pair}/follow-ups").json()[0]
    mentor.patch(f"/v1/follow-ups/{follow_up['id']}", json={"state": "done"}, headers={"If-Match": '"1"'})
    made = mentor.get(f"/v1/pairs/{pair}/brief").json()
    mine = [e for e in made["expectations"] if (e["topic"], e["holder"]) == (entry["topic"], entry["holder"])]
    assert [(e["state"], e["statement"]) for e in mine] == [("agreed", "Two days.")]
    assert follow_up["text"] not in made["open"]
    any_house.note(UNSPOKEN, pair=pair)
    again = mentor.get(f"/v1/pairs/{pair}/brief").json()["expectations"]
    assert ("broken", entry["topic"]) in [(e["state"], e["topic"]) for e in again]


def test_staff_do_not_read_a_pairs_words(house: House) -> None:
    pair = house.pair(mentee="Quillfeather")
    house.note(UNSPOKEN, pair=pair)
    staff = house.people["staff"]
    assert "Quillfeather" not in staff.get("/v1/pairs").text
    for path in ("ledger", "follow-ups", "shared", "export", "brief"):
        assert staff.get(f"/v1/pairs/{pair}/{path}").status_code == 403


def test_an_export_holds_everything(any_house: House) -> None:
    pair = any_house.pair()
    stored = any_house.note(UNSPOKEN, pair=pair)
    found = any_house.people["mentor"].get(f"/v1/pairs/{pair}/export").json()
    assert found["pair"]["mentee"] == "Robin"
    assert found["notes"][0]["text"] == UNSPOKEN
    assert found["notes"][0]["reports"] == [stored["report"]]
    assert found["ledger"] and found["follow_ups"]


def test_the_mentee_can_be_told_what_was_shared_and_why(house: House) -> None:
    pair = house.pair()
    stored = house.note(GRAVE, pair=pair)
    house.people["staff"].post(f"/v1/notes/{stored['note']['id']}/open", json={"reason": "To call the right people"})
    lines = [s["words"] for s in house.people["mentor"].get(f"/v1/pairs/{pair}/shared").json()]
    assert len(lines) == 2 and lines[1].endswith("To call the right people")
    page = house.people["mentor"].get(f"/v1/pairs/{pair}/shared.html")
    assert page.headers["content-type"].startswith("text/html") and "To call the right people" in page.text


def test_words_on_the_page_for_the_mentee_are_escaped(house: House) -> None:
    pair = house.pair()
    stored = house.note(GRAVE, pair=pair)
    reason = {"reason": "<script>alert(1)</script>"}
    house.people["staff"].post(f"/v1/notes/{stored['note']['id']}/open", json=reason)
    assert "<script>" not in house.people["mentor"].get(f"/v1/pairs/{pair}/shared.html").text


def test_everything_about_a_mentor_is_given_out_and_erased(house: House) -> None:
    pair = house.pair()
    house.note(UNSPOKEN, pair=pair)
    house.note(CALM)
    admin, mentor = house.people["admin"], house.ids["mentor"]
    found = admin.get(f"/v1/members/{mentor}/export").json()
    assert [n["text"] for n in found["notes"]] == [CALM] and found["pairs"][0]["notes"][0]["text"] == UNSPOKEN
    assert admin.post(f"/v1/members/{mentor}/erase", json={"reason": "They asked for it"}).json() == {"notes": 2}
    assert admin.get(f"/v1/members/{mentor}/export").json()["notes"][0]["text"] is None


def test_a_programs_own_services_come_first(house: House) -> None:
    admin = house.people["admin"]
    version = admin.get("/v1/program").json()["version"]
    own = {"name": "Campus counselling", "call": "555 0100", "hours": "weekdays 9 to 5"}
    given = {"name": "N", "region": "CA", "timezone": "UTC", "rules": {"services": [own]}}
    assert admin.put("/v1/program", json=given, headers={"If-Match": f'"{version}"'}).status_code == 200
    resources = house.note(GRAVE)["report"]["resources"]
    assert resources[0]["name"] == "Campus counselling" and len(resources) > 1
    assert house.note(CALM)["report"]["resources"] == []


def test_erasure_leaves_no_words_and_a_whole_trail(any_house: House) -> None:
    pair = any_house.pair()
    stored = any_house.note(UNSPOKEN, pair=pair)
    admin = any_house.people["admin"]
    answer = admin.post(f"/v1/pairs/{pair}/erase", json={"reason": "The mentee asked for it"})
    assert answer.json() == {"notes": 1}
    read = any_house.people["mentor"].get(f"/v1/notes/{stored['note']['id']}")
    assert (read.status_code, read.json()["code"]) == (404, "erased")
    assert any_house.people["mentor"].get(f"/v1/pairs/{pair}").json()["mentee"] == "(erased)"
    with any_house.at.database.read(ALL) as session:
        note = session.execute(select(Note).where(Note.id == stored["note"]["id"])).scalar_one()
        key = session.execute(select(DataKey).where(DataKey.id == note.key_id)).scalar_one()
        assert (note.text, key.wrapped) == (None, None)
        assert session.execute(select(StoredReport.body)).scalars().all() == [None]
        assert list(any_house.at.trail.faults(session)) == []


def test_what_an_open_flag_protects_needs_a_second_person(house: House) -> None:
    pair = house.pair()
    house.note(GRAVE, pair=pair)
    admin = house.people["admin"]
    reason = {"reason": "The mentee asked for it"}
    assert admin.post(f"/v1/pairs/{pair}/erase", json=reason).json()["code"] == "on_hold"
    admin.post(f"/v1/pairs/{pair}/release", json=reason)
    assert admin.post(f"/v1/pairs/{pair}/erase", json=reason).json()["code"] == "on_hold"
    assert house.people["staff"].post(f"/v1/pairs/{pair}/release", json=reason).status_code == 204
    assert admin.post(f"/v1/pairs/{pair}/erase", json=reason).status_code == 200


def test_a_protected_note_without_a_pair_needs_a_second_person_too(any_house: House) -> None:
    stored = any_house.note(GRAVE)
    path = f"/v1/notes/{stored['note']['id']}/release"
    admin, staff = any_house.people["admin"], any_house.people["staff"]
    erase, reason = f"/v1/members/{stored['note']['author']}/erase", {"reason": "The mentor has left"}
    refused = admin.post(erase, json=reason).json()
    assert refused["code"] == "on_hold" and stored["note"]["id"] in refused["detail"]
    assert admin.post(path, json=reason).status_code == 204
    assert admin.post(erase, json=reason).json()["code"] == "on_hold"
    assert staff.post(path, json=reason).status_code == 204
    assert admin.post(erase, json=reason).json() == {"notes": 1}
    assert staff.post(path, json=reason).status_code == 404
    paired = any_house.note(GRAVE, pair=any_house.pair())["note"]["id"]
    assert staff.post(f"/v1/notes/{paired}/release", json=reason).status_code == 404


def test_a_purge_is_not_held_up_by_notes_it_must_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path)
    house.note(GRAVE)
    calm = house.note(CALM)["note"]["id"]
    with house.at.database.write(ALL) as session:
        program = session.execute(select(Program)).scalar_one()
        program.retention_days = 30
    house.clock.on(days=31)
    monkeypatch.setattr("api.alerts.worker.PURGED", 1)
    house.app.state.worker.tick()
    assert house.people["mentor"].get(f"/v1/notes/{calm}").status_code == 404
    house.at.database.engine.dispose()


def test_retention_takes_old_notes_but_none_under_a_flag_or_a_hold(tmp_path: Path) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path)
    held = house.pair(mentee="Held")
    notes = [house.note(CALM), house.note(GRAVE), house.note(CALM, pair=held)]
    assert house.people["staff"].post(f"/v1/pairs/{held}/hold", json={"reason": "A complaint is open"}).status_code == 204
    admin = house.people["admin"]
    program = admin.get("/v1/program").json()
    given = {"name": "N", "timezone": "UTC", "retention_days": 30}
    assert admin.put("/v1/program", json=given, headers={"If-Match": f'"{program["version"]}"'}).status_code == 200
    house.clock.on(days=31)
    house.app.state.worker.tick()
    codes = [house.people["mentor"].get(f"/v1/notes/{n['note']['id']}").status_code for n in notes]
    assert codes == [404, 200, 200]
    house.at.database.engine.dispose()


def test_figures_leave_small_groups_out(any_house: House) -> None:
    staff = any_house.people["staff"]
    for n in range(6):
        any_house.note(HEAVY)
        if n < 5:
            any_house.clock.on(minutes=30)
            flag = next(f for f in any_house.flags() if f["state"] == "open")
            decision = "not_a_concern" if n == 0 else "confirmed"
            any_house.change("staff", f"/v1/flags/{flag['id']}/decide", flag["version"], {"decision": decision, "reason": "Seen"})
    any_house.note(CALM)
    any_house.clock.on(minutes=1)
    found = staff.get("/v1/insights").json()
    assert found["notes"] == 7
    assert sum(found["by_level"].values()) == 6  # the one calm note is not shown
    assert found["decision"] == {"count": 5, "median": 0.5, "p90": 0.5}
    assert found["confirmed_by_kind"]["distress.money"] == {"decided": 5, "confirmed": 0.8}
    assert found["false_alarms_per_100_notes"] == pytest.approx(100 / 7, abs=0.01)
    assert any_house.people["mentor"].get("/v1/insights").status_code == 403


def test_a_drill_stays_out_of_figures_and_is_marked(house: House) -> None:
    admin = house.people["admin"]
    program = admin.get("/v1/program").json()
    given = {"name": "N", "timezone": "America/Toronto", "drill": True}
    admin.put("/v1/program", json=given, headers={"If-Match": f'"{program["version"]}"'})
    stored = house.note(HEAVY)
    assert stored["note"]["drill"] and "drill" in stored["told"]["line"]
    assert house.flags()[0]["drill"]
    assert house.people["staff"].get("/v1/insights").json()["notes"] == 0


def test_auditors_read_the_trail_without_words(house: House) -> None:
    house.add("auditor", "auditor")
    house.note(GRAVE)
    answer = house.people["auditor"].get("/v1/audit")
    acts = [r["act"] for r in answer.json()]
    assert "note_stored" in acts and "die" not in answer.text
