"""A note comes in: read, and, where it is to be kept, stored with its report, its flag and its alerts in one transaction."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.accounts.service import program_of, rules_of
from api.alerts.service import told as told_line
from api.clock import new_id
from api.db.models import Feedback, Flag, Note, Pair, Program, StoredReport
from api.deps import Principal
from api.errors import Conflict, NotFound, Unreadable
from api.handbook import service as handbooks
from api.notes import schemas
from api.notes.analyst import Outcome
from api.pairs.service import is_held, is_theirs, keep_advice, open_for, own
from api.plugins.webhooks import outbox as webhooks
from api.reviews import service as reviews
from api.rules import rank_of
from api.samples import service as samples
from api.sealed import note_text, report_body
from api.security import keyed_hash
from api.services import Services
from api.vault import Erased
from coach import CoachError, Outgoing, to_dict
from coach import Note as Given

REMIND = "Tell your mentee that program staff will see the sentences that worried you, not the whole note, and why."
LONGEST_PAUSE = 3600
NOT_STORED = "Nobody has been told: this note was not stored."


class Kept(NamedTuple):
    """A stored note; `replayed` where this very request had been served before."""

    out: schemas.StoredOut
    replayed: bool


def analyze(at: Services, who: Principal | None, given: schemas.AnalyzeIn) -> schemas.Analyzed:
    """A report, and nothing stored. Without a principal it is that of no program: no region and no services of its own."""
    region, program = given.region, None
    if who is not None:
        with at.database.read(who.program) as session:
            program = program_of(session, who.program)
        region = region or program.region
    book = handbooks.for_notes(at, who.program) if who else None
    remote = given.remote_model and may_ask(program)
    outcome = at.analyst.analyze(Given(given.id, given.text, region, given.minor), _dialled(program), book, remote=remote)
    report = to_dict(outcome.report)
    report = with_own(report, program) if program else report
    _count(at, report, stored=False)
    told = schemas.Told(line=NOT_STORED, alerted=0, deadline=None)
    return schemas.Analyzed(report=report, told=told, missing=missing(report, region, given.minor))


def outgoing(at: Services, who: Principal | None, text: str) -> Outgoing | None:
    """What the language model elsewhere would be sent about a note, word for word; None where it would not be asked."""
    program = None
    if who is not None:
        with at.database.read(who.program) as session:
            program = program_of(session, who.program)
    try:
        return at.analyst.coach.outgoing(text) if may_ask(program) else None
    except CoachError:  # what cannot be shown is not sent
        return None


def asks_elsewhere(at: Services, who: Principal | None) -> bool:
    """Whether a language model elsewhere may be asked about a note."""
    return outgoing(at, who, ".") is not None


def may_ask(program: Program | None) -> bool:
    """Whether a language model elsewhere may be asked: of no program, by the service's settings; else if its admin allowed it."""
    return program is None or rules_of(program).remote_model


def _dialled(program: Program | None) -> float | None:
    """The program's place of the alarm dial; None where there is no program."""
    return rules_of(program).urgent_alarms if program else None


def with_own(report: dict[str, Any], program: Program) -> dict[str, Any]:
    """The report with the program's own services before the others, where any help is listed; an emergency number stays ahead."""
    own = [
        {
            **s.model_dump(),
            "id": f"program-{n}",
            "regions": [],
            "languages": [],
            "why": "Your program's own.",
            "verified_on": None,
        }
        for n, s in enumerate(rules_of(program).services, 1)
    ]
    lead = 1 if report.get("triage", {}).get("level") == "emergency" else 0
    given = report["resources"]
    return {**report, "resources": [*given[:lead], *own, *given[lead:]]} if given else report


def missing(report: Mapping[str, Any], region: str | None, minor: bool | None) -> str | None:
    """What is not known and matters at this level."""
    if rank_of(report["triage"]["level"]) < rank_of("concern"):
        return None
    lacking = [
        words for words, value in (("the mentee's region", region), ("whether the mentee is under 18", minor)) if value is None
    ]
    if not lacking:
        return None
    return f"Not known: {' and '.join(lacking)}. Lines for adults and for young people are shown; use those that fit."


def store(at: Services, who: Principal, given: schemas.NoteIn, key: str | None) -> Kept:
    """Read and keep a note. Raises Conflict where `key` was used for another note, NotFound for a pair that is not one's own.

    The answer is given only after everything is stored: note, report, advice, flag, alerts and the record of it.
    """
    mark = _mark(at, who, given)
    if key and (found := _again(at, who, key, mark)):
        return Kept(found, True)
    with at.database.read(who.program) as session:
        pair = open_for(session, who, given.pair, lock=False) if given.pair else None
        program = program_of(session, who.program)
    ident = new_id()
    region = given.region or (pair.region if pair else None) or program.region
    minor = given.minor if given.minor is not None else _minor(pair)
    own, remote = handbooks.for_notes(at, who.program), given.remote_model and may_ask(program)
    outcome = at.analyst.analyze(Given(ident, given.text, region, minor), _dialled(program), own, remote=remote)
    try:
        with at.database.write(who.program) as session:
            out = _keep(at, session, who, given, ident, pair, region, minor, outcome, key, mark)
    except IntegrityError:
        if key and (found := _again(at, who, key, mark)):  # the same request came twice at once
            return Kept(found, True)
        raise
    _count(at, out.report, stored=True)
    return Kept(out, False)


def _minor(pair: Pair | None) -> bool | None:
    return {"minor": True, "adult": False}.get(pair.age_group) if pair else None


def _mark(at: Services, who: Principal, given: schemas.NoteIn) -> str:
    with at.database.read(who.program) as session:
        return keyed_hash(at.vault.secret(session, "marks"), given.model_dump_json(exclude={"remote_model"}))


def _again(at: Services, who: Principal, key: str, mark: str) -> schemas.StoredOut | None:
    with at.database.read(who.program) as session:
        note = session.execute(select(Note).where(Note.idempotency_key == _owned(who, key))).scalar_one_or_none()
        if note is None:
            return None
        if note.fingerprint != mark:
            raise Conflict("This Idempotency-Key was used for another note. Use a new one.", code="idempotency_mismatch")
        return stored_out(at, session, note, reviews.flag_of_note(session, note.id))


def _owned(who: Principal, key: str) -> str:
    """Keys of two clients never meet."""
    return f"{who.actor}:{key}"


def _keep(
    at: Services,
    session: Session,
    who: Principal,
    given: schemas.NoteIn,
    ident: str,
    pair: Pair | None,
    region: str | None,
    minor: bool | None,
    outcome: Outcome,
    key: str | None,
    mark: str,
) -> schemas.StoredOut:
    pair = open_for(session, who, pair.id) if pair else None
    now, program = at.clock(), program_of(session, who.program)
    key_id, seal = at.vault.create(session, who.program)
    note = Note(
        id=ident,
        program_id=who.program,
        pair_id=pair.id if pair else None,
        author_id=who.person or (pair.mentor_id if pair else None),
        key_id=key_id,
        text=seal.seal(given.text, f"note:{ident}"),
        region=region,
        minor=minor,
        occurred_at=given.occurred_at,
        received_at=now,
        historical=given.historical or _old(at, given.occurred_at, now),
        drill=program.drill,
        hold=pair is not None and is_held(session, pair),
        idempotency_key=_owned(who, key) if key else None,
        fingerprint=mark,
        reread_at=now + _pause(at, 0) if outcome.failed else None,
        rereads=0,
    )
    session.add(note)
    session.flush()
    report = with_own(to_dict(outcome.report), program)
    row = keep_report(at, session, note, report)
    keep_advice(at, session, note, report)
    flag, alerts = reviews.consider(at, session, note, row, report, outcome.failed)
    # a flag about the mentor must not be read off the trail by that mentor, who may be an admin too
    seen = flag if flag and flag.about_id is None else None
    detail = {"level": row.level if flag is None or seen else None, "flag": seen.id if seen else None}
    if sent_to := report.get("language_model", {}).get("sent_to"):
        detail["sent_to"] = sent_to
    at.trail.record(session, who.actor, "note_stored", f"note:{ident}", who.program, detail)
    session.flush()
    return _out(note, row, report, flag, program, alerts)


def _pause(at: Services, times: int) -> timedelta:
    """How long until a note that was not fully read is read again: twice as long each time, an hour at most, without end."""
    return timedelta(seconds=min(float(LONGEST_PAUSE), at.settings.reread_seconds * 2.0 ** min(times, 20)))


def _old(at: Services, occurred: datetime | None, now: datetime) -> bool:
    return occurred is not None and now - occurred > timedelta(days=at.settings.historical_days)


def keep_report(at: Services, session: Session, note: Note, report: Mapping[str, Any]) -> StoredReport:
    """The next version of a note's report; earlier ones stay."""
    last = session.execute(select(func.max(StoredReport.version)).where(StoredReport.note_id == note.id)).scalar_one() or 0
    ident = new_id()
    present = [s for s in report["signals"] if s["assertion"] == "present"]
    row = StoredReport(
        id=ident,
        program_id=note.program_id,
        note_id=note.id,
        version=last + 1,
        body=at.vault.seal(session, note.key_id).seal(json.dumps(report, ensure_ascii=False), f"report:{ident}"),
        level=report["triage"]["level"],
        coverage=report["coverage"]["read"],
        kinds=sorted({s["label"] for s in present if not s["label"].startswith("expectation.")}),
        topics=sorted({e["topic"] for e in report["expectations"]}),
        model=f"{report['model']['name']} {report['model']['version']}",
        created_at=at.clock(),
    )
    session.add(row)
    session.flush()
    webhooks.note_analyzed(at, session, note, row)
    return row


def _out(
    note: Note,
    row: StoredReport,
    report: dict[str, Any],
    flag: Flag | None,
    program: Program,
    alerts: int,
) -> schemas.StoredOut:
    line = told_line(flag, program, alerts, fully=report["coverage"]["read"] == "full" or note.reread_at is None)
    shown = flag if flag and flag.about_id != flag.author_id else None
    return schemas.StoredOut(
        note=note_out(note, row),
        report=report,
        told=schemas.Told(
            line=line,
            remind=REMIND if shown else None,
            alerted=alerts if shown else 0,
            deadline=shown.due_at if shown else None,
        ),
        missing=missing(report, note.region, note.minor),
    )


def note_out(note: Note, row: StoredReport) -> schemas.NoteOut:
    return schemas.NoteOut(
        id=note.id,
        pair=note.pair_id,
        author=note.author_id,
        occurred_at=note.occurred_at,
        received_at=note.received_at,
        historical=note.historical,
        drill=note.drill,
        level=row.level,
        coverage=row.coverage,
        report_version=row.version,
        read_again=note.reread_at is not None,
    )


def newest(session: Session, note: Note) -> StoredReport:
    query = select(StoredReport).where(StoredReport.note_id == note.id).order_by(StoredReport.version.desc()).limit(1)
    return session.execute(query).scalar_one()


def report_of(at: Services, session: Session, note: Note, row: StoredReport) -> dict[str, Any]:
    """Raises NotFound where it was erased."""
    try:
        body = report_body(at.vault.seal(session, note.key_id), row)
    except Erased:
        body = None
    if body is None:
        raise NotFound("This note has been erased.", code="erased")
    return body


def text_of(at: Services, session: Session, note: Note) -> str:
    if note.text is None:
        raise NotFound("This note has been erased.", code="erased")
    return note_text(at.vault.seal(session, note.key_id), note) or ""


def stored_out(at: Services, session: Session, note: Note, flag: Flag | None) -> schemas.StoredOut:
    row = newest(session, note)
    program = program_of(session, note.program_id)
    alerts = reviews.alerted(session, flag) if flag else 0
    return _out(note, row, report_of(at, session, note, row), flag, program, alerts)


def readable(session: Session, who: Principal, ident: str) -> Note:
    """A note whose words the principal may read without giving a reason: one's own, or any for a key. Raises NotFound."""
    note = session.execute(select(Note).where(Note.id == ident)).scalar_one_or_none()
    if note is None or not (who.key is not None or is_theirs(session, who.person, note)):
        raise NotFound("There is no such note, or it is not yours.")
    return note


def full(at: Services, session: Session, who: Principal, ident: str) -> schemas.NoteFull:
    """A note with its text, its report and, for the mentor, what became of its flag and who opened it."""
    note = readable(session, who, ident)
    return _full(at, session, note, reviews.flag_of_note(session, note.id))


def _full(at: Services, session: Session, note: Note, flag: Flag | None) -> schemas.NoteFull:
    return schemas.NoteFull(
        **dict(stored_out(at, session, note, flag)),
        text=text_of(at, session, note),
        flag=schemas.FlagState(**reviews.state_for_mentor(at, session, flag))
        if flag and flag.about_id != note.author_id
        else None,
        opened=[*samples.openings(session, note.id), *(reviews.openings(at, session, flag) if flag else [])],
    )


def open_note(at: Services, session: Session, who: Principal, ident: str, reason: str) -> schemas.NoteFull:
    """The whole note for staff, with a reason that is recorded and shown to the mentor. Only a flagged note can be opened."""
    note = session.execute(select(Note).where(Note.id == ident)).scalar_one_or_none()
    flag = reviews.flag_of_note(session, ident)
    if note is None or flag is None or flag.about_id == who.person:
        raise NotFound("There is no such flagged note.")
    reviews.log_event(at, session, flag, who, "opened", words=reason, for_mentor=True)
    at.trail.record(session, who.actor, "note_opened", f"note:{note.id}", who.program)
    return _full(at, session, note, flag)


def open_sampled(at: Services, session: Session, who: Principal, ident: str) -> schemas.NoteFull:
    """The whole of a note that was drawn for a second look. Raises as samples.open_it does."""
    note = samples.open_it(at, session, who, ident)
    return _full(at, session, note, None)


def read_again(at: Services, program: str, ident: str, actor: str) -> schemas.StoredOut:
    """A further report of a stored note; a flag is raised or made graver by it, never taken back."""
    with at.database.read(program) as session:
        note = session.execute(select(Note).where(Note.id == ident)).scalar_one_or_none()
        if note is None:
            raise NotFound("There is no such note.")
        text, alarms = text_of(at, session, note), _dialled(program_of(session, program))
    outcome = at.analyst.analyze(Given(ident, text, note.region, note.minor), alarms, handbooks.for_notes(at, program))
    with at.database.write(program) as session:
        served = program_of(session, program)
        report = with_own(to_dict(outcome.report), served)
        note = session.execute(select(Note).where(Note.id == ident).with_for_update()).scalar_one()
        if note.text is None:
            raise NotFound("This note has been erased.", code="erased")
        row = keep_report(at, session, note, report)
        note.rereads += 1
        note.reread_at = at.clock() + _pause(at, note.rereads) if outcome.failed else None
        flag, alerts = reviews.consider(at, session, note, row, report, outcome.failed)
        level = row.level if flag is None or flag.about_id is None else None
        at.trail.record(session, actor, "note_read_again", f"note:{ident}", program, {"version": row.version, "level": level})
        return _out(note, row, report, flag, served, alerts)


def listing(session: Session, who: Principal, pair: str | None, before: str | None, limit: int) -> list[schemas.NoteOut]:
    """Newest first; a page ends at `limit`, the next begins before the last id."""
    query = select(Note).where(Note.text.is_not(None)).order_by(Note.id.desc()).limit(limit)
    if who.key is None:
        query = query.where(Note.author_id == who.person)
    if pair:
        query = query.where(Note.pair_id == own(session, who, pair).id)
    if before:
        query = query.where(Note.id < before)
    return [note_out(n, newest(session, n)) for n in session.execute(query).scalars()]


def add_feedback(at: Services, session: Session, who: Principal, ident: str, given: schemas.FeedbackIn) -> str:
    """Raises Unreadable where the verdict does not fit the report."""
    note = readable(session, who, ident)
    query = select(StoredReport).where(StoredReport.note_id == note.id, StoredReport.version == given.report_version)
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        raise NotFound("There is no such version of this note's report.")
    label, quote = _judged(given, report_of(at, session, note, row), text_of(at, session, note))
    verdict = new_id()
    session.add(
        Feedback(
            id=verdict,
            note_id=note.id,
            report_version=given.report_version,
            signal=given.signal,
            label=label,
            verdict=given.verdict,
            quote=at.vault.seal(session, note.key_id).seal(quote, f"feedback:{verdict}"),
            person_id=who.person,
            at=at.clock(),
        )
    )
    session.flush()
    at.trail.record(session, who.actor, "feedback", f"note:{note.id}", who.program, {"verdict": given.verdict, "label": label})
    return verdict


def _judged(given: schemas.FeedbackIn, report: Mapping[str, Any], text: str) -> tuple[str, str]:
    """(label, quote) of what is judged."""
    if given.verdict == "missed":
        if not given.label or not given.quote or given.quote not in text:
            raise Unreadable("For what was missed, give its label and the exact words in the note.")
        return given.label, given.quote
    if given.signal is None or given.signal >= len(report["signals"]):
        raise Unreadable(f"Say which signal: a number below {len(report['signals'])}.")
    signal = report["signals"][given.signal]
    return str(signal["label"]), str(signal["quote"])


def _count(at: Services, report: Mapping[str, Any], stored: bool) -> None:
    at.metrics.notes.labels(report["triage"]["level"], report["coverage"]["read"], str(stored).lower()).inc()
