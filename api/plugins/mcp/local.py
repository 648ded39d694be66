"""The library alone behind the protocol: one person on an own machine, nothing stored, nobody told."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cached_property
from typing import Any

from api.plugins.mcp import shapes
from api.plugins.mcp.tools import DATA, Desk, Lane, Tool
from coach import (
    Briefs,
    Coach,
    Guidance,
    Note,
    Resource,
    Resources,
    Session,
    Settings,
    load,
    load_briefs,
    load_guidance,
    load_prompt,
    rank,
    to_dict,
)

STAYS = (
    "The coach runs on this machine and keeps nothing; it sends nothing anywhere, unless its owner set up a language model elsewhere. "
    "What the client does with the text is the client's."
)
NOBODY = "Nobody has been told: nothing is stored here. If somebody may be in danger now, call the emergency number first."
LIMITS = "It is no diagnosis, and a calm report does not mean that somebody is safe."
ANALYZE = (
    "Reads the note of a mentoring session: what is unspoken, signs of distress with the words that gave them away, how the "
    "relationship stands, what to do next, who could help."
)
SEARCH = (
    "Finds guidance for a situation between mentor and mentee; each hit names its source. A card is read at coach://guidance/ID."
)
FIND = "Lists help services (crisis lines, shelters, advice) of a region, nearest first, with source and date."
PLAN = "Plans a pair's next session: what is unspoken, open or dropped, what has changed, an agenda."


class Library:
    """Parts load at their first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def coach(self) -> Coach:
        return load(self._settings)

    @cached_property
    def guidance(self) -> Guidance:
        return load_guidance(self._settings)

    @cached_property
    def resources(self) -> Resources:
        return Resources(self._settings.resources_dir, self._settings.resources_extra)

    @cached_property
    def briefs(self) -> Briefs:
        return load_briefs(self._settings)

    def analyze_note(self, _: None, given: shapes.NoteIn) -> Mapping[str, Any]:
        report = to_dict(self.coach.analyze(Note("note", given.text, given.region, given.minor)))
        return {"report": report, "told": NOBODY, "missing": _missing(given, report)}

    def search_guidance(self, _: None, given: shapes.SearchIn) -> Mapping[str, Any]:
        found = self.guidance.search(given.query, given.limit, given.stage, given.audience, label=given.label)
        return {"results": [asdict(hit) for hit in found], "refused": not found}

    def find_resources(self, _: None, given: shapes.ResourcesIn) -> Mapping[str, Any]:
        return {"resources": nearest(self.resources.in_use(given.region), given.region, given.concern, given.limit)}

    def next_session_brief(self, _: None, given: shapes.NotesIn) -> Mapping[str, Any]:
        reports = [self.coach.analyze(Note(f"note-{n}", s.text)) for n, s in enumerate(given.notes, 1)]
        sessions = [Session(report, s.on) for report, s in zip(reports, given.notes, strict=True)]
        made = asdict(self.briefs.brief(sessions))
        return {name: value for name, value in made.items() if name != "rephrased"}


def desk(settings: Settings) -> Desk:
    """Four tools, no flags: those are the service's."""
    at = Library(settings)
    private = f"{STAYS} {DATA}"
    tools = (
        Tool("analyze_note", "Read a note", f"{ANALYZE} {private}", shapes.NoteIn, shapes.analysis(), at.analyze_note, slow=True),
        Tool("search_guidance", "Search guidance", SEARCH, shapes.SearchIn, shapes.hits(), at.search_guidance),
        Tool("find_resources", "Find help services", FIND, shapes.ResourcesIn, shapes.services(), at.find_resources),
        Tool(
            "next_session_brief",
            "Plan the next session",
            f"{PLAN} From the notes of the sessions before, the earliest first. {private}",
            shapes.NotesIn,
            shapes.brief(),
            at.next_session_brief,
            slow=True,
        ),
    )
    return Desk(
        tools=tools,
        cards=lambda: at.guidance.cards,
        ask=lambda note: asked(settings, note),
        instructions=f"Reads mentors' notes of sessions. {LIMITS} {private}",
        slow=Lane("mcp-slow", 1),
        quick=Lane("mcp", 2),
    )


def nearest(found: Iterable[Resource], region: str | None, concern: str | None, limit: int) -> list[dict[str, Any]]:
    """Those for a concern: the region's own before its country's, those before the international ones."""

    def distance(one: Resource) -> int:
        return 0 if region in one.regions else 1 if "INTERNATIONAL" not in one.regions else 2

    fitting = [r for r in found if concern is None or concern in r.concerns]
    return [asdict(r) for r in sorted(fitting, key=distance)[:limit]]


def asked(settings: Settings, note: str) -> str:
    """What a language model is asked about a note, as one message. Raises CoachError where Jinja is missing."""
    return "\n\n".join(message.content for message in load_prompt(settings).messages(note))


def _missing(given: shapes.NoteIn, report: Mapping[str, Any]) -> str | None:
    if rank(report["triage"]["level"]) < rank("concern"):
        return None
    lacking = [name for name, value in (("region", given.region), ("minor", given.minor)) if value is None]
    return f"Not known, and it would change the help shown: {' and '.join(lacking)}." if lacking else None
