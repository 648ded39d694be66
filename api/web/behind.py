"""What stands behind a flag: what the coach saw and how sure it was, the cards for it, words to use, and in numbers what the mentor did.

Staff see the sentences that gave rise to a flag and two around them. So this tells kinds, never a quote nor a name from elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.models import Feedback, Flag, FollowUp, Note, StoredReport
from api.sealed import report_body
from api.services import Services
from api.web.view import Seen
from coach import Report, Signal, from_dict


@dataclass(frozen=True, slots=True)
class Behind:
    """`cards` are (id, title); `mentee` is how the mentor may put it to the mentee, None where the report has no such line.

    `steps` counts the note's follow-ups by state, `judged` the marks that the mentor called right, wrong or missed.
    """

    seen: tuple[Seen, ...] = ()
    cards: tuple[tuple[str, str], ...] = ()
    mentee: str | None = None
    steps: dict[str, int] = field(default_factory=dict)
    judged: int = 0


def behind(at: Services, session: Session, flag: Flag) -> Behind:
    """Nothing of the report where the note has been erased."""
    states = select(FollowUp.state, func.count()).where(FollowUp.note_id == flag.note_id).group_by(FollowUp.state)
    judged = select(func.count()).select_from(Feedback).where(Feedback.note_id == flag.note_id)
    did = Behind(steps=dict(session.execute(states).all()), judged=session.execute(judged).scalar_one())
    note = session.execute(select(Note).where(Note.id == flag.note_id)).scalar_one()
    row = session.execute(select(StoredReport).where(StoredReport.id == flag.report_id)).scalar_one()
    body = report_body(at.vault.seal(session, note.key_id), row) if note.erased_at is None else None
    if body is None:
        return did
    report = from_dict(body)
    told = next((line.text for line in report.handoff if line.kind == "mentee"), None)
    return replace(did, seen=tuple(_seen(report)), cards=tuple(dict.fromkeys(_cards(report))), mentee=told)


def _seen(report: Report) -> Iterator[Seen]:
    """Each kind once, the surest of it, with all that saw it."""
    kinds: dict[tuple[str, str, str], list[Signal]] = {}
    for index in report.triage.signals:
        signal = report.signals[index]
        kinds.setdefault((signal.label, signal.assertion, signal.about), []).append(signal)
    for number, found in enumerate(kinds.values(), 1):
        surest = max(found, key=lambda s: s.score)
        yield Seen(number, number, replace(surest, quote="", who=None, sources=_all(s.sources for s in found)))


def _all(several: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for sources in several for source in sources))


def _cards(report: Report) -> Iterator[tuple[str, str]]:
    """Of the steps that answer what gave rise to the flag; passages of a handbook have no page."""
    titles = {hit.id: hit.title for hit in report.guidance if not hit.own}
    rise = set(report.triage.signals)
    for step in report.follow_ups:
        if rise & set(step.signals):
            yield from ((card, titles[card]) for card in step.guidance if card in titles)
