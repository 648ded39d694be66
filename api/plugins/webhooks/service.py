"""Subscriptions: made by admins, or by keys with the scope `webhooks`, which see their own alone and what they could read."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.clock import new_id
from api.db.models import ApiKey, WebhookDelivery, WebhookSubscription
from api.deps import Principal, same
from api.errors import Conflict, Forbidden, NotFound
from api.plugins.webhooks import address
from api.plugins.webhooks.events import NEEDS
from api.plugins.webhooks.schemas import WebhookChange, WebhookIn, WebhookOut
from api.services import Services

BESIDE = timedelta(days=1)
"""So long the old secret signs beside the new one."""
MOST = 20


def add(at: Services, session: Session, who: Principal, given: WebhookIn) -> tuple[WebhookSubscription, str]:
    """The subscription and its secret. Raises Forbidden for what the key may not read, and for a report that no admin granted."""
    _may(who, given.events, given.report)
    address.check(given.address, at.settings.allow_private_webhooks)
    here = select(func.count()).select_from(WebhookSubscription).where(WebhookSubscription.removed_at.is_(None))
    if session.execute(here).scalar_one() >= MOST:
        raise Conflict(f"A program has {MOST} webhooks at most.", code="too_many_webhooks")
    ident, now, secret = new_id(), at.clock(), _secret()
    key, seal = at.vault.create(session, who.program)
    row = WebhookSubscription(
        id=ident,
        name=given.name,
        address=given.address,
        events=sorted(set(given.events)),
        report=given.report,
        made_by=who.person or session.execute(select(ApiKey.created_by).where(ApiKey.id == who.key)).scalar_one(),
        api_key_id=who.key,
        secret=seal.seal(secret, _bound(ident)),
        key_id=key,
        created_at=now,
        watched_to=now,
        failures=0,
        version=1,
    )
    session.add(row)
    session.flush()
    _record(at, session, who, row, "made")
    return row, secret


def every(session: Session, who: Principal) -> Sequence[WebhookSubscription]:
    query = select(WebhookSubscription).where(WebhookSubscription.removed_at.is_(None)).order_by(WebhookSubscription.id)
    return session.execute(query if who.key is None else query.where(WebhookSubscription.api_key_id == who.key)).scalars().all()


def of(session: Session, who: Principal, ident: str, lock: bool = False) -> WebhookSubscription:
    """Raises NotFound, for another key's too."""
    query = select(WebhookSubscription).where(WebhookSubscription.id == ident, WebhookSubscription.removed_at.is_(None))
    if who.key is not None:
        query = query.where(WebhookSubscription.api_key_id == who.key)
    row = session.execute(query.with_for_update(key_share=True) if lock else query).scalar_one_or_none()
    if row is None:
        raise NotFound("There is no such webhook, or it is not yours.")
    return row


def change(at: Services, session: Session, who: Principal, ident: str, given: WebhookChange, version: int) -> WebhookSubscription:
    row = of(session, who, ident, lock=True)
    same(version, row.version)
    _may(who, given.events or row.events, bool(given.report))
    if given.adopt and who.key is not None:
        raise Forbidden("An admin alone can keep a webhook beyond its key.")
    if given.address is not None and given.address != row.address:
        address.check(given.address, at.settings.allow_private_webhooks)
        row.report = row.report and who.key is None  # what an admin granted was for the address that was there
        row.address = given.address
    row.name, row.events = given.name or row.name, sorted(set(given.events or row.events))
    row.report = row.report if given.report is None else given.report
    row.api_key_id = None if given.adopt else row.api_key_id
    if given.enabled is not None:
        _switch(at, session, row, given.enabled)
    row.version += 1
    _record(at, session, who, row, "changed")
    return row


def _switch(at: Services, session: Session, row: WebhookSubscription, on: bool) -> None:
    if on and row.disabled_at is not None:
        row.disabled_at = row.disabled_for = row.rest_until = row.failing_since = None
        row.failures, row.watched_to = 0, at.clock()
    elif not on and row.disabled_at is None:
        disable(at, session, row, "by_hand")


def disable(at: Services, session: Session, row: WebhookSubscription, why: str) -> None:
    """Nothing is written or sent for it from now on; what was waiting can be replayed once it is enabled again."""
    row.disabled_at, row.disabled_for = at.clock(), why
    waiting = (WebhookDelivery.subscription_id == row.id, WebhookDelivery.state == "pending")
    session.execute(update(WebhookDelivery).where(*waiting).values(state="dead", fault="disabled"))


def remove(at: Services, session: Session, who: Principal, ident: str) -> None:
    """Its secrets are destroyed; its log goes with the purge."""
    row = of(session, who, ident, lock=True)
    disable(at, session, row, "removed")
    row.removed_at, row.secret, row.old_secret, row.old_until = at.clock(), b"", None, None
    at.vault.destroy(session, row.key_id, at.clock())
    _record(at, session, who, row, "removed")


def rotate(at: Services, session: Session, who: Principal, ident: str) -> tuple[WebhookSubscription, str]:
    """A new secret; the old one signs beside it for a day, one before that no more."""
    row, secret = of(session, who, ident, lock=True), _secret()
    row.old_secret, row.old_until = row.secret, at.clock() + BESIDE
    row.secret, row.version = at.vault.seal(session, row.key_id).seal(secret, _bound(row.id)), row.version + 1
    _record(at, session, who, row, "rotated")
    return row, secret


def secrets_of(at: Services, session: Session, row: WebhookSubscription) -> tuple[str, ...]:
    """What signs now, the newest first."""
    seal = at.vault.seal(session, row.key_id)
    old = row.old_secret if row.old_until is not None and at.clock() < row.old_until else None
    return tuple(seal.open(one, _bound(row.id)) for one in (row.secret, old) if one is not None)


def _bound(ident: str) -> str:
    return f"webhook:{ident}"


def _secret() -> str:
    """As Standard Webhooks writes them: 32 random bytes."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _may(who: Principal, events: Sequence[str], report: bool) -> None:
    if who.key is None:
        return
    lacking = sorted({NEEDS[event] for event in events} - who.scopes)
    if lacking:
        raise Forbidden(f"This key lacks the scopes: {', '.join(lacking)}.")
    if report:
        raise Forbidden("An admin alone can grant a webhook the report, which quotes the note.")


def _record(at: Services, session: Session, who: Principal, row: WebhookSubscription, act: str) -> None:
    detail = {"events": row.events, "report": row.report}
    at.trail.record(session, who.actor, f"webhook_{act}", f"webhook:{row.id}", who.program, detail)


def shown(session: Session, row: WebhookSubscription, now: datetime, secret: str | None = None) -> WebhookOut:
    return WebhookOut(
        id=row.id,
        name=row.name,
        address=row.address,
        events=row.events,
        report=row.report,
        key=row.api_key_id,
        state=_state(session, row, now),
        disabled_for=row.disabled_for,
        disabled_at=row.disabled_at,
        failing_since=row.failing_since,
        old_secret_until=row.old_until if row.old_until and now < row.old_until else None,
        created_at=row.created_at,
        version=row.version,
        secret=secret,
    )


def _state(session: Session, row: WebhookSubscription, now: datetime) -> str:
    if row.disabled_at is not None:
        return "disabled"
    key = session.get(ApiKey, row.api_key_id) if row.api_key_id else None
    if key is not None and (key.revoked_at is not None or key.expires_at <= now):
        return "key_ended"
    return "failing" if row.failing_since else "on"
