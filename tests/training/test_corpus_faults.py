"""A fault of the corpus names the value that would do."""

import pytest

from coach.training.corpus import faults

SOUND = {"label": "expectation.meetings", "about": "mentee", "assertion": "present", "status": "implicit", "quote": "late"}


def said(row: dict[str, object]) -> str:
    return "\n".join(faults({"id": "t1-001", "text": "He was late.", **row}))


def test_a_sound_note_has_none() -> None:
    assert said({"signals": [SOUND], "triage": "watch", "stage": "trust"}) == ""


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"label": "expectation.meeting"}, "label 'expectation.meeting' is not known; did you mean 'expectation.meetings'?"),
        ({"label": "zzz"}, "label 'zzz' is not known; the labels stand in docs/labelling-guide.md"),
        ({"about": "me"}, "about 'me' is not known; one of mentee, mentor, other"),
        ({"assertion": "maybe"}, "assertion 'maybe' is not known; one of hypothetical, negated, past, present"),
        ({"status": "hidden"}, "status 'hidden' on expectation.meetings; of an expectation one of implicit, explicit"),
    ],
)
def test_a_signal(changed: dict[str, str], says: str) -> None:
    assert says in said({"signals": [{**SOUND, **changed}]})


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"triage": "calm", "stage": "trust"}, "triage 'calm' is not known; one of concern, emergency, none, urgent, watch"),
        ({"triage": "none", "stage": "begin"}, "stage 'begin' is not known; one of application, growth, trust, unclear"),
        (
            {"expectations": [{"topic": "meeting", "statement": "a", "ask": "b"}]},
            "topic 'meeting' is not known; did you mean 'meetings'?",
        ),
        ({"expectations": [{"topic": "meetings", "statement": "a"}]}, "an expectation without statement or question"),
    ],
)
def test_a_row(row: dict[str, object], says: str) -> None:
    assert said(row) == says
