"""The log of a subscription's deliveries, and sending again: under the same id, so that a receiver knows what it had."""

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from api.db.models import Flag, WebhookDelivery, WebhookSubscription
from api.deps import Principal
from api.errors import Conflict, NotFound
from api.plugins.webhooks import outbox
from api.plugins.webhooks.schemas import DeliveryOut, PeriodIn
from api.plugins.webhooks.service import of
from api.services import Services


def listing(session: Session, who: Principal, ident: str, state: str | None, before: str | None, limit: int) -> list[DeliveryOut]:
    """The newest first, without flags that are about the asker; the next page begins before the last id."""
    row = of(session, who, ident)
    query = select(WebhookDelivery).outerjoin(
        Flag, and_(Flag.note_id == WebhookDelivery.note_id, WebhookDelivery.subject.startswith("flags/"))
    )
    query = query.where(WebhookDelivery.subscription_id == row.id, or_(Flag.id.is_(None), Flag.not_about(who.person)))
    if state:
        query = query.where(WebhookDelivery.state == state)
    if before:
        query = query.where(WebhookDelivery.id < before)
    found = session.execute(query.order_by(WebhookDelivery.id.desc()).limit(limit)).scalars()
    return [shown(d) for d in found]


def test(at: Services, session: Session, who: Principal, ident: str) -> WebhookDelivery:
    """An event that says nothing but that this works. Raises Conflict where the subscription is disabled."""
    row = _awake(session, who, ident)
    at.trail.record(session, who.actor, "webhook_tested", f"webhook:{row.id}", who.program)
    return outbox.test(at, session, row)


def replay(at: Services, session: Session, who: Principal, ident: str, delivery: str) -> WebhookDelivery:
    row = _awake(session, who, ident)
    mine = (WebhookDelivery.id == delivery, WebhookDelivery.subscription_id == row.id)
    found = session.execute(select(WebhookDelivery).where(*mine).with_for_update()).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such delivery.")
    if found.data is None:
        raise Conflict("The note that this was about has been erased.", code="erased")
    if found.state == "pending":
        raise Conflict("This is on its way; it is sent by itself.")
    found.state, found.attempts, found.next_at, found.fault = "pending", 0, at.clock(), None
    _replayed(at, session, who, row, 1)
    return found


def replay_period(at: Services, session: Session, who: Principal, ident: str, given: PeriodIn) -> int:
    """What happened in a period, in its order; how many that are. What is on its way or erased is left alone."""
    row = _awake(session, who, ident)
    states = ("sent", "dead") if given.all else ("dead",)
    mine = (
        WebhookDelivery.subscription_id == row.id,
        WebhookDelivery.created_at >= given.since,
        WebhookDelivery.created_at < given.until,
        WebhookDelivery.data.is_not(None),
        WebhookDelivery.state.in_(states),
    )
    again = update(WebhookDelivery).where(*mine).values(state="pending", attempts=0, next_at=at.clock(), fault=None)
    done = session.execute(again)
    count = done.rowcount if isinstance(done, CursorResult) else 0
    _replayed(at, session, who, row, count)
    return count


def _awake(session: Session, who: Principal, ident: str) -> WebhookSubscription:
    """The subscription, which is tried at once even where it was left alone for its failures."""
    row = of(session, who, ident, lock=True)
    if row.disabled_at is not None:
        raise Conflict("This webhook is disabled. Enable it first.", code="disabled")
    row.rest_until = None
    return row


def _replayed(at: Services, session: Session, who: Principal, row: WebhookSubscription, count: int) -> None:
    at.trail.record(session, who.actor, "webhook_replayed", f"webhook:{row.id}", who.program, {"count": count})


def shown(d: WebhookDelivery) -> DeliveryOut:
    return DeliveryOut(
        id=d.id,
        event=d.event_id,
        type=d.type,
        subject=d.subject,
        state=d.state,
        attempts=d.attempts,
        status=d.status,
        fault=d.fault,
        at=d.created_at,
        next_at=d.next_at if d.state == "pending" else None,
        sent_at=d.sent_at,
    )
