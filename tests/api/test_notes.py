"""Notes in: read, kept once, flagged in the same transaction; never in a log, a URL or an error."""

import pytest

from tests.api.conftest import CALM, GRAVE, HEAVY, House


def test_analyze_stores_nothing_and_says_so(house: House) -> None:
    answer = house.people["mentor"].post("/v1/analyze", json={"text": GRAVE, "id": "mine", "region": "CA-ON", "minor": False})
    assert answer.status_code == 200
    found = answer.json()
    assert found["report"]["id"] == "mine"
    assert found["report"]["triage"]["level"] in ("urgent", "emergency")
    assert found["told"] == {
        "line": "Nobody has been told: this note was not stored.",
        "remind": None,
        "alerted": 0,
        "deadline": None,
    }
    assert house.people["mentor"].get("/v1/notes").json() == []
    assert house.flags() == []


def test_a_grave_note_is_kept_with_its_flag(any_house: House) -> None:
    pair = any_house.pair()
    stored = any_house.note(GRAVE, pair=pair)
    (flag,) = any_house.flags()
    assert flag["note"] == stored["note"]["id"]
    assert flag["level"] == stored["report"]["triage"]["level"]
    assert flag["due_at"] is not None
    read = any_house.people["mentor"].get(f"/v1/notes/{stored['note']['id']}").json()
    assert read["text"] == GRAVE
    assert read["report"] == stored["report"]
    assert read["flag"]["state"] == "open"
    assert "Tell your mentee" in stored["told"]["remind"]


def test_a_calm_note_raises_no_flag(house: House) -> None:
    stored = house.note(CALM)
    assert stored["report"]["triage"]["level"] in ("none", "watch")
    assert house.flags() == []
    assert "Nobody has been told" in stored["told"]["line"]


def test_the_same_request_twice_is_stored_once(any_house: House) -> None:
    mentor = any_house.people["mentor"]
    first, second = (mentor.post("/v1/notes", json={"text": HEAVY}, headers={"Idempotency-Key": "a1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()
    assert len(mentor.get("/v1/notes").json()) == 1
    other = mentor.post("/v1/notes", json={"text": CALM}, headers={"Idempotency-Key": "a1"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


def test_a_batch_keeps_what_can_be_kept(house: House) -> None:
    given = {"notes": [{"text": CALM}, {"text": "   "}, {"text": HEAVY, "pair": "nobody"}, {"text": GRAVE}]}
    answer = house.people["mentor"].post("/v1/notes/batch", json=given)
    assert answer.status_code == 207
    rows = answer.json()
    assert [r["index"] for r in rows] == [0, 1, 2, 3]
    assert [bool(r["stored"]) for r in rows] == [True, False, False, True]
    assert (rows[1]["error"]["code"], rows[2]["error"]["code"]) == ("empty_note", "not_found")


def test_a_file_is_read_by_the_librarys_readers(house: House) -> None:
    lines = b'{"id": "a", "text": "We met for an hour and set one goal."}\n{"id": "b", "te\n'
    answer = house.people["mentor"].post("/v1/notes/upload", files={"file": ("notes.jsonl", lines)})
    assert answer.status_code == 207
    good, bad = answer.json()
    assert good["stored"]["note"]["level"]
    assert bad["error"]["code"] == "bad_input"
    assert "line 2" in bad["error"]["detail"]


def test_age_and_region_come_from_the_pair(house: House) -> None:
    young = house.pair(mentee="Kim", age_group="minor", region="GB")
    report = house.note(GRAVE, pair=young)["report"]
    assert any("GB" in r["regions"] for r in report["resources"])
    unknown = house.pair(mentee="Lee", age_group="unknown")
    assert "under 18" in house.note(GRAVE, pair=unknown)["missing"]


def test_an_old_session_starts_no_clock(house: House) -> None:
    stored = house.note(GRAVE, occurred_at="2026-10-01T10:00:00Z")
    (flag,) = house.flags()
    assert stored["note"]["historical"] and flag["historical"] and flag["due_at"] is None
    assert "review list" in stored["told"]["line"]


def test_reading_again_makes_a_new_version_and_lowers_nothing(house: House) -> None:
    stored = house.note(GRAVE)
    again = house.people["mentor"].post(f"/v1/notes/{stored['note']['id']}/analyze").json()
    assert again["note"]["report_version"] == 2
    assert [f["level"] for f in house.flags()] == [stored["report"]["triage"]["level"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": ""}, "invalid"),
        ({"text": " \n "}, "empty_note"),
        ({"text": CALM, "colour": "red"}, "invalid"),
        ({"text": CALM, "region": "Ontario"}, "invalid"),
        ({"text": 7}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_bad_input_gets_a_problem_without_the_notes_words(house: House, body: dict[str, object], code: str) -> None:
    answer = house.people["mentor"].post("/v1/notes", json={**body, "occurred_at": None})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert "CV" not in answer.text


def test_feedback_on_what_was_seen_and_what_was_missed(house: House) -> None:
    stored = house.note(GRAVE)
    path = f"/v1/notes/{stored['note']['id']}/feedback"
    mentor = house.people["mentor"]
    assert mentor.post(path, json={"report_version": 1, "verdict": "right", "signal": 0}).status_code == 201
    missed = {"report_version": 1, "verdict": "missed", "label": "distress.isolation", "quote": "His sister came."}
    assert mentor.post(path, json=missed).status_code == 201
    assert mentor.post(path, json={**missed, "quote": "not in the note"}).status_code == 422
    assert mentor.post(path, json={"report_version": 1, "verdict": "wrong", "signal": 999}).status_code == 422
    assert mentor.post(path, json={"report_version": 9, "verdict": "right", "signal": 0}).status_code == 404
