"""/v1/insights and /v1/audit: figures for staff, the trail for auditors."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import select

from api.accounts.service import program_of
from api.db.models import AuditRow
from api.deps import Principal, Service, allow
from api.errors import Unreadable
from api.insights.dial import DialOut, dial
from api.insights.service import Insights, figures

router = APIRouter(prefix="/v1", tags=["insights"])
Reader = Annotated[Principal, Depends(allow("staff", "admin", "auditor", scope="insights"))]
Admin = Annotated[Principal, Depends(allow("admin"))]
Auditor = Annotated[Principal, Depends(allow("auditor", "admin"))]


class AuditOut(BaseModel):
    number: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: dict[str, Any]


@router.get("/insights")
def insights(who: Reader, at: Service, start: AwareDatetime | None = None, end: AwareDatetime | None = None) -> Insights:
    """A program's figures of a period, the last thirty days where none is given."""
    last = end or at.clock()
    first = start or last - timedelta(days=30)
    if first >= last:
        raise Unreadable("The period ends before it begins.")
    with at.database.read(who.program) as session:
        return figures(session, first, last, program_of(session, who.program).timezone)


@router.get("/insights/dial")
def alarm_dial(who: Admin, at: Service) -> DialOut:
    """The places of the alarm dial with what each promises, and what it would have done to the program's last notes.

    Set it with `urgent_alarms` in the rules of PUT /v1/program.
    """
    with at.database.read(who.program) as session:
        return dial(at, session, who)


@router.get("/audit")
def audit(
    who: Auditor, at: Service, after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[AuditOut]:
    """The trail of this program in order: ids and kinds, no words."""
    with at.database.read(who.program) as session:
        query = select(AuditRow).where(AuditRow.program_id == who.program, AuditRow.number > after)
        rows = session.execute(query.order_by(AuditRow.number).limit(limit)).scalars()
        return [AuditOut(number=r.number, at=r.at, actor=r.actor, act=r.act, subject=r.subject, detail=r.detail) for r in rows]
