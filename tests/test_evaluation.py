"""The built-in scorer, on a case worked out by hand."""

from coach.evaluation import render, score

TEXT = "He can't sleep. Dread every Sunday. No thoughts of suicide."


def row(quote, label, assertion="present", about="mentee", status=None, start=None):
    at = TEXT.index(quote) if start is None else start
    return {
        "quote": quote,
        "start": at,
        "end": at + len(quote),
        "label": label,
        "assertion": assertion,
        "about": about,
        "status": status,
        "score": 0.9,
    }


GOLD = {
    "id": "a",
    "text": TEXT,
    "triage": "watch",
    "stage": "trust",
    "signals": [
        row("can't sleep", "distress.sleep_body"),
        row("Dread every Sunday", "distress.anxiety"),
        row("No thoughts of suicide", "distress.suicide", "negated"),
    ],
}


def report(*signals, level="watch"):
    return {"id": "a", "signals": list(signals), "triage": {"level": level}, "stage": {"name": "trust"}}


def test_hits_false_alarms_and_misses_by_hand():
    said = report(
        row("He can't sleep.", "distress.sleep_body"),
        row("Dread", "distress.low_mood"),
        row("thoughts of suicide", "distress.suicide", "negated"),
        level="urgent",
    )
    errors = []
    result = score([GOLD], [said], errors)
    assert (result["distress"]["precision"], result["distress"]["recall"]) == (0.5, 0.5)
    assert result["assertions"]["negated"]["f1"] == 1.0
    assert result["triage"]["calm_raised_to_grave"] == 1
    assert result["stage_accuracy"] == 1.0
    assert sorted(e[0] for e in errors) == ["false alarm", "missed"]
    assert "distress.sleep_body" in render(result)


def test_a_grave_signal_about_the_wrong_person_is_no_hit():
    gold = {**GOLD, "signals": [row("suicide", "distress.suicide", about="other")]}
    assert score([gold], [report(row("suicide", "distress.suicide"))])["distress"]["f1"] == 0.0


def test_a_missing_report_counts_as_nothing_found():
    result = score([GOLD], [])
    assert result["missing"] == ["a"]
    assert result["distress"]["recall"] == 0.0
