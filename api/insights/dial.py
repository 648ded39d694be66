"""The alarm dial: what each of its places promises, and what it would have done to the program's own notes. Counts, never words.

How near each note was to urgent stands inside its sealed report, and goes with it when the note is erased.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.accounts.service import program_of, rules_of
from api.db.models import Flag, Note, StoredReport
from api.deps import Principal
from api.insights.intervals import LEAST
from api.rules import rank_of
from api.sealed import report_body
from api.services import Services
from api.vault import Erased
from coach import Choice, Dial

LAST = 300
"""So many of the newest notes are looked at."""


class Share(BaseModel):
    """`hits` of `of` held-out notes, and the upper end of the 95% interval of that share."""

    hits: int
    of: int
    upper: float


class Outlook(BaseModel):
    """Where `prevalence` of all notes are urgent: alarms in 100 notes, and the share of them that are right.

    Each first where all other notes are calm, then where they are mixed as the held-out ones.
    """

    prevalence: float
    alarms: tuple[float, float]
    right: tuple[float, float]


class Change(BaseModel):
    """How many notes would have another level."""

    before: str
    after: str
    notes: int


class Effect(BaseModel):
    """Of the program's last `notes` notes with scores: how many were reported urgent or worse, and how many would be."""

    notes: int
    urgent_then: int
    urgent_now: int
    changes: list[Change]


class Place(BaseModel):
    """A place of the dial: `urgent_alarms` as in the program's rules.

    `fits` is false where the limit on missed notes allows more alarms only; `keeps` is false where too few held-out notes are known
    to promise that limit. `effect` is None where fewer than five of the program's notes have scores.
    """

    urgent_alarms: float
    missed: Share
    raised: Share
    raised_concerns: Share
    fits: bool
    keeps: bool
    outlook: list[Outlook]
    effect: Effect | None


class DialOut(BaseModel):
    """`places` is empty where the reader has no dial. `left_out`: notes among the last ones without a score of today's reader."""

    urgent_alarms: float
    places: list[Place]
    left_out: int


class Past(NamedTuple):
    """A note's level as it was reported, the level it has whatever its score, and its score."""

    level: str
    otherwise: str
    score: float

    def level_at(self, cut: float) -> str:
        return "urgent" if self.score >= cut and rank_of(self.otherwise) < rank_of("urgent") else self.otherwise


def dial(at: Services, session: Session, who: Principal) -> DialOut:
    """Every place that differs from the next, with its effect on the program's last notes."""
    chosen = rules_of(program_of(session, who.program)).urgent_alarms
    coach = at.analyst.coach
    if coach.dial is None:
        return DialOut(urgent_alarms=chosen, places=[], left_out=0)
    rows = list(_newest(session, who))
    past = list(_scored(at, session, rows, " ".join(coach.model)))
    places = [_place(choice, effect(past, choice.cut)) for choice in distinct(coach.dial)]
    return DialOut(urgent_alarms=chosen, places=places, left_out=len(rows) - len(past))


def predicted(at: Services, session: Session, who: Principal, alarms: float) -> dict[str, int] | None:
    """What a place does to the program's last notes, as the trail keeps it where it is set; None where `effect` is, or without a dial."""
    coach = at.analyst.coach
    if coach.dial is None:
        return None
    past = list(_scored(at, session, _newest(session, who), " ".join(coach.model)))
    found = effect(past, coach.dial.choose(alarms).cut)
    return found.model_dump(include={"notes", "urgent_then", "urgent_now"}) if found else None


def distinct(found: Dial) -> list[Choice]:
    """The places in order; of those with one and the same cut the last stands for all."""
    return list({choice.cut: choice for choice in found.choices()}.values())


def effect(past: Sequence[Past], cut: float) -> Effect | None:
    """None for fewer than `LEAST` notes, whose counts could name somebody."""
    if len(past) < LEAST:
        return None
    moves = Counter((note.level, note.level_at(cut)) for note in past)
    grave = rank_of("urgent")
    return Effect(
        notes=len(past),
        urgent_then=sum(n for (before, _), n in moves.items() if rank_of(before) >= grave),
        urgent_now=sum(n for (_, after), n in moves.items() if rank_of(after) >= grave),
        changes=[Change(before=b, after=a, notes=n) for (b, a), n in sorted(moves.items()) if b != a],
    )


def _newest(session: Session, who: Principal) -> Sequence[Any]:
    """(note, its newest report) of the last notes: no drills, none that was erased, none whose flag is about the asker."""
    newest = (
        select(StoredReport.note_id, func.max(StoredReport.version).label("version")).group_by(StoredReport.note_id).subquery()
    )
    mine = select(Flag.note_id).where(Flag.about_id == who.person)
    query = (
        select(Note, StoredReport)
        .join(StoredReport, StoredReport.note_id == Note.id)
        .join(newest, (newest.c.note_id == StoredReport.note_id) & (newest.c.version == StoredReport.version))
        .where(Note.text.is_not(None), Note.drill.is_(False), Note.id.not_in(mine))
        .order_by(Note.id.desc())
        .limit(LAST)
    )
    return session.execute(query).all()


def _scored(at: Services, session: Session, rows: Sequence[Any], model: str) -> Iterator[Past]:
    """Those that today's reader scored: scores of another one are on another scale."""
    for note, row in rows:
        if row.model != model:
            continue
        try:
            body = report_body(at.vault.seal(session, note.key_id), row) or {}
        except Erased:
            continue
        if whole := body.get("whole_note"):
            yield Past(row.level, whole["otherwise"], whole["score"])


def _place(choice: Choice, found: Effect | None) -> Place:
    missed, raised, more = (
        Share(hits=c.hits, of=c.of, upper=c.upper) for c in (choice.missed, choice.raised, choice.raised_concerns)
    )
    return Place(
        urgent_alarms=choice.alarms,
        missed=missed,
        raised=raised,
        raised_concerns=more,
        fits=choice.fits,
        keeps=choice.keeps,
        outlook=[Outlook(prevalence=o.prevalence, alarms=o.alarms, right=o.precision) for o in choice.outlook],
        effect=found,
    )
