"""The audit trail: who did what to what, append-only, each row keyed to the one before it. Ids and kinds alone, never words."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.models import AuditHead, AuditRow
from api.security import keyed_hash
from api.vault import AUDIT, Vault

START = "0" * 64


class Trail:
    """Appends within the caller's transaction, so an act and its record are stored together or not at all."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault, self._clock = vault, clock

    def record(
        self, session: Session, actor: str, act: str, subject: str, program: str | None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """`actor` is "person:ID", "key:ID" or "service"; `subject` "note:ID" and the like."""
        key = self._vault.secret(session, AUDIT)
        head = session.execute(select(AuditHead).where(AuditHead.id == 1).with_for_update()).scalar_one_or_none()
        if head is None:
            head = AuditHead(id=1, number=0, last=START, mac="")
            session.add(head)
        row = AuditRow(
            number=head.number + 1,
            program_id=program,
            at=self._clock().replace(microsecond=0),
            actor=actor,
            act=act,
            subject=subject,
            detail=dict(detail or {}),
        )
        row.mac = _mac(key, row, head.last)
        head.number, head.last = row.number, row.mac
        head.mac = keyed_hash(key, f"{head.number}:{head.last}")
        session.add(row)
        session.flush()

    def faults(self, session: Session) -> Iterator[str]:
        """What does not hold of the whole trail: rows changed, dropped, moved, or cut off at the end."""
        key = self._vault.secret(session, AUDIT)
        last, number = START, 0
        for row in session.execute(select(AuditRow).order_by(AuditRow.number)).scalars():
            if row.number != number + 1:
                yield f"row {number + 1} is missing"
            elif row.mac != _mac(key, row, last):
                yield f"row {row.number} was changed, or a row before it was replaced"
            last, number = row.mac, row.number
        head = session.get(AuditHead, 1)
        if head is None:
            if number:
                yield "the trail's head is missing"
        elif head.mac != keyed_hash(key, f"{head.number}:{head.last}"):
            yield "the trail's head was changed"
        elif (head.number, head.last) != (number, last):
            yield f"the trail ends at row {number}; it held {head.number}"


def _mac(key: bytes, row: AuditRow, last: str) -> str:
    fields = [row.number, row.program_id, row.at.isoformat(), row.actor, row.act, row.subject, row.detail, last]
    return keyed_hash(key, json.dumps(fields, sort_keys=True, ensure_ascii=True))
