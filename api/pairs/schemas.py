"""What the pair routes take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.types import Region, Strict

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
LedgerState = Literal["guessed", "asked", "agreed", "broken", "closed"]


class PairIn(Strict):
    """`mentee` is a pseudonym. `mentor` is only for admins and keys; a mentor's own pairs are their own."""

    mentee: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    mentor: str | None = None
    age_group: Literal["adult", "minor", "unknown"] = "unknown"
    region: Region | None = None
    timezone: Annotated[str, StringConstraints(max_length=64)] | None = None
    consent: dict[Annotated[str, StringConstraints(max_length=40)], bool] = Field(default_factory=dict)


class PairOut(BaseModel):
    id: str
    mentor: str
    mentee: str
    age_group: str
    region: str | None
    timezone: str | None
    consent: dict[str, bool]
    created_at: datetime
    closed_at: datetime | None
    version: int


class EntryIn(Strict):
    """An expectation that the pair itself notes down."""

    topic: Literal[
        "response_time", "availability", "meetings", "ownership", "access", "role", "privacy", "feedback", "pace", "duration"
    ]
    holder: Literal["mentee", "mentor"]
    statement: Words
    ask: Words | None = None
    state: LedgerState = "agreed"


class EntryOut(BaseModel):
    id: str
    topic: str
    holder: str
    state: str
    statement: str
    ask: str | None
    note: str | None
    changed_at: datetime
    version: int


class EntryChange(Strict):
    state: LedgerState
    statement: Words | None = None


class FollowUpOut(BaseModel):
    id: str
    note: str
    kind: str
    text: str
    why: str
    cards: list[str]
    state: str
    changed_at: datetime
    version: int


class FollowUpChange(Strict):
    state: Literal["open", "done", "dropped"]


class ReasonIn(Strict):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=1000)]


class Shared(BaseModel):
    """One act of sharing, in plain words, for the mentee to read."""

    at: datetime
    words: str


class Export(BaseModel):
    """Everything that is kept about a pair."""

    pair: PairOut
    notes: list[dict[str, Any]]
    ledger: list[EntryOut]
    follow_ups: list[FollowUpOut]
    flags: list[dict[str, Any]]
    shared: list[Shared]


class MentorExport(BaseModel):
    """Everything that is kept about a mentor: each pair, and the notes that belong to none.

    `shared`: when and why an admin was given one of those notes; what was shared of a pair stands with the pair.
    """

    pairs: list[Export]
    notes: list[dict[str, Any]]
    shared: list[Shared]


class StandingOut(BaseModel):
    """An expectation and how it stands; `since` numbers the note it first showed in, 0 where none did."""

    topic: str
    holder: str
    statement: str
    ask: str | None
    state: Literal["unspoken", "asked", "agreed", "broken"]
    since: int


class BriefOut(BaseModel):
    """The plan of the next session: `agenda` in order, and what it rests on, as sentences."""

    sessions: int
    level: str
    expectations: list[StandingOut]
    open: list[str]
    dropped: list[str]
    changes: list[str]
    quiet: str | None
    agenda: list[str]
