"""The staff's pages: the desk and a flag."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.accounts.service import members, roles
from api.db.models import Flag, Person
from api.deps import Principal, Service, signed_in
from api.errors import Problem, Unreadable
from api.live import Bell
from api.notes import service as notes
from api.notes.schemas import OpenIn
from api.reviews import service
from api.reviews.batch import decide_several, is_low
from api.reviews.full import full
from api.reviews.schemas import CommentIn, DecideIn, FlagOut, HandOverIn, ReopenIn, Seen, SeveralIn
from api.reviews.undo import undo, undoable
from api.samples import service as samples
from api.services import Services
from api.web import words
from api.web.behind import behind
from api.web.pages import page, to
from api.web.view import view
from api.web.viewer import Form, Looking, Viewer, field, member

router = APIRouter(include_in_schema=False)
STAFF = ("staff", "admin")
SECONDS = 5.0
"""How often an open desk looks for what is new by itself: it looks at once when the bell rings (api/live.py)."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the desk shows, as it stands in the address: state, level, one's own, where a page begins."""

    state: str = ""
    level: str = ""
    mine: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Filters":
        """From the hidden fields of a form."""
        return cls(**{name: field(given, name) or "" for name in ("state", "level", "mine", "cursor")})

    @property
    def address(self) -> str:
        """The desk with these filters."""
        chosen = {name: value for name, value in asdict(self).items() if value}
        return f"/flags?{urlencode(chosen)}" if chosen else "/flags"

    def wanted(self, who: Principal) -> dict[str, list[str]]:
        """For service.page."""
        return {
            "level": [self.level] if self.level in words.LEVELS else [],
            "state": [self.state] if self.state in words.FLAG_STATES else ([] if self.state == "all" else ["open", "claimed"]),
            "holder": [who.person or ""] if self.mine else [],
            "pair": [],
        }


@router.get("/flags")
def desk(
    request: Request, looking: Looking, at: Service, filters: Annotated[Filters, Depends(Filters)], done: str = ""
) -> Response:
    """By what is due first. The filters live in the address. `done` is the flag that was just decided."""
    return _desk(request, looking, at, filters, done=done)


def _desk(
    request: Request,
    looking: Viewer,
    at: Services,
    filters: Filters,
    *,
    done: str = "",
    faults: Sequence[str] = (),
    status: int = 200,
) -> Response:
    who = member(looking, *STAFF)
    with at.database.read(who.program) as session:
        found, more = service.page(session, who, filters.wanted(who), filters.cursor or None, 50)
        flags = [service.shown(f, at.clock()) for f in found]
        return page(
            request,
            looking,
            "desk.html",
            status,
            flags=flags,
            batch=[f.id for f in flags if _low(f, who)],
            undo=_undo(at, session, who, done),
            faults=faults,
            more=replace(filters, cursor=more).address if more else None,
            filters=filters,
            names=names_of(session),
            sampled=len(samples.waiting(at, session, who)),
            count=_count(session, who),
            phrases_alone=request.app.state.health.reader() is not None,
        )


def _low(flag: FlagOut, who: Principal) -> bool:
    """Whether it may be decided together with others."""
    return flag.state != "decided" and is_low(flag.level) and flag.holder in (None, who.person)


def _undo(at: Services, session: Session, who: Principal, ident: str) -> FlagOut | None:
    """The flag whose last act the reader may take back; taking a flag has its own way back on the page."""
    flag = session.execute(select(Flag).where(Flag.id == ident)).scalar_one_or_none() if ident else None
    act = undoable(at, session, who, flag) if flag else None
    return service.shown(flag, at.clock()) if flag and act and act.kind != "claimed" else None


@router.post("/flags/batch")
def several(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """The ticked flags, with one decision and one reason; what could not be decided is said, the rest is done."""
    who, filters = member(looking, *STAFF), Filters.of(given)
    try:
        ticked = [str(value).partition("~") for value in given.getlist("flag")]
        flags = [Seen(id=ident, version=int(version)) for ident, _, version in ticked]
        one = SeveralIn(flags=flags, decision=given.get("decision"), reason=field(given, "reason") or "")  # type: ignore[arg-type]
    except (ValidationError, ValueError):
        fault = "Tick at least one flag, and give a decision and a reason."
        return _desk(request, looking, at, filters, faults=[fault], status=422)
    outcome = decide_several(at, who, one.flags, DecideIn(decision=one.decision, reason=one.reason))
    faults = [one.fault for one in outcome if one.fault]
    return _desk(request, looking, at, filters, faults=faults, status=409) if faults else to(filters.address)


def names_of(session: Session) -> dict[str, str]:
    return {person.id: person.name for person, _ in members(session)}


def _count(session: Session, who: Principal) -> str:
    """Changes when a flag that the reader may see comes or changes: what an open desk compares."""
    what = select(func.count(Flag.id), func.coalesce(func.sum(Flag.version), 0)).select_from(Flag)
    total, versions = session.execute(what.where(service.not_about(who))).one()
    return f"{total}.{versions}"


@router.get("/flags/events")
async def events(request: Request, looking: Looking, at: Service) -> Response:
    """Server-sent events: one each time that something on the desk has changed. No word of any note."""
    who, bell = member(looking, *STAFF), cast(Bell, request.app.state.bell)

    async def stream() -> AsyncIterator[str]:
        last = ""
        while not await request.is_disconnected():
            now = await asyncio.to_thread(_counted, at, who, looking.hashed)
            if now is None:
                return
            if now != last:
                last = now
                yield f"data: {now}\n\n"
            else:
                yield ": still here\n\n"  # so that a proxy does not take the stream for dead, nor we a desk that has gone
            await bell.wait(who.program, SECONDS)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _counted(at: Services, who: Principal, hashed: str) -> str | None:
    """None once the session has ended, or the role: the stream ends with it."""
    with at.database.read(who.program) as session:
        if signed_in(at, session, hashed) is None or not roles(session, who.person or "") & set(STAFF):
            return None
        return _count(session, who)


@router.get("/flags/{ident}")
def flag(ident: str, request: Request, looking: Looking, at: Service, done: str = "") -> Response:
    """Evidence and what was done; opening it counts as the first look. `done` is the flag that was decided before this one."""
    return _flag(ident, request, looking, at, done=done)


def _flag(
    ident: str, request: Request, looking: Viewer, at: Services, fault: str = "", status: int = 200, done: str = ""
) -> Response:
    who = member(looking, *STAFF)
    with at.database.write(who.program) as session:
        found = service.of(session, who, ident, lock=True)
        service.looked_at(at, session, found)
        at.trail.record(session, who.actor, "flag_seen", f"flag:{ident}", who.program)
        names = names_of(session)
        author = session.get(Person, found.author_id) if found.author_id else None
        return page(
            request,
            looking,
            "flag.html",
            status,
            flag=full(at, session, found),
            names=names,
            author=author.name if author else "",
            colleagues=[(i, n) for i, n in names.items() if i != who.person],
            history=_history(session, who, found),
            behind=behind(at, session, found),
            undo=_undo(at, session, who, done or ident),
            fault=fault,
        )


def _history(session: Session, who: Principal, flag: Flag) -> dict[str, int]:
    """Earlier flags of the pair, by level: numbers alone."""
    if flag.pair_id is None:
        return {}
    others = (Flag.pair_id == flag.pair_id, Flag.id != flag.id, service.not_about(who))
    query = select(Flag.level, func.count()).where(*others).group_by(Flag.level)
    return dict(session.execute(query).all())


@router.post("/flags/{ident}/{act}")
def change(ident: str, act: str, request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """One act on a flag, on the version that was seen. A fault gives the flag's page again."""
    who = member(looking, *STAFF)
    try:
        if act == "open":
            return _opened(ident, request, looking, at, given)
        with at.database.write(who.program) as session:
            _act(at, session, who, ident, act, given)
            after = service.next_up(session, who, ident) if act == "decide" else ident
    except (ValidationError, ValueError):
        return _flag(ident, request, looking, at, "A reason is needed, in a few words. Nothing was changed.", 422)
    except Problem as problem:
        if problem.status == 404:
            raise
        return _flag(ident, request, looking, at, problem.detail, problem.status)
    if act != "decide" or field(given, "decision") == "needs_more":
        return to(f"/flags/{ident}")
    return to(f"/flags/{after}?done={ident}" if after else f"/flags?done={ident}")


def _act(at: Services, session: Session, who: Principal, ident: str, act: str, given: Mapping[str, Any]) -> None:
    version = int(field(given, "version") or "0")
    reason = field(given, "reason") or ""
    match act:
        case "claim":
            service.claim(at, session, who, ident, version)
        case "release":
            service.release(at, session, who, ident, version)
        case "hand-over":
            over = HandOverIn(person=field(given, "person") or "", words=field(given, "reason"))
            service.hand_over(at, session, who, ident, version, over.person, over.words)
        case "decide":
            decision: Any = field(given, "decision")
            service.decide(
                at, session, who, ident, version, DecideIn(decision=decision, reason=reason, answer=field(given, "answer"))
            )
        case "undo":
            undo(at, session, who, ident, version)
        case "reopen":
            service.reopen(at, session, who, ident, version, ReopenIn(reason=reason).reason)
        case "comments":
            comment = CommentIn(words=reason, for_mentor=field(given, "for_mentor") == "on")
            service.comment(at, session, who, ident, version, comment.words, comment.for_mentor)
        case _:
            raise Unreadable("There is no such act.")


def _opened(ident: str, request: Request, looking: Viewer, at: Services, given: Mapping[str, Any]) -> Response:
    """The whole note, for a reason that is recorded and shown to the mentor."""
    who = member(looking, *STAFF)
    reason = OpenIn(reason=field(given, "reason") or "").reason
    with at.database.write(who.program) as session:
        found = service.of(session, who, ident)
        note = notes.open_note(at, session, who, found.note_id, reason)
    return page(request, looking, "opened.html", view=view(note.text, note.report), flag=ident)
