"""Data keys in the database, under the master keys: what seals a note, and what is left of it when its key is destroyed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import new_id
from api.db.models import DataKey, Secret
from api.security import KeyRing, Seal, new_key, wrapped_by

AUDIT = "audit"


class Erased(Exception):
    """What was asked for has been erased."""


@dataclass(frozen=True, slots=True)
class Vault:
    ring: KeyRing

    def create(self, session: Session, program: str) -> tuple[str, Seal]:
        """A new data key of a program: its id and its seal."""
        ident, key = new_id(), new_key()
        session.add(DataKey(id=ident, program_id=program, wrapped=self.ring.wrap(key, f"key:{ident}")))
        session.flush()
        return ident, Seal(key)

    def seal(self, session: Session, key_id: str) -> Seal:
        """Raises Erased where the key has been destroyed."""
        wrapped = session.execute(select(DataKey.wrapped).where(DataKey.id == key_id)).scalar_one_or_none()
        if wrapped is None:
            raise Erased(key_id)
        return Seal(self.ring.unwrap(wrapped, f"key:{key_id}"))

    def destroy(self, session: Session, key_id: str, at: datetime) -> None:
        """From now on nothing sealed with this key can be read, in no copy of the database that is made from now on."""
        row = session.execute(select(DataKey).where(DataKey.id == key_id)).scalar_one()
        row.wrapped, row.destroyed_at = None, at

    def secret(self, session: Session, name: str) -> bytes:
        """A key of the whole service, made at first use."""
        row = session.get(Secret, name)
        if row is None:
            row = Secret(name=name, wrapped=self.ring.wrap(new_key(), f"secret:{name}"))
            session.add(row)
            session.flush()
        return self.ring.unwrap(row.wrapped, f"secret:{name}")

    def rewrap(self, session: Session) -> int:
        """Wrap with the newest master key all that an older one wraps; how many keys that were. Notes are not touched."""
        count = 0
        for row in session.execute(select(DataKey).where(DataKey.wrapped.is_not(None))).scalars():
            if row.wrapped is not None and wrapped_by(row.wrapped) != self.ring.current:
                row.wrapped = self.ring.wrap(self.ring.unwrap(row.wrapped, f"key:{row.id}"), f"key:{row.id}")
                count += 1
        for secret in session.execute(select(Secret)).scalars():
            if wrapped_by(secret.wrapped) != self.ring.current:
                what = f"secret:{secret.name}"
                secret.wrapped = self.ring.wrap(self.ring.unwrap(secret.wrapped, what), what)
                count += 1
        return count
