"""/v1: test alerts, the dead-letter list."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, StringConstraints

from api.alerts import service
from api.db.models import Alert
from api.db.session import ALL
from api.deps import Principal, Service, allow, limited
from api.types import Strict

router = APIRouter(prefix="/v1", tags=["alerts"])
Admin = Annotated[Principal, Depends(allow("admin"))]
Staff = Annotated[Principal, Depends(allow("staff", "admin"))]


class AlertOut(BaseModel):
    id: str
    flag: str | None
    contact: str
    state: str
    attempts: int
    fault: str | None
    created_at: datetime


class TokenIn(Strict):
    token: Annotated[str, StringConstraints(max_length=200)]


def _out(a: Alert) -> AlertOut:
    return AlertOut(
        id=a.id, flag=a.flag_id, contact=a.contact_id, state=a.state, attempts=a.attempts, fault=a.fault, created_at=a.created_at
    )


@router.post("/contacts/{ident}/test", status_code=202)
def send_test(ident: str, who: Admin, at: Service) -> None:
    """Send a test alert, with a link that a person opens to say that it came."""
    with at.database.write(who.program) as session:
        service.send_test(at, session, who, ident)


@router.post(
    "/alerts/acknowledge",
    status_code=204,
    dependencies=[Depends(limited("acknowledge", lambda at: at.settings.sign_ins_per_minute))],
)
def acknowledge(given: TokenIn, at: Service) -> None:
    """A person answers a test alert by the token of its link."""
    with at.database.write(ALL) as session:
        service.acknowledge(at, session, given.token)


@router.get("/alerts/dead")
def dead(who: Staff, at: Service) -> list[AlertOut]:
    """Alerts that could not be sent."""
    with at.database.read(who.program) as session:
        return [_out(a) for a in service.dead(session, who)]


@router.post("/alerts/{ident}/resend", status_code=202)
def resend(ident: str, who: Staff, at: Service) -> AlertOut:
    with at.database.write(who.program) as session:
        return _out(service.resend(at, session, who, ident))
