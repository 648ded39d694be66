"""What stands beside a grave sentence changes nothing about it: the trained heads see the neighbours, and carried their mood over."""

import pytest

from coach import Coach, Settings, load
from coach.detect.backing import bears_out

GRAVE = [
    "He told me that he wants to die.", "She says she wants to kill herself.", "He said he's thinking of ending his life.",
    "She told me she doesn't want to be alive.", "He says he'd be better off dead.", "She wants to end it all.",
    "They said they have been thinking about suicide.", "He says he can't go on living.", "She is going to kill herself, she said.",
]  # fmt: skip
ORDINARY = [
    "He figured I would have read the draft by now.", "I'm used to people being on Teams and she simply isn't.",
    "First-aid course: choking, bleeding, burns, cake.", "My mentee thinks I answer too slowly, you can tell from how she says \"finally!\"",
    "Thought by now Ye-jin would be comfortable telling me when I'm wrong.", "We did twenty minutes instead of forty.",
    "It's me that's holding us still, I never follow anything up so she doesn't either.", "He asked whether the room was free. No, it wasn't.",
    "Last year she hardly spoke, and nobody noticed.", "If the bus had come we would have been on time.",
]  # fmt: skip


@pytest.fixture(scope="module")
def coach() -> Coach:
    return load(Settings())


@pytest.mark.parametrize("grave", GRAVE)
def test_an_ordinary_sentence_beside_it_lowers_nothing(coach: Coach, grave: str) -> None:
    notes = [f"{a} {b}" for x in ORDINARY for a, b in ((x, grave), (grave, x))]
    low = [note for note in notes if coach.analyze(note).triage.level not in ("urgent", "emergency")]
    assert not low


@pytest.mark.parametrize("ordinary", ORDINARY[:4])
@pytest.mark.parametrize(
    "denied",
    [
        "I asked about suicide; no, never that.",
        "Does she want to die, no, she does not.",
        "He does not want to die, he said so twice.",
    ],
)
def test_a_denial_stays_one(coach: Coach, denied: str, ordinary: str) -> None:
    report = coach.analyze(f"{ordinary} {denied}")
    assert {s.assertion for s in report.signals if s.label == "distress.suicide"} == {"negated"}


@pytest.mark.parametrize(
    "unanswered",
    [
        "I asked if she was thinking of suicide, she said I don't know.",
        "Asked if he was worried Tunde might hurt himself, he said 'I don't know'.",
        "I asked whether he might hurt himself and he said he didn't know.",
    ],
)
def test_not_knowing_is_no_denial(coach: Coach, unanswered: str) -> None:
    report = coach.analyze(unanswered)
    found = [s for s in report.signals if s.label in ("distress.suicide", "distress.self_harm")]
    assert found and all(s.assertion != "negated" for s in found)
    assert report.uncertain and report.triage.level not in ("none", "watch")  # what is only feared is a concern at least


@pytest.mark.parametrize(
    ("assertion", "phrase", "sentence", "following", "expected"),
    [
        ("negated", "wants to die", "He told me that he wants to die.", "It is not raining.", False),
        ("negated", "wants to die", "I asked if he wants to die.", "No, he said.", True),
        ("negated", "wants to die", "Nobody says he wants to die, not at all.", "", True),
        ("negated", "wants to die", "I asked if he wants to die, he said I don't know.", "", False),
        ("negated", "wants to die", "I asked if he wants to die.", "He would not say.", False),
        ("negated", "wants to die", "I asked if he wants to die: no, and he doesn't know why I ask.", "", True),
        ("negated", "doesn't want to be alive", "She doesn't want to be alive.", "", False),
        ("past", "wants to die", "He wants to die.", "", False),
        ("past", "wanted to die", "He wanted to die.", "", True),
        ("past", "'I want to die'", "Years ago he'd say 'I want to die'.", "", True),
        ("hypothetical", "wants to die", "He wants to die.", "", False),
        ("hypothetical", "wants to die", "What to do if a pupil wants to die.", "", True),
        ("present", "wants to die", "He wants to die.", "", True),
    ],
)  # fmt: skip
def test_what_bears_the_heads_out(assertion, phrase, sentence, following, expected) -> None:
    assert bears_out(assertion, phrase, sentence, following) is expected
