"""Ledger, follow-ups, export, erasure, retention, figures."""

from pathlib import Path

import pytest
from sqlalchemy import select

from api.db.models import DataKey, Note, Program, StoredReport
from api.db.session import ALL
from tests.api.conftest import CALM, GRAVE, HEAVY, House, house_on

UNSPOKEN = "Call 3 with Sam. He figured I'd have read his draft by now, I never had it."
OF_THE_MENTOR = (
    "I am worn out as a mentor. I have been lying awake since the last session, and I have thoughts of ending my life."
    " I have pills here at home."
)
ASKED = {"reason": "The mentee asked for it"}


def as_well(house: House, name: str, role: str) -> None:
    """A further role for somebody of the program."""
    given = {"email": f"{name}@example.org", "name": name, "role": role}
    assert house.people["admin"].post("/v1/members", json=given).status_code == 201


def said(house: House, pair: str) -> list[str]:
    """What the mentee can be told of a pair."""
    return [s["words"] for s in house.people["mentor"].get(f"/v1/pairs/{pair}/shared").json()]


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
    found = admin.post(f"/v1/members/{mentor}/export", json=ASKED).json()
    assert [n["text"] for n in found["notes"]] == [CALM] and found["pairs"][0]["notes"][0]["text"] == UNSPOKEN
    assert admin.post(f"/v1/members/{mentor}/erase", json={"reason": "They asked for it"}).json() == {"notes": 2}
    assert admin.post(f"/v1/members/{mentor}/export", json=ASKED).json()["notes"][0]["text"] is None


def test_staff_who_mentor_too_have_no_say_in_pairs_of_others(house: House) -> None:
    pair = house.pair()
    house.note(UNSPOKEN, pair=pair)
    both = house.add("both", "mentor")
    as_well(house, "both", "staff")
    assert both.get(f"/v1/pairs/{pair}/export").status_code == 404
    assert both.post(f"/v1/pairs/{pair}/export", json=ASKED).status_code == 403
    assert both.get(f"/v1/members/{house.ids['mentor']}/export").status_code == 403
    assert both.put(f"/v1/pairs/{pair}", json={"mentee": "Renamed"}, headers={"If-Match": '"1"'}).status_code == 404
    assert both.post(f"/v1/pairs/{pair}/close").status_code == 404
    assert both.post("/v1/pairs", json={"mentee": "Kim", "mentor": house.ids["mentor"]}).status_code == 403
    own = house.pair("both")
    assert both.put(f"/v1/pairs/{own}", json={"mentee": "Renamed"}, headers={"If-Match": '"1"'}).status_code == 200
    assert both.get(f"/v1/pairs/{own}/export").json()["pair"]["mentee"] == "Renamed"
    assert both.post(f"/v1/pairs/{own}/close").status_code == 204


def test_an_admin_says_why_a_pair_is_exported_and_the_mentor_sees_it(any_house: House) -> None:
    pair = any_house.pair()
    flagged, calm = any_house.note(GRAVE, pair=pair)["note"]["id"], any_house.note(CALM, pair=pair)["note"]["id"]
    admin, mentor = any_house.people["admin"], any_house.people["mentor"]
    refused = admin.get(f"/v1/pairs/{pair}/export")
    assert refused.json()["code"] == "reason_needed" and "welding" not in refused.text
    before = said(any_house, pair)
    found = admin.post(f"/v1/pairs/{pair}/export", json=ASKED).json()
    assert [n["text"] for n in found["notes"]] == [GRAVE, CALM]
    assert [line for line in said(any_house, pair) if line not in before] == [found["shared"][-1]["words"]]
    assert found["shared"][-1]["words"].endswith(ASKED["reason"])
    opened = {n: mentor.get(f"/v1/notes/{n}").json()["opened"] for n in (flagged, calm)}
    assert [line.partition(": ")[2] for line in opened[flagged]] == [ASKED["reason"]] and opened[calm] == []
    assert ASKED["reason"] not in admin.get("/v1/audit").text
    assert mentor.get(f"/v1/pairs/{pair}/export").status_code == 200
    assert len(said(any_house, pair)) == len(before) + 1  # one's own export is nobody else's


def test_what_an_admin_exports_of_a_mentor_is_told_too(house: House) -> None:
    pair, admin, mentor = house.pair(), house.people["admin"], house.people["mentor"]
    house.note(UNSPOKEN, pair=pair)
    house.note(CALM)
    flagged, hidden = house.note(GRAVE)["note"]["id"], house.note(OF_THE_MENTOR)["note"]["id"]
    path = f"/v1/members/{house.ids['mentor']}/export"
    assert admin.get(path).json()["code"] == "reason_needed"
    assert mentor.get(path).json()["shared"] == []
    assert len(admin.post(path, json=ASKED).json()["notes"]) == 3
    assert said(house, pair)[-1].endswith(ASKED["reason"])
    assert len(mentor.get(f"/v1/notes/{flagged}").json()["opened"]) == 1
    assert mentor.get(f"/v1/notes/{hidden}").json()["opened"] == []
    told = [s["words"] for s in mentor.get(path).json()["shared"]]  # not of the flagged one, which tells it itself
    assert len(told) == 2 and all(words.endswith(ASKED["reason"]) for words in told)


def test_a_decision_that_was_taken_back_is_not_told(house: House) -> None:
    pair = house.pair()
    house.note(HEAVY, pair=pair)
    (flag,) = house.flags()
    path = f"/v1/flags/{flag['id']}"
    slip = {"decision": "not_a_concern", "reason": "A slip"}
    version = house.change("staff", f"{path}/decide", flag["version"], slip).json()["version"]
    assert said(house, pair)[-1].endswith("not a concern.")
    version = house.change("staff", f"{path}/undo", version).json()["version"]
    assert not any("decided" in line for line in said(house, pair))
    house.change("staff", f"{path}/decide", version, {"decision": "confirmed", "reason": "Spoken"})
    assert [line for line in said(house, pair) if "decided" in line] == ["A member of staff looked at it and decided: confirmed."]


def test_the_mentee_is_told_of_a_flag_that_is_about_the_mentor_too(house: House) -> None:
    both, alone = house.pair(), house.pair()
    house.note(f"{GRAVE} {OF_THE_MENTOR}", pair=both)
    stored = house.note(OF_THE_MENTOR, pair=alone)["note"]["id"]
    for flag in house.flags():
        given = {"decision": "confirmed", "reason": "Spoken to the mentor"}
        house.change("staff", f"/v1/flags/{flag['id']}/decide", flag["version"], given)
    (line,) = said(house, both)
    assert "the sentences" in line
    assert said(house, alone) == []
    assert "Nothing was shared" in house.people["mentor"].get(f"/v1/pairs/{alone}/shared.html").text
    house.people["staff"].post(f"/v1/notes/{stored}/open", json={"reason": "To call the mentor"})
    (line,) = said(house, alone)
    assert "whole note" in line and "mentor" not in line
    assert house.people["admin"].post(f"/v1/pairs/{both}/erase", json=ASKED).status_code == 200
    (line,) = said(house, both)
    assert "erased since" in line


def test_whom_it_concerns_is_no_second_person(house: House) -> None:
    pair = house.pair()
    house.note(OF_THE_MENTOR, pair=pair)
    note = house.note(OF_THE_MENTOR)["note"]["id"]
    as_well(house, "mentor", "staff")
    for path in (f"/v1/pairs/{pair}/release", f"/v1/notes/{note}/release"):
        assert house.people["mentor"].post(path, json=ASKED).json()["code"] == "self_review"
    assert house.people["admin"].post(f"/v1/pairs/{pair}/erase", json=ASKED).json()["code"] == "on_hold"


def test_a_release_holds_for_what_it_was_given_for(any_house: House) -> None:
    pair, admin, staff = any_house.pair(), any_house.people["admin"], any_house.people["staff"]
    release, erase = f"/v1/pairs/{pair}/release", f"/v1/pairs/{pair}/erase"
    any_house.note(HEAVY, pair=pair)
    assert staff.post(release, json=ASKED).status_code == 204
    (flag,) = any_house.flags()
    decision = {"decision": "confirmed", "reason": "Spoken"}
    decided = any_house.change("staff", f"/v1/flags/{flag['id']}/decide", flag["version"], decision).json()
    any_house.clock.on(days=1)
    again = any_house.change("staff", f"/v1/flags/{flag['id']}/reopen", decided["version"], {"reason": "Again"}).json()
    assert admin.post(erase, json=ASKED).json()["code"] == "on_hold"
    staff.post(release, json=ASKED)
    any_house.change("staff", f"/v1/flags/{flag['id']}/decide", again["version"], decision)
    any_house.clock.on(days=1)
    any_house.note(GRAVE, pair=pair)
    assert admin.post(erase, json=ASKED).json()["code"] == "on_hold"
    staff.post(release, json=ASKED)
    any_house.clock.on(days=1)
    staff.post(f"/v1/pairs/{pair}/hold", json={"reason": "A complaint is open"})
    assert admin.post(erase, json=ASKED).json()["code"] == "on_hold"
    assert staff.post(release, json=ASKED).status_code == 204
    assert admin.post(erase, json=ASKED).status_code == 200


def test_a_note_after_a_hold_is_held_too(any_house: House) -> None:
    pair, staff = any_house.pair(), any_house.people["staff"]
    why = {"reason": "A complaint is open"}
    assert staff.post(f"/v1/pairs/{pair}/hold", json=why).json()["code"] == "nothing_to_hold"
    any_house.note(CALM, pair=pair)
    assert staff.post(f"/v1/pairs/{pair}/hold", json=why).status_code == 204
    any_house.note(CALM, pair=pair)
    any_house.note(CALM, pair=any_house.pair())
    with any_house.at.database.read(ALL) as session:
        assert session.execute(select(Note.hold).order_by(Note.id)).scalars().all() == [True, True, False]


def test_no_note_goes_into_a_closed_or_an_erased_pair(any_house: House) -> None:
    closed, erased = any_house.pair(), any_house.pair()
    mentor = any_house.people["mentor"]
    mentor.post(f"/v1/pairs/{closed}/close")
    any_house.people["admin"].post(f"/v1/pairs/{erased}/erase", json=ASKED)
    for pair in (closed, erased):
        assert mentor.post("/v1/notes", json={"text": GRAVE, "pair": pair}).json()["code"] == "pair_closed"
    assert any_house.flags() == []


def test_nothing_is_written_into_an_erased_pair(house: House) -> None:
    pair, mentor = house.pair(), house.people["mentor"]
    house.note(UNSPOKEN, pair=pair)
    entry = mentor.get(f"/v1/pairs/{pair}/ledger").json()[0]["id"]
    house.people["admin"].post(f"/v1/pairs/{pair}/erase", json=ASKED)
    second, first = {"If-Match": '"2"'}, {"If-Match": '"1"'}
    new = {"topic": "pace", "holder": "mentee", "statement": "x"}
    answers = [
        mentor.put(f"/v1/pairs/{pair}", json={"mentee": "x"}, headers=second),
        mentor.post(f"/v1/pairs/{pair}/ledger", json=new),
        mentor.patch(f"/v1/pairs/{pair}/ledger/{entry}", json={"state": "agreed", "statement": "x"}, headers=first),
        house.people["staff"].post(f"/v1/pairs/{pair}/release", json=ASKED),
    ]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "erased")] * 4


def test_the_title_of_a_pairs_page_names_nobody(house: House) -> None:
    pair = house.pair(mentee="Zebedee")
    page = house.people["mentor"].get(f"/pairs/{pair}", headers={"accept": "text/html"}).text
    assert "Zebedee" in page and "Zebedee" not in page.partition("<title>")[2].partition("</title>")[0]


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
    pair = house.pair()
    house.note(GRAVE, pair=pair)
    path = f"/v1/pairs/{pair}/brief"
    assert house.people["mentor"].get(path).json()["sessions"] == 1, "while the program drills its drills count"
    version = house.people["admin"].get("/v1/program").json()["version"]
    real = {**given, "drill": False}
    assert house.people["admin"].put("/v1/program", json=real, headers={"If-Match": f'"{version}"'}).status_code == 200
    assert house.people["mentor"].get(path).json()["sessions"] == 0
    assert house.people["staff"].get("/v1/insights").json()["notes"] == 0


def test_auditors_read_the_trail_without_words(house: House) -> None:
    house.add("auditor", "auditor")
    house.note(GRAVE)
    answer = house.people["auditor"].get("/v1/audit")
    acts = [r["act"] for r in answer.json()]
    assert "note_stored" in acts and "die" not in answer.text
