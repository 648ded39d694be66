"""The service behind the protocol, for the holder of an API key: the functions of its own routes, and the scopes of those."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import BaseModel

from api.accounts.service import program_of, rules_of
from api.deps import Principal
from api.errors import Forbidden, Problem
from api.library import service as library
from api.notes import service as notes
from api.notes.schemas import AnalyzeIn
from api.pairs import brief as briefs
from api.pairs import service as pairs
from api.plugins.mcp import shapes
from api.plugins.mcp.local import ANALYZE, FIND, LIMITS, PLAN, SEARCH, asked, nearest
from api.plugins.mcp.tools import DATA, Desk, Lane, Refused, Tool
from api.reviews import service as reviews
from api.reviews.schemas import FlagPage
from api.services import Services
from coach import Settings

A = TypeVar("A", bound=BaseModel)

ONWARD = (
    "The client that calls this passes the text, and what comes back, onward to whatever language model it uses and to whoever "
    "runs that: only where the program and the mentee agreed to it."
)
FLAGS = "Lists the flags of the program, those due first, without words of notes. A flag is decided by a signed-in person, never here."


def desk(at: Services) -> Desk:
    """`analyze_note` leaves one of the service's own readers free, so that this door never holds up the others."""
    onward = f"{ONWARD} {DATA}"

    def tool(
        name: str,
        title: str,
        words: str,
        takes: type[A],
        gives: Mapping[str, Any],
        run: Callable[[Services, Principal, A], Mapping[str, Any]],
        scope: str | None,
    ) -> Tool:
        return Tool(name, title, words, takes, gives, _told(at, run), scope, slow=name == "analyze_note")

    tools = (
        tool(
            "analyze_note",
            "Read a note",
            f"{ANALYZE} Nothing is stored and nobody is told. {onward}",
            shapes.NoteIn,
            shapes.analysis(),
            _analyze,
            "analyze",
        ),
        tool("search_guidance", "Search guidance", f"{SEARCH} {ONWARD}", shapes.SearchIn, shapes.hits(), _search, None),
        tool("find_resources", "Find help services", FIND, shapes.ResourcesIn, shapes.services(), _find, None),
        tool(
            "next_session_brief",
            "Plan the next session",
            f"{PLAN} From what the service has of the pair. {onward}",
            shapes.PairIn,
            shapes.brief(),
            _brief,
            "notes:read",
        ),
        tool("list_flags", "List flags", f"{FLAGS} {ONWARD}", shapes.FlagsIn, FlagPage.model_json_schema(), _flags, "flags:read"),
    )
    return Desk(
        tools=tools,
        cards=lambda: at.guidance.cards,
        ask=lambda note: asked(Settings(), note),
        instructions=f"Reads mentors' notes of sessions. {LIMITS} {onward}",
        slow=Lane("mcp-slow", max(1, at.settings.analysis_workers - 1)),
        quick=Lane("mcp", 4),
        prompt_scope="analyze",
    )


def enter(at: Services, who: Principal) -> None:
    """Raises Forbidden for people, and where the key's program has not opened this door."""
    if who.key is None:
        raise Forbidden("This is for API keys: Authorization: Bearer ck_...")
    with at.database.read(who.program) as session:
        if "mcp" not in rules_of(program_of(session, who.program)).doors:
            raise Forbidden(
                "The program has not opened this door. An admin opens it: `doors` in the program's rules.", code="door_shut"
            )


def may(who: Principal, scope: str | None) -> bool:
    return scope is None or scope in who.scopes


def _told(
    at: Services, run: Callable[[Services, Principal, A], Mapping[str, Any]]
) -> Callable[[Principal, A], Mapping[str, Any]]:
    """A problem of the service's becomes a refusal in its own words, which hold nothing of a note."""

    def call(who: Principal, given: A) -> Mapping[str, Any]:
        try:
            return run(at, who, given)
        except Problem as problem:
            raise Refused(problem.detail) from None

    return call


def _analyze(at: Services, who: Principal, given: shapes.NoteIn) -> Mapping[str, Any]:
    made = notes.analyze(at, who, AnalyzeIn(text=given.text, region=given.region, minor=given.minor))
    return {"report": made.report, "told": made.told.line, "missing": made.missing}


def _search(at: Services, who: Principal, given: shapes.SearchIn) -> Mapping[str, Any]:
    found = library.found(at, who, given.query, given.limit, given.stage, given.audience, given.label)
    return {"results": [asdict(hit) for hit in found], "refused": not found}


def _find(at: Services, who: Principal, given: shapes.ResourcesIn) -> Mapping[str, Any]:
    """The program's own services come first, and its region holds where none is given."""
    with at.database.read(who.program) as session:
        program = program_of(session, who.program)
    region = given.region or program.region
    found = nearest(library.in_use(at, region), region, given.concern, given.limit)
    return notes.with_own({"resources": found}, program)


def _brief(at: Services, who: Principal, given: shapes.PairIn) -> Mapping[str, Any]:
    with at.database.read(who.program) as session:
        made = briefs.brief(at, session, who, given.pair, pairs.ledger(at, session, who, given.pair))
    return {name: value for name, value in made.items() if name != "rephrased"}  # the service has no words reworded


def _flags(at: Services, who: Principal, given: shapes.FlagsIn) -> Mapping[str, Any]:
    filters: dict[str, Sequence[str]] = {"level": given.level, "state": given.state}
    with at.database.read(who.program) as session:
        found, more = reviews.page(session, who, filters, given.cursor, given.limit)
        page = FlagPage(flags=[reviews.shown(flag, at.clock()) for flag in found], next=more)
    return page.model_dump(mode="json")
