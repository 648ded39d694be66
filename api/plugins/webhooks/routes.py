"""/v1/webhooks: where a program's events go, what became of each, and sending it again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.db.models import WebhookSubscription
from api.deps import Principal, Service, Version, allow
from api.plugins.webhooks import log, service
from api.plugins.webhooks.schemas import DeliveryOut, PeriodIn, Replayed, WebhookChange, WebhookIn, WebhookOut

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Keeper = Annotated[Principal, Depends(allow("admin", scope="webhooks"))]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("")
def webhooks(who: Keeper, at: Service) -> list[WebhookOut]:
    """All of the program's for an admin; a key sees those it made."""
    with at.database.read(who.program) as session:
        return [service.shown(session, row, at.clock()) for row in service.every(session, who)]


@router.post("", status_code=201)
def add(given: WebhookIn, who: Keeper, at: Service) -> WebhookOut:
    """Subscribe. The secret that signs is shown once. A key subscribes to what its other scopes let it read."""
    with at.database.write(who.program) as session:
        row, secret = service.add(at, session, who, given)
        return service.shown(session, row, at.clock(), secret)


@router.get("/{ident}")
def webhook(ident: str, who: Keeper, at: Service, response: Response) -> WebhookOut:
    with at.database.read(who.program) as session:
        row = service.of(session, who, ident)
        _tag(response, row)
        return service.shown(session, row, at.clock())


@router.patch("/{ident}")
def change(ident: str, given: WebhookChange, who: Keeper, at: Service, version: Version, response: Response) -> WebhookOut:
    """Name, address, events, the grant of the report, on or off."""
    with at.database.write(who.program) as session:
        row = service.change(at, session, who, ident, given, version)
        _tag(response, row)
        return service.shown(session, row, at.clock())


@router.delete("/{ident}", status_code=204)
def remove(ident: str, who: Keeper, at: Service) -> None:
    with at.database.write(who.program) as session:
        service.remove(at, session, who, ident)


@router.post("/{ident}/rotate")
def rotate(ident: str, who: Keeper, at: Service) -> WebhookOut:
    """A new secret, shown once. For a day every event is signed with the old one too."""
    with at.database.write(who.program) as session:
        row, secret = service.rotate(at, session, who, ident)
        return service.shown(session, row, at.clock(), secret)


@router.post("/{ident}/test", status_code=202)
def test(ident: str, who: Keeper, at: Service) -> DeliveryOut:
    """Send an event of the type webhook.test; the log says what became of it."""
    with at.database.write(who.program) as session:
        return log.shown(log.test(at, session, who, ident))


@router.get("/{ident}/deliveries")
def deliveries(
    ident: str,
    who: Keeper,
    at: Service,
    state: Literal["pending", "sent", "dead", "erased"] | None = None,
    before: Annotated[str | None, Query(max_length=32)] = None,
    limit: Limit = 50,
) -> list[DeliveryOut]:
    """The newest first, for 30 days. The next page begins before the last id."""
    with at.database.read(who.program) as session:
        return log.listing(session, who, ident, state, before, limit)


@router.post("/{ident}/deliveries/{delivery}/replay", status_code=202)
def replay(ident: str, delivery: str, who: Keeper, at: Service) -> DeliveryOut:
    """Send one again, under the same id."""
    with at.database.write(who.program) as session:
        return log.shown(log.replay(at, session, who, ident, delivery))


@router.post("/{ident}/replay", status_code=202)
def replay_period(ident: str, given: PeriodIn, who: Keeper, at: Service) -> Replayed:
    """Send again what happened in a period, each under its own id."""
    with at.database.write(who.program) as session:
        return Replayed(count=log.replay_period(at, session, who, ident, given))


def _tag(response: Response, row: WebhookSubscription) -> None:
    response.headers["ETag"] = f'"{row.version}"'
