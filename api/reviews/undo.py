"""Taking back one's own last act on a flag: for a quarter of an hour, and only while nobody has done anything since."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.accounts.service import program_of, rules_of
from api.db.models import Flag, FlagEvent
from api.deadlines import climbs
from api.deps import Principal, same
from api.errors import Conflict
from api.reviews import service
from api.services import Services

ACTS = frozenset({"claimed", "released", "handed_over", "decided"})
"""What can be taken back. A comment stays; opening again has its own way back, a decision."""

WITHIN = timedelta(minutes=15)


def undoable(at: Services, session: Session, who: Principal, flag: Flag) -> FlagEvent | None:
    """The act that would be taken back; None where there is none, it is another's, too long ago, or the note is erased by now."""
    if service.is_erased(session, flag):
        return None
    newest = session.execute(
        # the answer to the mentor goes with its decision, in the same moment
        select(FlagEvent).where(FlagEvent.flag_id == flag.id, FlagEvent.kind != "answer").order_by(FlagEvent.id.desc()).limit(1)
    ).scalar_one_or_none()
    mine = newest is not None and newest.kind in ACTS and newest.person_id == who.person
    return newest if newest is not None and mine and newest.at > at.clock() - WITHIN and "before" in newest.detail else None


def undo(at: Services, session: Session, who: Principal, ident: str, version: int) -> Flag:
    """The flag as it was before the act; its deadline never moved. Raises Conflict where nothing can be taken back."""
    flag = service.of(session, who, ident, lock=True)
    same(version, flag.version)
    act = undoable(at, session, who, flag)
    if act is None:
        raise Conflict(
            "There is nothing to take back: only one's own last act, for a quarter of an hour.", code="nothing_to_undo"
        )
    before = act.detail["before"]
    flag.state, flag.holder_id, flag.decision = before["state"], before["holder"], before["decision"]
    flag.decided_at = flag.decided_by = None
    if act.kind == "decided":
        _withdraw_answer(session, act)
    program = program_of(session, who.program)
    waits = flag.state == "open" and not flag.historical
    flag.escalate_at = climbs(flag.level, at.clock(), rules_of(program), program.timezone) if waits else None
    return service.changed(at, session, who, flag, "undone", detail={"act": act.kind})


def _withdraw_answer(session: Session, act: FlagEvent) -> None:
    """The answer that went with the decision is the mentor's to read no more; it stays in the flag's own record."""
    answer = act.detail.get("answer")
    for row in session.execute(select(FlagEvent).where(FlagEvent.id == answer)).scalars() if answer else ():
        row.for_mentor = False
