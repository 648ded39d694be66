"""The values that travel between the stages: frozen, slotted, tuples inside.

Offsets are Unicode code points into `Note.text`, which is the text as it came; `text[start:end] == quote` always holds.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from coach.taxonomy import About, Assertion, Level, StageName, Status

Tongue = Literal["en", "fr"]
"""A language that the library's own words come in."""
Coverage = Literal["full", "phrases_only", "none"]
FollowUpKind = Literal["ask", "do", "agree", "refer", "escalate"]
HandoffKind = Literal["offer", "expect", "doubt", "staff", "mentee", "check"]
ExpectationState = Literal["unspoken", "asked", "agreed", "broken", "closed"]


REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
"""The form of a note's region: ISO 3166, such as CA or CA-QC."""

READER_SURE = 0.5
"""Score from which a grave signal that only the trained reader saw counts like an explicit phrase, for the floor and the merge."""


@dataclass(frozen=True, slots=True)
class Note:
    """One session note. None for `region`, `minor`, `setting`, `language` means not known."""

    id: str
    text: str
    region: str | None = None
    minor: bool | None = None
    setting: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, bullet or utterance of a note, without the blank space around it.

    `speaker` is the name before the colon in a transcript or chat ("DARIUS"), None elsewhere; the span leaves it out.
    `language` is an ISO 639-1 code, "en" where the sentence is too short to tell.
    """

    start: int
    end: int
    text: str
    speaker: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector found at one place, before merging.

    `score` is a probability from 0 to 1. `source` is the detector ("reader", "phrases", "model"); `rule` the phrase rule's id.
    `explicit` marks a high-precision phrase to which the floor of the report contract applies.
    `certain` holds from 0 to 1 how sure the detector is of the assertion.
    """

    label: str
    start: int
    end: int
    score: float
    source: str
    about: About = "mentee"
    assertion: Assertion = "present"
    status: Status | None = None
    rule: str | None = None
    explicit: bool = False
    certain: float = 1.0
    who: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A merged finding, as the report shows it. `status` is None outside expectations."""

    label: str
    start: int
    end: int
    quote: str
    about: About
    assertion: Assertion
    status: Status | None
    score: float
    sources: tuple[str, ...]
    who: str | None = None
    explicit: bool = False
    certain: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the trained reader says of a whole note.

    `levels` are P(level >= watch, concern, urgent, emergency), each calibrated by its own threshold in the model's manifest;
    `level` is the level those thresholds give. `stages` are probabilities in the order of taxonomy.STAGES.
    """

    findings: tuple[Finding, ...]
    level: Level
    levels: tuple[float, float, float, float]
    stages: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SecondReading:
    """What came of asking a language model too; its findings stand among the signals with the source "model".

    `fault` says in plain words why its view is missing, None where it answered. `kept` and `dropped` count what it claimed;
    `dropped` by reason: "quote" (not in the note), "label" (unknown), "type" (anything else of the wrong shape).
    `sent_to` is the address that the note's text was sent to, None where it stayed in this process.
    """

    name: str
    fault: str | None = None
    kept: int = 0
    dropped: tuple[tuple[str, int], ...] = ()
    sent_to: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the detectors made of a note: the input of assessment and advice.

    `aside` are signals that count for the level and nothing else (coach/detect/merge.py, `decided`).
    """

    language: str
    read: Coverage
    reason: str | None
    sentences: tuple[Sentence, ...]
    signals: tuple[Signal, ...]
    reading: Reading | None
    model_name: str
    model_version: str
    second: SecondReading | None = None
    aside: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Triage:
    """The level of the whole note, why in plain words, and the indices of the signals that led there."""

    level: Level
    reasons: tuple[str, ...]
    signals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WholeNote:
    """How near to urgent the note was as a whole, for a program's alarm dial (coach/assess/dial.py).

    `levels` are the reader's P(level >= watch, concern, urgent, emergency), `score` that of urgent, `otherwise` the level of the
    report if no score were high enough for urgent, and `urgent_from` the
    cut that this report was made with, None for the reader's own threshold.
    """

    levels: tuple[float, float, float, float]
    score: float
    otherwise: Level
    urgent_from: float | None


@dataclass(frozen=True, slots=True)
class Stage:
    """Stage of the relationship; `confidence` from 0 to 1."""

    name: StageName
    confidence: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """An implicit expectation: a guess to be checked, and the question that checks it."""

    topic: str
    holder: About
    statement: str
    ask: str
    signals: tuple[int, ...]
    guidance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uncertain:
    """What the coach could not tell about signal number `signal`, and the one question that would settle it."""

    signal: int
    question: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One thing to do or ask next; `guidance` holds card ids, `signals` indices into the report's signals.

    `composed` holds the rules' own words where a language model reworded them, None elsewhere.
    """

    kind: FollowUpKind
    text: str
    why: str
    signals: tuple[int, ...]
    guidance: tuple[str, ...]
    composed: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A guidance card. `source` is the citation in words; `passage` what is searched by its words.

    `heard` holds the situation as mentors put it, in questions and lines of notes; it is found by these too, and they are not shown.
    `about` is whose trouble it is written for, where it is written for that alone: "mentor" or "other"; "any" elsewhere.
    `over`: it is written for what is over, and is cited for that by name alone, never picked for what holds now.
    """

    id: str
    title: str
    labels: tuple[str, ...]
    stages: tuple[str, ...]
    audience: tuple[str, ...]
    sources: tuple[str, ...]
    source: str
    grounded_on: str
    ask: tuple[str, ...]
    do: tuple[str, ...]
    avoid: tuple[str, ...]
    involve: str
    situation: str
    practice: str
    about: str = "any"
    over: bool = False
    heard: tuple[str, ...] = ()

    @property
    def passage(self) -> str:
        return f"{self.title}. {self.situation} {self.practice}"


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a document: its heading ("" before the first), its page from 1 (None where the format has none), its text."""

    heading: str
    page: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a search brought up a card: the line of it that is likest to what was asked, and the words that both share, the rarest first."""

    like: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuidanceHit:
    """A card that fits, with its similarity (0 to 1) to what was asked; `own` where it is a passage of the program's own handbook.

    A search says why it came; in a report the follow-up that cites it does.
    """

    id: str
    title: str
    excerpt: str
    source: str
    score: float
    own: bool = False
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A help service. `verified_on` is None until a person of ours has checked it; `caveat` is shown beside unsure rows.

    `expires_on` is the day until which it is known to go on, `pairs_with` the id of a service that it is shown together with or not
    at all. `own`: it is the program's own, for everybody there, and comes first.
    """

    id: str
    name: str
    regions: tuple[str, ...]
    concerns: tuple[str, ...]
    audience: str
    call: str | None
    text: str | None
    chat: str | None
    url: str | None
    hours: str | None
    languages: tuple[str, ...]
    note: str | None
    status: str
    replaced_by: str | None
    source: str | None
    source_date: str | None
    confidence: str
    verified_on: str | None = None
    expires_on: str | None = None
    pairs_with: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Referral:
    """A resource offered for this note, with why; `caveat` is None for confirmed rows."""

    resource: Resource
    why: str
    caveat: str | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """One line on how a referral is followed through; `guidance` is the id of the card it rests on."""

    kind: HandoffKind
    text: str
    guidance: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A retired or replaced number that stands in the note, and what holds now."""

    start: int
    end: int
    quote: str
    message: str
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a language model elsewhere would be sent about a note, word for word: `messages` as (role, words), to the host `sent_to`."""

    sent_to: str
    model: str
    messages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What one analysed note gives; `coach.report.to_dict` is its JSON form, by docs/report-contract.md.

    `second` is None where no language model is set up, `whole` where no trained reader read the note. `rephrased` says what
    came of having its follow-ups reworded, None where nobody asked for it or every word was to stay; it counts as `second` does, with
    the rules of coach/llm/faithful.py as reasons. `aside` are signals that counted for the level alone (coach/detect/merge.py).
    """

    id: str
    language: str
    read: Coverage
    read_reason: str | None
    triage: Triage
    stage: Stage
    signals: tuple[Signal, ...]
    uncertain: tuple[Uncertain, ...]
    expectations: tuple[Expectation, ...]
    follow_ups: tuple[FollowUp, ...]
    guidance: tuple[GuidanceHit, ...]
    resources: tuple[Referral, ...]
    model_name: str
    model_version: str
    corrections: tuple[Correction, ...] = field(default=())
    handoff: tuple[Handoff, ...] = field(default=())
    second: SecondReading | None = None
    whole: WholeNote | None = None
    rephrased: SecondReading | None = None
    aside: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a pair: its report, and its day where that is known."""

    report: Report
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An expectation and how it stands; `since` numbers the session it first showed in, from 1, 0 where no note showed it."""

    topic: str
    holder: About
    statement: str
    ask: str | None
    state: ExpectationState
    since: int = 0


@dataclass(frozen=True, slots=True)
class Brief:
    """The plan of a pair's next session, from the reports of those before.

    `level` is that of the last note. All but `expectations` are sentences: `open` the follow-ups that wait, `dropped` what was
    heavy and has not come up since, `changes` the last note against the pair's own usual, `quiet` how long since the last note
    (None where the pair keeps its rhythm), `agenda` what to do in the session, in order. `rephrased` as in a report.
    """

    sessions: int
    level: Level
    expectations: tuple[Standing, ...]
    open: tuple[str, ...]
    dropped: tuple[str, ...]
    changes: tuple[str, ...]
    quiet: str | None
    agenda: tuple[str, ...]
    rephrased: SecondReading | None = None
