"""The mentor's pages: paste and read, a note, pairs, the next session."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.clock import new_id
from api.deps import Service
from api.errors import Conflict, Problem, Unauthorised, Unreadable
from api.notes import schemas
from api.notes import service as notes
from api.pairs import brief as briefs
from api.pairs import service as pairs
from api.pairs.schemas import EntryChange, PairIn, PairOut
from api.services import Services
from api.web import agreed, charts, words
from api.web.course import course, frequent
from api.web.language import Words, colon, library
from api.web.pages import choices, page, to, under
from api.web.view import view
from api.web.viewer import Form, Looking, Viewer, field, member
from coach import CoachError, Outgoing

router = APIRouter(include_in_schema=False)


@router.get("/")
def start(request: Request, looking: Looking, at: Service) -> Response:
    """One box. Signed out it reads and keeps nothing."""
    return _box(request, looking, at, {})


def _box(request: Request, looking: Viewer, at: Services, given: dict[str, Any], fault: str = "", status: int = 200) -> Response:
    return page(
        request,
        looking,
        "start.html",
        status,
        pairs=_pairs(at, looking),
        elsewhere=notes.asks_elsewhere(at, looking.principal),
        regions=choices(words.REGIONS, given.get("region") or ""),
        ages=choices(words.AGES, given.get("age") or "unknown"),
        given={"text": "", "pair": "", "day": "", "keep": "", **given},
        fault=fault,
        once=new_id(),
    )


def _pairs(at: Services, looking: Viewer) -> Sequence[PairOut]:
    """The mentor's own open pairs."""
    who = looking.principal
    if who is None or not who.has("mentor"):
        return []
    with at.database.read(who.program) as session:
        own = [p for p in pairs.every(session, who) if p.mentor_id == who.person and p.closed_at is None]
        return [pairs.shown(at, session, who, p) for p in own]


@router.post("/")
def read(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """Signed in as a mentor: keep the note, then show it. Otherwise: read it and forget it. A fault gives the words back."""
    text = given.get("text")
    fields = {name: field(given, name) or "" for name in ("pair", "day", "region", "age", "once", "keep")}
    fields["text"] = text if isinstance(text, str) else ""
    who = looking.principal
    keep = who is not None and who.has("mentor") and field(given, "forget") is None
    try:
        if field(given, "model") == "change":
            return _box(request, looking, at, fields)
        _as_meant(given, looking, keep)
        note, asked = _asked(fields, looking.zone)
        remote, first = agreed.decided(request, looking, at, given, fields["text"])
        if first is not None:
            return _first(request, looking, at, given, fields, keep, first)
        if keep and who is not None:
            kept = notes.store(at, who, note.model_copy(update={"remote_model": remote}), fields["once"] or None)
            return to(f"/notes/{kept.out.note.id}")
        found = notes.analyze(at, who, asked.model_copy(update={"remote_model": remote}))
    except (Problem, CoachError, ValueError) as error:
        status = error.status if isinstance(error, Problem) else 422
        return _box(request, looking, at, fields, _words(error), status)
    return page(
        request,
        looking,
        "report.html",
        view=view(fields["text"], found.report),
        report=found.report,
        told=found.told.line,
        missing=found.missing,
        note=None,
        remind=None,
        stored=False,
        flag=None,
        opened=[],
    )


def _asked(fields: Mapping[str, str], zone: str) -> tuple[schemas.NoteIn, schemas.AnalyzeIn]:
    """The form as a note to keep, and as one to read and forget. Raises Unreadable and ValueError."""
    text, region, minor = fields["text"] or " ", fields["region"] or None, _minor(fields["age"])
    day, pair = _day(fields["day"], zone), fields["pair"] or None
    note = schemas.NoteIn(text=text, pair=pair, region=region, minor=minor, occurred_at=day)
    return note, schemas.AnalyzeIn(text=text, region=region, minor=minor)


def _first(
    request: Request, looking: Viewer, at: Services, given: Mapping[str, Any], fields: dict[str, str], keep: bool, what: Outgoing
) -> Response:
    """What would leave, before it does. The note itself goes with the form and is stored nowhere."""
    carried = {**fields, "program": field(given, "program") or "", "forget": "" if keep or not fields["keep"] else "1"}
    changed = field(given, "model") == "agree"
    bound, cookie = agreed.bound_to(request, looking, at)
    mark = agreed.mark(at, bound, what)
    answer = page(request, looking, "outgoing.html", what=what, carried=carried, keeps=keep, changed=changed, mark=mark)
    if cookie:
        agreed.remember(at, answer, cookie)
    return answer


def _as_meant(given: Mapping[str, Any], looking: Viewer, keep: bool) -> None:
    """A form that was to keep the note never only reads it, nor keeps it elsewhere. Raises Unauthorised or Conflict."""
    if field(given, "keep") is None or field(given, "forget") is not None:
        return
    if not keep:
        raise Unauthorised("Your session has ended, so the note was not kept. Sign in in another window, then send this again.")
    meant = field(given, "program")
    if looking.principal is not None and meant and meant != looking.principal.program:
        raise Conflict("You have changed to another program since this page was loaded. Change back, then send this again.")


def _words(error: Exception) -> str:
    if isinstance(error, Problem):
        return error.detail
    return error.message if isinstance(error, CoachError) else "Please check the form."


def _minor(age: str) -> bool | None:
    return {"minor": True, "adult": False}.get(age)


def _day(text: str, zone: str) -> datetime | None:
    """Noon of a day in the program's time zone, so that it is the same day for everybody near."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unreadable("The day of the session is not a date. Write it like 2026-03-14, or leave it out.") from None
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))


@router.get("/notes")
def my_notes(request: Request, looking: Looking, at: Service) -> Response:
    who = member(looking, "mentor")
    with at.database.read(who.program) as session:
        found = notes.listing(session, who, None, None, 50)
    return page(request, looking, "notes.html", notes=found, names={p.id: p.mentee for p in _pairs(at, looking)})


@router.get("/notes/{ident}")
def note(ident: str, request: Request, looking: Looking, at: Service) -> Response:
    """One's own note with its report, its flag's state and who opened it."""
    who = member(looking, "mentor")
    with at.database.read(who.program) as session:
        found = notes.full(at, session, who, ident)
    return page(
        request,
        looking,
        "report.html",
        view=view(found.text, found.report),
        report=found.report,
        told=found.told.line,
        remind=found.told.remind,
        missing=found.missing,
        note=found.note,
        stored=True,
        flag=found.flag,
        opened=found.opened,
    )


@router.post("/notes/{ident}/feedback")
def feedback(ident: str, looking: Looking, at: Service, given: Form) -> Response:
    """Right, wrong, or missed with the words that were missed."""
    who = member(looking, "mentor")
    version, signal = field(given, "version") or "1", field(given, "signal")
    try:
        verdict = schemas.FeedbackIn(
            report_version=int(version),
            verdict=field(given, "verdict") or "",  # type: ignore[arg-type]
            signal=int(signal) if signal else None,
            label=field(given, "label"),
            quote=field(given, "quote"),
        )
    except ValueError:
        raise Unreadable("Say what was missed: its words from the note, and what they show.") from None
    with at.database.write(who.program) as session:
        notes.add_feedback(at, session, who, ident, verdict)
    return to(f"/notes/{ident}?thanks=1#seen")


@router.get("/pairs")
def my_pairs(request: Request, looking: Looking, at: Service) -> Response:
    member(looking, "mentor")
    return page(
        request,
        looking,
        "pairs.html",
        pairs=_pairs(at, looking),
        regions=choices(words.REGIONS, ""),
        ages=choices(words.AGES, "unknown"),
    )


@router.post("/pairs")
def add_pair(looking: Looking, at: Service, given: Form) -> Response:
    who = member(looking, "mentor")
    try:
        made = PairIn(
            mentee=field(given, "mentee") or "",
            age_group=field(given, "age") or "unknown",  # type: ignore[arg-type]
            region=field(given, "region"),
        )
    except ValueError:
        raise Unreadable("Give the mentee a pseudonym of up to a hundred letters.") from None
    with at.database.write(who.program) as session:
        return to(f"/pairs/{pairs.add(at, session, who, made).id}")


@router.get("/pairs/{ident}")
def pair(ident: str, request: Request, looking: Looking, at: Service) -> Response:
    """The next session, the ledger of expectations, follow-ups, and the notes so far."""
    who = member(looking, "mentor")
    with at.database.read(who.program) as session:
        found = pairs.own(session, who, ident)
        ledger = pairs.ledger(at, session, who, ident)
        points = course(session, who, ident, ledger, looking.zone)
        return page(
            request,
            looking,
            "pair.html",
            pair=pairs.shown(at, session, who, found),
            brief=briefs.brief(at, session, who, ident, ledger),
            ledger=[e for e in ledger if e.state != "closed"],
            follow_ups=pairs.follow_ups(at, session, who, ident, "open")[::-1],
            points=points[::-1],
            size=charts.course_size(len(frequent(points))),
        )


@router.post("/pairs/{ident}/ledger/{entry}")
def change_entry(ident: str, entry: str, looking: Looking, at: Service, given: Form) -> Response:
    who = member(looking, "mentor")
    try:
        change = EntryChange(state=field(given, "state") or "", statement=field(given, "statement"))  # type: ignore[arg-type]
        version = int(field(given, "version") or "")
    except ValueError:
        raise Unreadable("Choose how this expectation stands.") from None
    with at.database.write(who.program) as session:
        pairs.change_entry(at, session, who, ident, entry, change, version)
    return to(f"/pairs/{ident}#expectations")


@router.post("/pairs/{ident}/follow-ups/{follow_up}")
def change_follow_up(ident: str, follow_up: str, looking: Looking, at: Service, given: Form) -> Response:
    who = member(looking, "mentor")
    state, version = field(given, "state"), field(given, "version") or ""
    if state not in ("done", "dropped", "open") or not version.isdecimal():
        raise Unreadable("Say whether it is done or dropped.")
    with at.database.write(who.program) as session:
        pairs.change_follow_up(at, session, who, follow_up, state, int(version))
    return to(f"/pairs/{ident}#open")


@router.get("/pairs/{ident}/brief.md")
def brief_text(ident: str, looking: Looking, at: Service) -> Response:
    """The brief as Markdown, to copy."""
    who = member(looking, "mentor")
    with at.database.read(who.program) as session:
        found = briefs.brief(at, session, who, ident, pairs.ledger(at, session, who, ident))
    return PlainTextResponse(
        _markdown(found, looking.language), media_type="text/markdown; charset=utf-8", headers=under("brief.md")
    )


def _markdown(brief: dict[str, Any], language: str) -> str:
    _, say = Words(language).gettext, library(language).say
    lines = [f"# {_('The next session')}", ""]
    lines += [f"{n}. {say(text)}" for n, text in enumerate(brief["agenda"], 1)]
    standing = [_standing(e, language) for e in brief["expectations"]]
    for title, rows in (
        ("Expectations", standing),
        ("Not yet done", brief["open"]),
        ("Not spoken of again", brief["dropped"]),
        ("What has changed", [*brief["changes"], *([brief["quiet"]] if brief["quiet"] else [])]),
    ):
        if rows:
            lines += ["", f"## {_(title)}", *(f"- {say(row)}" for row in rows)]
    return "\n".join(lines) + "\n"


def _standing(e: dict[str, Any], language: str) -> str:
    if language == "en":
        return f"{e['holder']}: {e['statement']} ({words.of(words.STATES, e['state'])})"
    _ = Words(language).gettext
    holder, state = _(words.HOLDERS[e["holder"]]), _(words.of(words.STATES, e["state"]))
    return f"{holder}{colon(language)} {library(language).say(e['statement'])} ({state})"


@router.get("/pairs/{ident}/next.ics")
def calendar(ident: str, looking: Looking, at: Service, on: str = "", minutes: int = 60) -> Response:
    """An hour for the next session, for a calendar. It names nobody and holds no words of a note."""
    who = member(looking, "mentor")
    with at.database.read(who.program) as session:
        pairs.own(session, who, ident)
    try:
        start = datetime.fromisoformat(on).replace(tzinfo=ZoneInfo(looking.zone)).astimezone(UTC)
    except ValueError:
        raise Unreadable("Choose a day and an hour.") from None
    end = start + timedelta(minutes=max(5, min(minutes, 600)))
    stamp = at.clock().astimezone(UTC)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Conversation coach//EN",
        "BEGIN:VEVENT",
        f"UID:{ident}-{start:%Y%m%dT%H%M}@coach",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        "SUMMARY:Mentoring session",
        f"URL:{at.settings.public_url}/pairs/{ident}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return Response("\r\n".join(lines), media_type="text/calendar; charset=utf-8", headers=under("next.ics", kept=True))
