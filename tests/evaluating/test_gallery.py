"""Every error in its class, and no word of a held-out note."""

import pytest

from coach.evaluating.gallery import MOST_SHOWN, errors, shown, table
from tests.evaluating.notes import CALL, DENIED, DREAD, SLEEP, note, report, signal


@pytest.mark.parametrize(
    ("gold", "said", "classes"),
    [
        ([SLEEP], [SLEEP], []),
        ([SLEEP], [], ["missed"]),
        ([], [SLEEP], ["false"]),
        ([DREAD], [signal("Dread", "distress.low_mood")], ["wrong topic"]),
        ([DREAD], [signal("Dread", "relationship.stalled")], ["missed", "false"]),
        ([DENIED], [signal("suicide", "distress.suicide")], ["wrong assertion"]),
        ([DENIED], [], []),  # a denial that was not reported is no unseen trouble
        ([CALL], [{**CALL, "status": "explicit"}], ["wrong assertion"]),
        ([DREAD], [{**DREAD, "about": "mentor"}], ["wrong person"]),
        ([DREAD], [DREAD, signal("Dread", "distress.low_mood")], ["false"]),
        ([DREAD, signal("Sunday", "distress.overwhelm")], [DREAD], ["missed"]),
        ([SLEEP, signal("He can't", "distress.sleep_body")], [signal("He can't sleep.", "distress.sleep_body")], []),
    ],
)
def test_the_class_of_an_error(gold, said, classes):
    assert [e.what for e in errors([note(*gold)], [report(*said)])] == classes


def test_held_out_notes_are_counted_and_not_shown():
    found = errors([note(SLEEP, ident="a"), note(DREAD, ident="b")], [report(ident="a"), report(ident="b")])
    assert table(found)["missed", "distress"] == 2
    assert [e.quote for e in shown(found, frozenset("a"))["missed"]] == ["Dread every Sunday"]
    assert not any(shown(found, frozenset("ab")).values())


def test_of_many_errors_some_are_shown_from_all_over():
    notes = [note(SLEEP, ident=str(i)) for i in range(3 * MOST_SHOWN)]
    some = shown(errors(notes, [report(ident=n["id"]) for n in notes]), frozenset())["missed"]
    assert [e.note for e in some] == [str(3 * i) for i in range(MOST_SHOWN)]
