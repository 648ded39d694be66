"""What the flag routes take and give."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.types import Strict

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Decision = Literal["confirmed", "not_a_concern", "needs_more", "escalated"]


class FlagOut(BaseModel):
    """A flag in the list: no words of the note."""

    id: str
    note: str
    pair: str | None
    level: str
    kinds: list[str]
    state: str
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


class Evidence(BaseModel):
    """Sentences that gave rise to a flag, with up to two around them; `marks` are (start, end, label) within `text`."""

    text: str
    marks: list[tuple[int, int, str]]


class EventOut(BaseModel):
    at: datetime
    person: str | None
    kind: str
    words: str | None
    for_mentor: bool


class FlagFull(FlagOut):
    reasons: list[str]
    sources: list[str]
    evidence: list[Evidence]
    resources: list[dict[str, object]]
    events: list[EventOut]


class FlagPage(BaseModel):
    """`next` is the cursor of the next page, None at the end."""

    flags: list[FlagOut]
    next: str | None


class DecideIn(Strict):
    """`answer` is for the mentor to read; without it the mentor sees the decision alone."""

    decision: Decision
    reason: Words
    answer: Words | None = None


class Seen(Strict):
    """A flag in the version that was seen."""

    id: str
    version: int


class SeveralIn(DecideIn):
    """One decision for several flags, none of them above `concern`."""

    flags: Annotated[list[Seen], Field(min_length=1, max_length=50)]


class Decided(BaseModel):
    """What became of one flag of several; `fault` says why it was not decided."""

    id: str
    done: bool
    fault: str | None


class CommentIn(Strict):
    words: Words
    for_mentor: bool = False


class HandOverIn(Strict):
    person: str
    words: Words | None = None


class LinkIn(Strict):
    """Flags that are one matter."""

    flags: Annotated[list[str], Field(min_length=1, max_length=50)]


class ReopenIn(Strict):
    reason: Words
