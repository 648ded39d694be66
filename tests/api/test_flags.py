"""Flags: seen by what they rest on, changed on the version that was read, judged by nobody about themself."""

import json

import pytest
from sqlalchemy import text

from tests.api.conftest import GRAVE, HEAVY, House

OF_THE_MENTOR = "Rough week for me. I can't sleep since the funeral of my father. Ana was fine, we went through her CV."


def test_staff_see_the_evidence_and_not_the_rest(house: House) -> None:
    house.note(GRAVE)
    (flag,) = house.flags()
    seen = house.people["staff"].get(f"/v1/flags/{flag['id']}").json()
    told = " ".join(e["text"] for e in seen["evidence"])
    assert "wants to die" in told
    assert "welding" not in told and "welding" not in json.dumps(seen)
    marks = seen["evidence"][0]["marks"]
    assert marks and all(0 <= a < b <= len(seen["evidence"][0]["text"]) for a, b, _ in marks)
    assert seen["reasons"] and seen["resources"]


def test_the_whole_note_takes_a_reason_that_the_mentor_sees(house: House) -> None:
    stored = house.note(GRAVE)
    path = f"/v1/notes/{stored['note']['id']}"
    staff, mentor = house.people["staff"], house.people["mentor"]
    assert staff.get(path).status_code == 403
    assert staff.post(f"{path}/open", json={"reason": "ok"}).status_code == 422
    assert staff.post(f"{path}/open", json={"reason": "To call the right people"}).json()["text"] == GRAVE
    (line,) = mentor.get(path).json()["opened"]
    assert line.endswith("To call the right people")


def test_a_note_without_a_flag_cannot_be_opened(house: House) -> None:
    stored = house.note("We met for an hour. All good.")
    answer = house.people["staff"].post(f"/v1/notes/{stored['note']['id']}/open", json={"reason": "Out of curiosity"})
    assert answer.status_code == 404


def test_claim_decide_reopen(any_house: House) -> None:
    any_house.note(HEAVY)
    (flag,) = any_house.flags()
    path = f"/v1/flags/{flag['id']}"
    claimed = any_house.change("staff", f"{path}/claim", flag["version"])
    assert claimed.status_code == 200 and claimed.json()["state"] == "claimed"
    given = {"decision": "confirmed", "reason": "Spoke with the mentor", "answer": "Thank you. The housing desk will call her."}
    decided = any_house.change("staff", f"{path}/decide", claimed.json()["version"], given)
    assert decided.json()["state"] == "decided"
    assert decided.headers["ETag"] == f'"{decided.json()["version"]}"'
    note = any_house.people["mentor"].get(f"/v1/notes/{flag['note']}").json()
    assert note["flag"]["decision"] == "confirmed"
    assert note["flag"]["answers"] == ["Thank you. The housing desk will call her."]
    reopened = any_house.change("staff", f"{path}/reopen", decided.json()["version"], {"reason": "She called again"})
    assert reopened.json()["state"] == "open"
    kinds = [e["kind"] for e in any_house.people["staff"].get(path).json()["events"]]
    assert kinds == ["raised", "claimed", "answer", "decided", "reopened"]


def test_ones_own_last_act_can_be_taken_back(any_house: House) -> None:
    """The flag stands as before, its deadline where it was, and the mentor reads the answer no more."""
    any_house.note(HEAVY)
    (flag,) = any_house.flags()
    path = f"/v1/flags/{flag['id']}"
    given = {"decision": "not_a_concern", "reason": "A slip of the mouse", "answer": "Nothing to worry about."}
    decided = any_house.change("staff", f"{path}/decide", flag["version"], given).json()
    mentor = any_house.people["mentor"]
    assert mentor.get(f"/v1/notes/{flag['note']}").json()["flag"]["answers"] == ["Nothing to worry about."]
    back = any_house.change("staff", f"{path}/undo", decided["version"])
    assert back.status_code == 200, back.text
    assert {**back.json(), "version": 0} == {**flag, "version": 0}
    seen = mentor.get(f"/v1/notes/{flag['note']}").json()["flag"]
    assert (seen["state"], seen["answers"]) == ("open", [])
    again = any_house.change("staff", f"{path}/undo", back.json()["version"])
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")
    kinds = [e["kind"] for e in any_house.people["staff"].get(path).json()["events"]]
    assert kinds == ["raised", "answer", "decided", "undone"]


def test_a_flag_that_was_taken_by_mistake_climbs_again(house: House) -> None:
    house.note(GRAVE)
    (flag,) = house.flags()
    path = f"/v1/flags/{flag['id']}"
    claimed = house.change("staff", f"{path}/claim", flag["version"]).json()
    assert house.change("staff", f"{path}/undo", claimed["version"]).json()["state"] == "open"
    with house.at.database.read(house.program) as session:
        (escalate,) = session.execute(text("select escalate_at from flag")).one()
    assert escalate is not None


@pytest.mark.parametrize("why", ["another", "late", "since", "stale"])
def test_nothing_else_can_be_taken_back(house: House, why: str) -> None:
    house.add("colleague", "staff")
    house.note(HEAVY)
    (flag,) = house.flags()
    path = f"/v1/flags/{flag['id']}"
    version = house.change("staff", f"{path}/decide", 1, {"decision": "confirmed", "reason": "Called her"}).json()["version"]
    if why == "late":
        house.clock.on(minutes=16)
    if why == "since":
        house.change("colleague", f"{path}/comments", version, {"words": "I saw her too"})
        version += 1
    answer = house.change("colleague" if why == "another" else "staff", f"{path}/undo", 1 if why == "stale" else version)
    assert answer.status_code == (412 if why == "stale" else 409)
    assert house.flags()[0]["state"] == "decided"


def test_several_low_flags_at_once_and_never_a_grave_one(any_house: House) -> None:
    for words in (HEAVY, HEAVY, GRAVE):
        any_house.note(words)
    chosen = [{"id": f["id"], "version": f["version"]} for f in any_house.flags()]
    grave = next(f["id"] for f in any_house.flags() if f["level"] not in ("watch", "concern"))
    low = [c for c in chosen if c["id"] != grave]
    low[1]["version"] = 7  # seen in another version
    given = {"flags": [low[0], {"id": grave, "version": 1}, low[1]], "decision": "not_a_concern", "reason": "Talked it over"}
    answer = any_house.people["staff"].post("/v1/flags/decide", json=given)
    assert answer.status_code == 200, answer.text
    assert [one["done"] for one in answer.json()] == [True, False, False]
    assert "by itself" in answer.json()[1]["fault"]
    assert {f["id"]: f["state"] for f in any_house.flags()} == {low[0]["id"]: "decided", grave: "open", low[1]["id"]: "open"}


def test_a_change_needs_the_version_that_was_read(house: House) -> None:
    house.note(HEAVY)
    (flag,) = house.flags()
    path = f"/v1/flags/{flag['id']}/claim"
    assert house.people["staff"].post(path).json()["code"] == "version_needed"
    assert house.change("staff", path, flag["version"] + 1).json()["code"] == "stale"
    assert house.change("staff", path, flag["version"]).status_code == 200


def test_of_two_who_claim_at_once_one_gets_it(any_house: House) -> None:
    from concurrent.futures import ThreadPoolExecutor

    any_house.add("second", "staff")
    any_house.note(HEAVY)
    (flag,) = any_house.flags()
    path = f"/v1/flags/{flag['id']}/claim"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: any_house.change(who, path, flag["version"]).status_code, ("staff", "second")))
    assert sorted(answers) == [200, 412]


def test_hand_over_and_release(house: House) -> None:
    house.add("second", "staff")
    house.note(HEAVY)
    (flag,) = house.flags()
    path = f"/v1/flags/{flag['id']}"
    version = house.change("staff", f"{path}/claim", flag["version"]).json()["version"]
    assert house.change("second", f"{path}/decide", version, {"decision": "confirmed", "reason": "x"}).json()["code"] == "claimed"
    to_mentor = house.change("staff", f"{path}/hand-over", version, {"person": house.ids["mentor"]})
    assert to_mentor.status_code == 404
    handed = house.change(
        "staff", f"{path}/hand-over", version, {"person": house.ids["second"], "words": "She knows them"}
    ).json()
    assert handed["holder"] == house.ids["second"]
    assert house.change("second", f"{path}/release", handed["version"]).json()["state"] == "open"


def test_nobody_sees_or_judges_a_flag_about_themself(house: House) -> None:
    house.add("both", "mentor")
    house.people["admin"].post("/v1/members", json={"email": "both@example.org", "name": "both", "role": "staff"})
    stored = house.note(OF_THE_MENTOR, mentor="both")
    assert "flag" not in stored["told"]["line"] and stored["told"]["deadline"] is None
    (flag,) = house.flags("staff")
    assert house.flags("both") == []
    assert house.people["both"].get(f"/v1/flags/{flag['id']}").status_code == 404
    assert house.people["both"].get(f"/v1/notes/{stored['note']['id']}").json()["flag"] is None
    handed = house.change("staff", f"/v1/flags/{flag['id']}/hand-over", flag["version"], {"person": house.ids["both"]})
    assert handed.json()["code"] == "self_review"


def test_nobody_decides_on_an_own_note(house: House) -> None:
    house.add("both", "mentor")
    house.people["admin"].post("/v1/members", json={"email": "both@example.org", "name": "both", "role": "staff"})
    house.note(HEAVY, mentor="both")
    (flag,) = house.flags("both")
    assert house.change("both", f"/v1/flags/{flag['id']}/claim", flag["version"]).json()["code"] == "self_review"


def test_linked_flags_are_one_matter(house: House) -> None:
    for _ in range(3):
        house.note(HEAVY)
    one, two, three = (f["id"] for f in house.flags())
    assert house.change("staff", f"/v1/flags/{one}/link", 9, {"flags": [two]}).json()["code"] == "stale"
    assert house.change("staff", f"/v1/flags/{one}/link", 1, {"flags": [two]}).status_code == 200
    assert house.change("staff", f"/v1/flags/{three}/link", 1, {"flags": [two]}).status_code == 200
    assert len({f["group"] for f in house.flags()}) == 1


def test_the_list_goes_by_what_is_due_and_pages_without_loss(any_house: House) -> None:
    for n in range(7):
        any_house.note(GRAVE if n % 3 == 0 else HEAVY, occurred_at="2026-10-01T10:00:00Z" if n == 5 else None)
        any_house.clock.on(minutes=1)
    whole = any_house.flags()
    assert [f["due_at"] is None for f in whole] == [False] * 6 + [True]
    assert [f["due_at"] for f in whole[:6]] == sorted(f["due_at"] for f in whole[:6])
    seen, cursor = [], None
    while True:
        page = any_house.people["staff"].get("/v1/flags", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [f["id"] for f in page["flags"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f["id"] for f in whole]
    wanted = whole[0]["level"]
    only = any_house.people["staff"].get("/v1/flags", params={"level": [wanted]}).json()["flags"]
    assert [f["id"] for f in only] == [f["id"] for f in whole if f["level"] == wanted]


@pytest.mark.parametrize("cursor", ["x", "2026-01-01~x", "~", "9999"])
def test_a_made_up_cursor_is_no_fault_of_ours(house: House, cursor: str) -> None:
    assert house.people["staff"].get("/v1/flags", params={"cursor": cursor}).status_code in (200, 404)
