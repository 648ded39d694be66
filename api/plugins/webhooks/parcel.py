"""From the outbox and back: which subscription is whose turn, the next event for it, packed and signed, and what became of it.

A subscription is taken for a while by one worker, so that its events leave one after the other; whoever dies in between leaves
it to another, which sends under the same id.
"""

import logging
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from api.db.models import StoredReport, WebhookDelivery, WebhookSubscription
from api.db.session import ALL
from api.pairs.service import key_of_note
from api.plugins.webhooks.events import MEDIA_TYPE, envelope
from api.plugins.webhooks.outbox import active
from api.plugins.webhooks.service import disable, secrets_of
from api.sealed import report_body
from api.services import Services

log = logging.getLogger("coach.webhooks")
SCHEDULE = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=h) for h in (2, 5, 10, 14, 20, 24)),
]
"""The schedule of Standard Webhooks: the pause after each attempt that failed; after the tenth the delivery is given up."""
REST = timedelta(hours=1)
"""A receiver that does not work is left alone by all its events for as long as the pauses above, this at most."""
LONG = timedelta(days=5)
"""Failing so long, with nothing arriving in between, it is disabled."""
AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event as it leaves."""

    delivery: str
    address: str
    body: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is None where nobody answered, `fault` then says why in a word; `wait` is what the receiver asked for."""

    status: int | None
    fault: str | None = None
    wait: timedelta = timedelta(0)

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def broken(self) -> bool:
        """It is the receiver, not this event."""
        return self.status is None or self.status == 429 or self.status >= 500 or bool(self.wait)


def take(at: Services) -> list[str]:
    """Subscriptions that have something due and that nobody is at, those that work first; they are the caller's for a while."""
    now = at.clock()
    free = [or_(column.is_(None), column <= now) for column in (WebhookSubscription.busy_until, WebhookSubscription.rest_until)]
    waiting = select(WebhookDelivery.subscription_id).where(*_due(now))
    due = active(now).where(*free, WebhookSubscription.id.in_(waiting)).order_by(WebhookSubscription.failures).limit(AT_ONCE)
    with at.database.read(ALL) as session:
        if session.execute(due.limit(1)).first() is None:
            return []
    with at.database.write(ALL) as session:
        locked = due.with_for_update(skip_locked=True, key_share=True, of=WebhookSubscription)
        rows = session.execute(locked).scalars().all()
        for row in rows:
            row.busy_until = now + _lease(at)
        return [row.id for row in rows]


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What was never tried is due whatever the clock says: it may have been set back since."""
    ripe = or_(WebhookDelivery.next_at <= now, WebhookDelivery.attempts == 0)
    return (WebhookDelivery.state == "pending", ripe, WebhookDelivery.data.is_not(None))


def _lease(at: Services) -> timedelta:
    return timedelta(seconds=60 + 2 * at.settings.webhook_seconds)


def leave(at: Services, ident: str) -> None:
    """Somebody else may go on with this subscription."""
    with at.database.write(ALL) as session:
        _of(session, ident).busy_until = None


def pack(at: Services, ident: str) -> Parcel | None:
    """The next event that is due for a subscription that was taken. None where there is none, or it rests or has ended: it is left."""
    now = at.clock()
    with at.database.write(ALL) as session:
        row = _of(session, ident)
        good = session.execute(active(now).where(WebhookSubscription.id == ident)).first() is not None
        found = _next(session, ident, now) if good and (row.rest_until is None or row.rest_until <= now) else None
        if found is None:
            row.busy_until = None
            return None
        row.busy_until = found.next_at = now + _lease(at)
        found.attempts += 1
        return _parcel(at, session, row, found, now)


def _of(session: Session, ident: str) -> WebhookSubscription:
    query = select(WebhookSubscription).where(WebhookSubscription.id == ident)
    return session.execute(query.with_for_update(key_share=True)).scalar_one()


def _next(session: Session, ident: str, now: datetime) -> WebhookDelivery | None:
    query = select(WebhookDelivery).where(WebhookDelivery.subscription_id == ident, *_due(now))
    first = query.order_by(WebhookDelivery.next_at, WebhookDelivery.id).limit(1)
    return session.execute(first.with_for_update(of=WebhookDelivery)).scalar_one_or_none()


def _parcel(at: Services, session: Session, row: WebhookSubscription, found: WebhookDelivery, now: datetime) -> Parcel:
    body = envelope(
        at.settings.public_url,
        row.program_id,
        event=found.event_id,
        kind=found.type,
        subject=found.subject,
        at=found.created_at,
        data={**(found.data or {}), **_report(at, session, row, found)},
    )
    signed = [Webhook(secret).sign(found.event_id, now, body) for secret in secrets_of(at, session, row)]
    headers = {
        "content-type": MEDIA_TYPE,
        "user-agent": "conversation-coach",
        "webhook-id": found.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }
    return Parcel(found.id, row.address, body, headers)


def _report(at: Services, session: Session, row: WebhookSubscription, found: WebhookDelivery) -> dict[str, Any]:
    """The report that was read then, where an admin has granted it; looked at as it leaves, so that a grant taken back holds."""
    if not row.report or found.report_id is None or found.note_id is None:
        return {}
    stored = session.execute(select(StoredReport).where(StoredReport.id == found.report_id)).scalar_one()
    return {"report": report_body(at.vault.seal(session, key_of_note(session, found.note_id)), stored)}


def settle(at: Services, ident: str, delivery: str, outcome: Outcome) -> None:
    """Writes down what became of a delivery of a subscription, and what that says of its receiver."""
    with at.database.write(ALL) as session:
        row = _of(session, ident)
        query = select(WebhookDelivery).where(WebhookDelivery.id == delivery)
        found = session.execute(query.with_for_update()).scalar_one()
        found.status, found.fault = outcome.status, None if outcome.arrived else outcome.fault or f"status_{outcome.status}"
        if outcome.arrived:
            found.state, found.sent_at = "sent", at.clock()
            row.failures, row.failing_since, row.rest_until = 0, None, None
        else:
            _failed(at, session, row, found, outcome)
        told = "sent" if outcome.arrived else "again" if found.state == "pending" else "dead"
        at.metrics.webhooks.labels(told).inc()
        log.info("webhook", extra={"kind": told, "fault": found.fault, "program": row.program_id})


def _failed(at: Services, session: Session, row: WebhookSubscription, found: WebhookDelivery, outcome: Outcome) -> None:
    now = at.clock()
    row.failures, row.failing_since = row.failures + 1, row.failing_since or now
    if found.state == "pending" and found.attempts > len(SCHEDULE):
        found.state = "dead"
    found.next_at = now + max(_pause(found.attempts), outcome.wait)
    if outcome.broken:
        row.rest_until = now + max(min(_pause(row.failures), REST), outcome.wait)
    why = "gone" if outcome.status == 410 else "failing" if now - row.failing_since >= LONG else None
    if why is not None and row.disabled_at is None:
        session.flush()
        disable(at, session, row, why)
        found.state = "dead"
        log.warning("webhook_disabled", extra={"kind": why, "program": row.program_id})
        at.trail.record(session, "service", "webhook_disabled", f"webhook:{row.id}", row.program_id, {"why": why})


def _pause(attempts: int) -> timedelta:
    """With jitter, so that many do not come back at once."""
    return SCHEDULE[min(attempts, len(SCHEDULE)) - 1] * random.uniform(0.9, 1.1)
