"""Events into the outbox, in the transaction of what happened. They hold ids, kinds and times: no name and no word of anybody.

Nobody is told by an own subscription of a flag that is about them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from api.clock import new_id
from api.db.models import ApiKey, Flag, FollowUp, Note, StoredReport, WebhookDelivery, WebhookSubscription
from api.plugins.webhooks.events import TEST
from api.services import Services

OF_FLAGS = {"raised": "flag.raised", "reopened": "flag.raised", "undone": "flag.raised", "decided": "flag.decided"}
"""The kind of a flag's own event -> what subscribers are told; `because` in its data says which of them it was."""


def active(now: datetime) -> Select[WebhookSubscription]:
    """Subscriptions that are neither removed nor disabled, and whose key, where a key made them, is still good."""
    good = or_(WebhookSubscription.api_key_id.is_(None), and_(ApiKey.revoked_at.is_(None), ApiKey.expires_at > now))
    return (
        select(WebhookSubscription)
        .outerjoin(ApiKey, ApiKey.id == WebhookSubscription.api_key_id)
        .where(WebhookSubscription.removed_at.is_(None), WebhookSubscription.disabled_at.is_(None), good)
    )


def note_analyzed(at: Services, session: Session, note: Note, row: StoredReport) -> None:
    """A note has been read, or read again: one event for each version of its report."""
    data = {
        "note": note.id,
        "pair": note.pair_id,
        "level": row.level,
        "coverage": row.coverage,
        "report_version": row.version,
        "received_at": note.received_at.isoformat(),
        "historical": note.historical,
        "drill": note.drill,
    }
    for one in _wanting(at, session, note.program_id, "note.analyzed"):
        enqueue(at, session, one, "note.analyzed", f"notes/{note.id}", data, note.id, report=row.id)


def flag_changed(at: Services, session: Session, flag: Flag, kind: str, detail: Mapping[str, Any]) -> None:
    """`kind` and `detail` of the flag's own event. A decision that keeps the flag (needs_more) is none, nor is what is undone of others."""
    told = OF_FLAGS.get(kind)
    if told is None or (kind == "decided" and flag.state != "decided") or (kind == "undone" and detail.get("act") != "decided"):
        return
    for one in _wanting(at, session, flag.program_id, told):
        if flag.about_id is None or flag.about_id != one.made_by:
            enqueue(at, session, one, told, f"flags/{flag.id}", of_flag(flag, because=kind), flag.note_id)


def of_flag(flag: Flag, **more: str) -> dict[str, Any]:
    return {
        "flag": flag.id,
        "note": flag.note_id,
        "pair": flag.pair_id,
        "level": flag.level,
        "state": flag.state,
        "decision": flag.decision,
        "due_at": flag.due_at.isoformat() if flag.due_at else None,
        "not_fully_read": flag.not_fully_read,
        "historical": flag.historical,
        "drill": flag.drill,
        "version": flag.version,
        **more,
    }


def of_follow_up(row: FollowUp, note: Note) -> dict[str, Any]:
    return {
        "follow_up": row.id,
        "note": row.note_id,
        "pair": row.pair_id,
        "kind": row.kind,
        "made_at": row.created_at.isoformat(),
        "drill": note.drill,
    }


def test(at: Services, session: Session, one: WebhookSubscription) -> WebhookDelivery:
    return enqueue(at, session, one, TEST, f"webhooks/{one.id}", {"webhook": one.id}, None)


def enqueue(
    at: Services,
    session: Session,
    to: WebhookSubscription,
    kind: str,
    subject: str,
    data: dict[str, Any],
    note: str | None,
    *,
    report: str | None = None,
    event: str | None = None,
) -> WebhookDelivery:
    """`event` is the id it leaves under; where it is not given, a new one."""
    now = at.clock()
    row = WebhookDelivery(
        id=new_id(),
        program_id=to.program_id,
        subscription_id=to.id,
        event_id=event or f"evt_{new_id()}",
        type=kind,
        subject=subject,
        note_id=note,
        report_id=report,
        data=data,
        state="pending",
        attempts=0,
        next_at=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _wanting(at: Services, session: Session, program: str, kind: str) -> list[WebhookSubscription]:
    rows = session.execute(active(at.clock()).where(WebhookSubscription.program_id == program)).scalars()
    return [row for row in rows if kind in row.events]
