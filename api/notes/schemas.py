"""What the note routes take and give. A report is the object of docs/report-contract.md, as it stands there."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api.types import Region, Strict

Text = Annotated[str, StringConstraints(min_length=1)]


class NoteIn(Strict):
    """A note to be read. `minor` and `region` are taken from the pair where one is named and they are not given.

    `remote_model`: ask the language model elsewhere too, where the service has one and the program allows it; else it is not asked.
    """

    text: Text
    pair: str | None = None
    region: Region | None = None
    minor: bool | None = None
    occurred_at: AwareDatetime | None = None
    historical: bool = False
    remote_model: bool = False


class AnalyzeIn(Strict):
    """A note to be read and forgotten; `id` comes back in the report. `remote_model` as for a note that is kept."""

    text: Text
    id: Annotated[str, StringConstraints(max_length=200)] = "note"
    region: Region | None = None
    minor: bool | None = None
    store: Literal[False] = False
    remote_model: bool = False


class BatchIn(Strict):
    notes: Annotated[list[NoteIn], Field(min_length=1, max_length=500)]


class Told(BaseModel):
    """Who has been told, in one line, with what to do about it; `deadline` is when staff must have looked.

    `remind`: what the mentor should tell the mentee about it, None where nothing was shared.
    """

    line: str
    remind: str | None = None
    alerted: int
    deadline: datetime | None


class Analyzed(BaseModel):
    """`missing` says what is not known and would change the help shown."""

    report: dict[str, Any]
    told: Told
    missing: str | None


class NoteOut(BaseModel):
    id: str
    pair: str | None
    author: str | None
    occurred_at: datetime | None
    received_at: datetime
    historical: bool
    drill: bool
    level: str
    coverage: str
    report_version: int
    read_again: bool


class StoredOut(Analyzed):
    note: NoteOut


class FlagState(BaseModel):
    """What the mentor sees of a flag on an own note."""

    level: str
    state: str
    decision: str | None
    answers: list[str]


class NoteFull(StoredOut):
    text: str
    flag: FlagState | None
    opened: list[str]


class BatchItem(BaseModel):
    """`error` is a problem where this note could not be stored; the others are."""

    index: int
    stored: StoredOut | None = None
    error: dict[str, Any] | None = None


class OpenIn(Strict):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=1000)]


class FeedbackIn(Strict):
    """A verdict on signal number `signal` of report `report_version`; `missed` gives label and quote instead."""

    report_version: Annotated[int, Field(ge=1)]
    verdict: Literal["right", "wrong", "missed"]
    signal: Annotated[int, Field(ge=0)] | None = None
    label: Annotated[str, StringConstraints(max_length=48)] | None = None
    quote: Annotated[str, StringConstraints(max_length=400)] | None = None
