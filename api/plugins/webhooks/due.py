"""What happens by the time alone: flags past their deadline, follow-ups open for long; and what has been kept long enough."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.db.models import Flag, FollowUp, Note, WebhookDelivery, WebhookSubscription
from api.db.session import ALL
from api.plugins.webhooks.outbox import active, enqueue, of_flag, of_follow_up
from api.services import Services

TIMED = ("flag.overdue", "follow_up.due")
OVERLAP = timedelta(minutes=10)
"""Looked at twice: what was stored after the last look may have fallen due before it. Each event is written once by its id."""
STRIDE = timedelta(hours=1)
"""A look that finds nothing is not written down more often."""
KEPT = timedelta(days=30)


class Due(NamedTuple):
    event: str
    kind: str
    subject: str
    data: dict[str, Any]
    note: str


def look(at: Services) -> int:
    """Writes what has fallen due for each subscription since the last look; how many events that were."""
    now = at.clock()
    with at.database.read(ALL) as session:
        found = [s for s in session.execute(active(now)).scalars() if set(TIMED) & set(s.events)]
    return sum(_look(at, one, now) for one in found)


def _look(at: Services, one: WebhookSubscription, now: datetime) -> int:
    with at.database.read(one.program_id) as session:
        if not _new(at, session, one, now) and now - one.watched_to < STRIDE:
            return 0
    with at.database.write(one.program_id) as session:
        mine = active(now).where(WebhookSubscription.id == one.id)
        row = session.execute(mine.with_for_update(skip_locked=True, key_share=True, of=WebhookSubscription)).scalar_one_or_none()
        if row is None:
            return 0
        found = _new(at, session, row, now)
        for due in found:
            enqueue(at, session, row, due.kind, due.subject, due.data, due.note, event=due.event)
        row.watched_to = now
        return len(found)


def _new(at: Services, session: Session, one: WebhookSubscription, now: datetime) -> list[Due]:
    """What has fallen due and is not in the outbox yet."""
    since = one.watched_to - OVERLAP
    found = [*_overdue(session, one, since, now), *_follow_ups(at, session, one, since, now)]
    ids = [due.event for due in found]
    known = select(WebhookDelivery.event_id).where(WebhookDelivery.subscription_id == one.id, WebhookDelivery.event_id.in_(ids))
    there = set(session.execute(known).scalars()) if ids else set()
    return [due for due in found if due.event not in there]


def _overdue(session: Session, one: WebhookSubscription, since: datetime, now: datetime) -> Iterator[Due]:
    if "flag.overdue" not in one.events:
        return
    late = (Flag.state != "decided", Flag.due_at > since, Flag.due_at <= now, Flag.not_about(one.made_by))
    for flag in session.execute(select(Flag).where(*late).order_by(Flag.due_at)).scalars():
        yield Due(_id("overdue", flag.id, flag.due_at), "flag.overdue", f"flags/{flag.id}", of_flag(flag), flag.note_id)


def _follow_ups(at: Services, session: Session, one: WebhookSubscription, since: datetime, now: datetime) -> Iterator[Due]:
    """Those that are still open so many days after they were made; none of old notes, nor of erased ones."""
    if "follow_up.due" not in one.events:
        return
    days = timedelta(days=at.settings.follow_up_days)
    query = select(FollowUp, Note).join(Note, Note.id == FollowUp.note_id).where(FollowUp.state == "open")
    query = query.where(FollowUp.created_at > since - days, FollowUp.created_at <= now - days)
    query = query.where(Note.historical.is_(False), Note.erased_at.is_(None)).order_by(FollowUp.id)
    for row, note in session.execute(query):
        data = of_follow_up(row, note)
        yield Due(_id("due", row.id, row.created_at), "follow_up.due", f"follow-ups/{row.id}", data, row.note_id)


def _id(what: str, ident: str, moment: datetime | None) -> str:
    """The same for every look at the same thing: an opened-again flag with a new deadline can be overdue again."""
    return f"evt_{hashlib.sha256(f'{what}:{ident}:{moment}'.encode()).hexdigest()[:32]}"


def purge(at: Services, session: Session) -> int:
    """Deliveries that are 30 days old go, and secrets that hold no more; how many deliveries that were."""
    now = at.clock()
    over = update(WebhookSubscription).where(WebhookSubscription.old_until <= now)
    session.execute(over.values(old_secret=None, old_until=None))
    old = delete(WebhookDelivery).where(WebhookDelivery.created_at < now - KEPT)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]
