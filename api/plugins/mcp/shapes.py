"""What the tools take, and the JSON schemas of what they give. A report's is made from coach's own values, so that it keeps up."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from api.types import Label, Region, Strict
from coach import Brief, GuidanceHit, Report, Resource

Schema = dict[str, Any]
Text = Annotated[str, StringConstraints(min_length=1), Field(description="The note as it was written, in English or French.")]
Place = Annotated[Region | None, Field(description="Where the mentee lives: a country or a part of one, such as CA or CA-QC.")]


class NoteIn(Strict):
    text: Text
    region: Place = None
    minor: Annotated[bool | None, Field(description="Whether the mentee is under 18; leave it out if that is not known.")] = None


class SearchIn(Strict):
    query: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
        Field(description="The situation in a mentor's words; without names."),
    ]
    stage: Literal["trust", "application", "growth"] | None = None
    audience: Literal["adult", "youth"] | None = None
    label: Annotated[Label | None, Field(description="Only guidance that serves this label, as expectation.pace.")] = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5


class ResourcesIn(Strict):
    region: Place = None
    concern: Annotated[
        str | None,
        StringConstraints(pattern="^[a-z_]{1,40}$"),
        Field(description="Such as suicide, crisis, domestic_violence, mental_health, substance_use, debt, housing, youth."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=50)] = 10


class PairIn(Strict):
    pair: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z_-]{1,40}$"), Field(description="The pair's id.")]


class SessionIn(Strict):
    text: Text
    on: Annotated[date | None, Field(description="The day of the session, such as 2026-03-14.")] = None


class NotesIn(Strict):
    notes: Annotated[list[SessionIn], Field(min_length=1, max_length=30, description="One pair's notes, the earliest first.")]


class FlagsIn(Strict):
    level: list[Literal["watch", "concern", "urgent", "emergency"]] = Field(default=[])
    state: list[Literal["open", "claimed", "decided"]] = Field(default=["open", "claimed"])
    cursor: Annotated[str | None, StringConstraints(max_length=100), Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


def _object(properties: Mapping[str, Any], *optional: str) -> Schema:
    """An object that may have more fields than these: newer versions add some, and none goes."""
    return {"type": "object", "properties": dict(properties), "required": [n for n in properties if n not in optional]}


def _of(kind: Any) -> Schema:
    return TypeAdapter(kind).json_schema(mode="serialization", ref_template="#/$defs/{model}")


def _rows(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}


WORDS: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
HELP = ("id", "name", "regions", "languages")
"""What every help service has; a program's own has little more."""


@cache
def report() -> Schema:
    """The object of docs/report-contract.md. Its `$defs` belong at the root of the schema that it stands in."""
    made = _of(Report)
    known, defs = made["properties"], made["$defs"]
    for inner in ("explicit", "certain"):  # what the report keeps to itself
        del defs["Signal"]["properties"][inner]
    for name in ("Resource", "Referral", "SecondReading", "WholeNote"):
        defs.pop(name)
    defs["Help"] = help_service()
    defs["Help"]["properties"] |= {"why": WORDS, "caveat": MAYBE}
    parts = ("signals", "uncertain", "expectations", "follow_ups", "guidance", "handoff", "corrections")
    properties = {
        "id": WORDS,
        "language": WORDS,
        "coverage": _object({"read": known["read"], "reason": MAYBE}),
        "triage": known["triage"],
        "stage": known["stage"],
        **{name: {k: v for k, v in known[name].items() if k != "default"} for name in parts},
        "resources": _rows("Help"),
        "model": _object({"name": WORDS, "version": WORDS}),
        "language_model": {"type": "object"},
        "whole_note": {"type": "object"},
        "set_aside": _rows("Signal"),
    }
    return {**_object(properties, "language_model", "whole_note", "set_aside"), "$defs": defs}


def help_service() -> Schema:
    """A help service, as a list of them shows it."""
    fields = _of(Resource)["properties"]
    return {"type": "object", "properties": fields, "required": list(HELP)}


def analysis() -> Schema:
    """A report with who was told of it, and what is not known and would change the help shown."""
    inner = dict(report())
    defs = inner.pop("$defs")
    return {**_object({"report": inner, "told": WORDS, "missing": MAYBE}), "$defs": defs}


def hits() -> Schema:
    properties = {"results": _rows("GuidanceHit"), "refused": {"type": "boolean"}}
    hit = _of(GuidanceHit)
    return {**_object(properties), "$defs": {**hit.pop("$defs"), "GuidanceHit": hit}}


def services() -> Schema:
    return {**_object({"resources": _rows("Help")}), "$defs": {"Help": help_service()}}


def brief() -> Schema:
    """The plan of a session, in the rules' own words."""
    made = dict(_of(Brief))
    made["properties"] = {name: field for name, field in made["properties"].items() if name != "rephrased"}
    made["required"] = [name for name in made.get("required", ()) if name != "rephrased"]
    return made
