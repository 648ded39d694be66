"""The labels and their values, as the labelling guide defines them (docs/labelling-guide.md).

The order of the tuples is part of the trained model: heads are stored in it. Add a label at the end of its family and retrain.
"""

from typing import Final, Literal

About = Literal["mentee", "mentor", "other"]
Assertion = Literal["present", "negated", "past", "hypothetical"]
Status = Literal["implicit", "explicit"]
Level = Literal["none", "watch", "concern", "urgent", "emergency"]
StageName = Literal["trust", "application", "growth", "unclear"]
Family = Literal["expectation", "distress", "relationship"]

TOPICS: Final = (
    "response_time",
    "availability",
    "meetings",
    "ownership",
    "access",
    "role",
    "privacy",
    "feedback",
    "pace",
    "duration",
)
DISTRESS: Final = (
    "anxiety",
    "low_mood",
    "hopelessness",
    "lost_confidence",
    "overwhelm",
    "isolation",
    "sleep_body",
    "anger",
    "grief",
    "money",
    "substance",
    "harm_from_others",
    "self_harm",
    "suicide",
    "harm_to_others",
)
RELATIONSHIP: Final = (
    "gone_dark",
    "unprepared",
    "missed_meetings",
    "stalled",
    "over_contact",
    "over_familiar",
    "premature_ask",
    "confidence_breach",
    "off_goal",
    "over_reach",
    "mismatch",
    "progress",
)

FAMILIES: Final[tuple[Family, ...]] = ("expectation", "distress", "relationship")
LABELS: Final[tuple[str, ...]] = (
    *(f"expectation.{t}" for t in TOPICS),
    *(f"distress.{k}" for k in DISTRESS),
    *(f"relationship.{k}" for k in RELATIONSHIP),
)
ABOUT: Final[tuple[About, ...]] = ("mentee", "mentor", "other")
ASSERTIONS: Final[tuple[Assertion, ...]] = ("present", "negated", "past", "hypothetical")
STATUSES: Final[tuple[Status, ...]] = ("implicit", "explicit")
LEVELS: Final[tuple[Level, ...]] = ("none", "watch", "concern", "urgent", "emergency")
STAGES: Final[tuple[StageName, ...]] = ("trust", "application", "growth", "unclear")

SUICIDAL: Final = frozenset({"distress.suicide", "distress.self_harm"})
GRAVE: Final = SUICIDAL | {"distress.harm_from_others", "distress.harm_to_others"}

LABEL_NAMES: Final[dict[str, str]] = {
    "expectation.response_time": "how fast messages are answered",
    "expectation.availability": "when and how one can be reached",
    "expectation.meetings": "how meetings are kept",
    "expectation.ownership": "who prepares and carries the work",
    "expectation.access": "introductions, references and jobs",
    "expectation.role": "what a mentor or mentee is for",
    "expectation.privacy": "what stays between the two",
    "expectation.feedback": "how feedback is given and taken",
    "expectation.pace": "how soon progress should come",
    "expectation.duration": "how long the mentoring lasts",
    "distress.anxiety": "anxiety",
    "distress.low_mood": "low mood",
    "distress.hopelessness": "hopelessness",
    "distress.lost_confidence": "lost confidence",
    "distress.overwhelm": "overwhelm",
    "distress.isolation": "isolation",
    "distress.sleep_body": "sleep, appetite or bodily signs",
    "distress.anger": "anger",
    "distress.grief": "grief or loss",
    "distress.money": "money trouble",
    "distress.substance": "drink, drugs or gambling",
    "distress.harm_from_others": "harm from others",
    "distress.self_harm": "self-harm",
    "distress.suicide": "suicide",
    "distress.harm_to_others": "a threat to others",
    "relationship.gone_dark": "a partner has gone quiet",
    "relationship.unprepared": "came unprepared",
    "relationship.missed_meetings": "late or missed meetings",
    "relationship.stalled": "nothing moves",
    "relationship.over_contact": "too many messages",
    "relationship.over_familiar": "too personal",
    "relationship.premature_ask": "asked too early",
    "relationship.confidence_breach": "something private was passed on",
    "relationship.off_goal": "drifting from the goals",
    "relationship.over_reach": "the mentor steps beyond the role",
    "relationship.mismatch": "friction in the match",
    "relationship.progress": "progress",
}


def family(label: str) -> str:
    """'distress.suicide' -> 'distress'."""
    return label.partition(".")[0]


def kind(label: str) -> str:
    """'distress.suicide' -> 'suicide'; of an expectation, its topic."""
    return label.partition(".")[2]


def rank(level: Level) -> int:
    """Place of a level in LEVELS, 0 for none to 4 for emergency."""
    return LEVELS.index(level)


def higher(a: Level, b: Level) -> Level:
    """The graver of two levels."""
    return a if rank(a) >= rank(b) else b
