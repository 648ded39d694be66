"""What the embed's routes take and give."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from api.notes.schemas import Analyzed, NoteOut, Text
from api.telling import Told
from api.types import Region, Strict

LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ORIGIN = re.compile(rf"(https|http)://({LABEL}(?:\.{LABEL})*)(?::([1-9][0-9]{{0,4}}))?")
STANDARD = {"https": "443", "http": "80"}
LOOPBACK = ("localhost", "127.0.0.1")

EmbedScope = Literal["analyze", "notes:write", "notes:read"]
Audience = Literal["component", "frame"]


def is_origin(value: str) -> bool:
    """Whether a browser could send this as the Origin of a page we let in: https, or http on the machine itself."""
    found = ORIGIN.fullmatch(value)
    if found is None:
        return False
    scheme, host, port = found.groups()
    return (scheme == "https" or host in LOOPBACK) and port != STANDARD[scheme] and int(port or 0) < 65536


def _origin(value: str) -> str:
    if not is_origin(value):
        raise Told("An origin is written as browsers send it: https://host or https://host:port, in small letters.")
    return value


Origin = Annotated[str, StringConstraints(max_length=300), AfterValidator(_origin)]


class TokenIn(Strict):
    """A token for one page of another platform.

    `audience` is where it is used: in the page itself, or in the frame. With `notes:write` notes are kept, in `pair` alone;
    with `analyze` they are read and forgotten; with `notes:read` the page is handed the whole report, else its level alone.
    """

    origin: Origin
    scopes: Annotated[list[EmbedScope], Field(min_length=1, max_length=3)]
    pair: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    audience: Audience = "component"
    seconds: Annotated[int, Field(ge=30, le=900)] = 600

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if ("notes:write" in self.scopes) != (self.pair is not None):
            raise Told("Name a pair with notes:write, and without it none.")
        if self.scopes == ["notes:read"]:
            raise Told("Without analyze or notes:write no note can be read.")
        return self


class TokenOut(BaseModel):
    token: str
    expires_at: datetime


class EmbedIn(Strict):
    """What the component sends. `keep` says what the person was told; `once` is the note's Idempotency-Key.

    `parent` is the origin of the page around the frame, None in the component.
    """

    token: Annotated[str, StringConstraints(max_length=4000)]
    text: Text
    keep: bool
    region: Region | None = None
    minor: bool | None = None
    once: Annotated[str, StringConstraints(min_length=16, max_length=64)]
    parent: Annotated[str, StringConstraints(max_length=300)] | None = None


class EmbedOut(Analyzed):
    """A report as the notes' routes give it; `note` is None where it was not kept."""

    note: NoteOut | None
    report: dict[str, Any]
