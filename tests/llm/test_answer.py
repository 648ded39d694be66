"""What code lets through of a model's answer."""

import json

import pytest

from coach.llm.answer import MOST_ROWS, check, parse
from coach.text.sentences import split

NOTE = "Sam was late. He was “so tired” lately.\nRent is due, he said; rent is always due. No thoughts of dying — asked twice\nover. Restaurant closed."


def row(quote, label="distress.money", about="mentee", assertion="present", status=None, **more):
    return {"quote": quote, "label": label, "about": about, "assertion": assertion, "status": status, **more}


def checked(prompt, *rows):
    return check(rows, prompt.row, NOTE, split(NOTE))


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("Rent is due", "Rent is due"),
        ("Sam was late", "Sam was late"),
        ('"so tired" lately', "“so tired” lately"),
        ("No thoughts of dying - asked  twice over", "No thoughts of dying — asked twice\nover"),
        ("Sam was late. He was “so tired” lately", "He was “so tired” lately"),
        ("rent is always due. ", "rent is always due."),
        ("Rent was due", None),
        ("rent", "rent"),
        ("Rest", None),
        ("taurant closed", None),
        ("due, he said; Rent", None),
        (".* ", None),
        ("???", None),
        ("", None),
        ("(?:a|a)*b" * 20, None),
    ],
)
def test_quotes_are_the_notes_own_words(prompt, quote, expected):
    answer = checked(prompt, row(quote))
    found = [NOTE[f.start : f.end] for f in answer.findings]
    assert found == ([expected] if expected else [])
    assert sum(n for _, n in answer.dropped) == (expected is None)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("Rent is dew"), "quote"),
        (row("Rent is due", label="distress.joy"), "label"),
        (row("Rent is due", label="money"), "label"),
        (row("Rent is due", label=7), "label"),
        (row("Rent is due", about="boss"), "type"),
        (row("Rent is due", assertion=True), "type"),
        (row("Rent is due", status="implicit"), "type"),
        (row("Rent is due", label="expectation.pace"), "type"),
        (row("Rent is due", start=0), "type"),
        (row(12), "type"),
        (row(None), "type"),
        ({"quote": "Rent is due", "label": "distress.money"}, "type"),
        ("Rent is due", "type"),
        (None, "type"),
        ([], "type"),
    ],
)
def test_what_does_not_hold_is_dropped_and_counted_and_costs_no_neighbour(prompt, bad, reason):
    answer = checked(prompt, row("Sam was late", "relationship.missed_meetings"), bad, row("Rent is due"))
    assert [f.label for f in answer.findings] == ["relationship.missed_meetings", "distress.money"]
    assert answer.dropped == ((reason, 1),)


def test_findings_carry_the_models_view_and_codes_offsets(prompt):
    (f,) = checked(prompt, row("Rent is due", "expectation.pace", "mentor", "past", "implicit")).findings
    assert (f.start, f.end) == (NOTE.index("Rent"), NOTE.index("Rent") + 11)
    assert (f.label, f.about, f.assertion, f.status, f.source) == ("expectation.pace", "mentor", "past", "implicit", "model")
    assert not f.explicit


def test_a_quote_given_twice_goes_to_its_two_places_and_a_third_time_nowhere(prompt):
    note = "Late again. Fine talk. Late again."
    rows = [row("Late again", "relationship.missed_meetings")] * 3
    answer = check(rows, prompt.row, note, split(note))
    assert [f.start for f in answer.findings] == [0, 23]
    assert answer.dropped == (("quote", 1),)


def test_a_flood_is_cut(prompt):
    answer = checked(prompt, *[row("nowhere in it")] * (MOST_ROWS + 40))
    assert dict(answer.dropped) == {"quote": MOST_ROWS, "type": 40}


@pytest.mark.parametrize(
    ("answer", "rows"),
    [
        ('{"signals": []}', []),
        ('```json\n{"signals": [1]}\n```', [1]),
        ('<think>a {curly} thought, {"b": 1}</think> {"signals": [2]} bye', [2]),
        ('{"signals": [3]} {"signals": [4]}', [3]),
        ('{"signals": {}}', None),
        ('{"signals": [', None),
        ('[{"quote": "x"}]', None),
        ("I will not.", None),
        ("", None),
        ("{" * 100_000, None),
        ('{"a":' * 60_000, None),
        ('{"signals": ' + "[" * 90_000, None),
        (json.dumps({"signals": ["\ud800"]}), ["\ud800"]),
    ],
    ids=range(13),
)
def test_the_object_is_found_in_what_models_say(answer, rows):
    assert parse(answer) == rows
