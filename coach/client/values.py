"""What the service gives beside the report's own values (coach.values); frozen and slotted like those. Times are aware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from coach.errors import CoachError
from coach.taxonomy import About, Level
from coach.values import Coverage, FollowUpKind, Report

AgeGroup = Literal["adult", "minor", "unknown"]
EntryState = Literal["guessed", "asked", "agreed", "broken", "closed"]
FollowUpState = Literal["open", "done", "dropped"]
FlagStage = Literal["open", "claimed", "decided"]
Verdict = Literal["right", "wrong", "missed"]


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note to be stored. `region` and `minor` are the pair's where they are not given; `historical` starts no clock."""

    text: str = field(repr=False)
    pair: str | None = None
    region: str | None = None
    minor: bool | None = None
    occurred_at: datetime | None = None
    historical: bool = False


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A stored note, without its words."""

    id: str
    pair: str | None
    author: str | None
    occurred_at: datetime | None
    received_at: datetime
    historical: bool
    drill: bool
    level: Level
    coverage: Coverage
    report_version: int
    read_again: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Who has been told, in one line; `remind` is what the mentor should tell the mentee, None where nothing was shared."""

    line: str
    remind: str | None
    alerted: int
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored note with its report; `missing` says what is not known and would change the help shown."""

    note: NoteRow
    report: Report
    told: Told
    missing: str | None


@dataclass(frozen=True, slots=True)
class FlagState:
    """What the mentor sees of a note's flag."""

    level: Level
    state: FlagStage
    decision: str | None
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Full(Stored):
    """A stored note with its words, its flag and who opened it."""

    text: str = field(repr=False)
    flag: FlagState | None
    opened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchItem:
    """What became of note number `index` of a batch: `stored`, or the `error` that the note alone would have raised."""

    index: int
    stored: Stored | None
    error: CoachError | None


@dataclass(frozen=True, slots=True)
class Pair:
    """`mentee` is a pseudonym."""

    id: str
    mentor: str
    mentee: str
    age_group: AgeGroup
    region: str | None
    timezone: str | None
    consent: Mapping[str, bool]
    created_at: datetime
    closed_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An expectation in a pair's ledger; `note` is the one that it was guessed from."""

    id: str
    topic: str
    holder: About
    state: EntryState
    statement: str
    ask: str | None
    note: str | None
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up of a stored note, and what became of it; `cards` are ids of guidance."""

    id: str
    note: str
    kind: FollowUpKind
    text: str
    why: str
    cards: tuple[str, ...]
    state: FollowUpState
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as the list of staff shows it: no words of the note."""

    id: str
    note: str
    pair: str | None
    level: Level
    kinds: tuple[str, ...]
    state: FlagStage
    decision: str | None
    holder: str | None
    not_fully_read: bool
    historical: bool
    drill: bool
    group: str | None
    raised_at: datetime
    due_at: datetime | None
    overdue: bool
    decided_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service can read and keep notes; `faults` says what is wrong."""

    ready: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """Of the service, of the model that reads notes, and of the guidance."""

    service: str
    model: str
    model_version: str
    index: str
