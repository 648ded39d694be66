"""Backup and restore of the embedded database. A copy never holds the keys, and a restore says what is missing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from api.db import migrate
from api.db.models import DataKey, Secret
from api.db.session import ALL, Database
from api.security import wrapped_by
from api.settings import ServiceSettings


class NotDone(Exception):
    """Why a backup or a restore was not made, and what to do."""


def _file(settings: ServiceSettings) -> Path:
    if not settings.embedded:
        raise NotDone("This database is PostgreSQL: use pg_dump and pg_restore. The key file is apart in either case.")
    return Path(settings.address.removeprefix("sqlite:///"))


def backup(settings: ServiceSettings, to: Path) -> None:
    """A whole copy of the database as it is at one moment, while the service runs. Raises NotDone."""
    source = _file(settings)
    if not source.exists():
        raise NotDone(f"There is no database at {source}.")
    if to.exists():
        raise NotDone(f"{to} is there already; name a new file.")
    with sqlite3.connect(source) as live, sqlite3.connect(to) as copy:
        live.backup(copy)
    live.close()
    copy.close()
    to.chmod(0o600)


def restore(settings: ServiceSettings, copy: Path) -> None:
    """Put a copy in place of a database that is not there. Raises NotDone."""
    target = _file(settings)
    if target.exists():
        raise NotDone(f"{target} is there already. Move it away first: a restore overwrites nothing.")
    if not copy.exists():
        raise NotDone(f"There is no file {copy}.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with sqlite3.connect(copy) as source, sqlite3.connect(target) as made:
        if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise NotDone(f"{copy} is damaged.")
        source.backup(made)
    source.close()
    made.close()
    target.chmod(0o600)


def missing(database: Database, keys: frozenset[str]) -> Iterator[str]:
    """What a restored database lacks to be of use: master keys by name, migrations."""
    found = migrate.revision(database.engine)
    if found != migrate.newest():
        yield f"the database is at {found or 'nothing'}: coach-api db upgrade"
        return
    with database.read(ALL) as session:
        wrapped = [w for w in session.execute(select(DataKey.wrapped)).scalars() if w is not None]
        wrapped += session.execute(select(Secret.wrapped)).scalars()
    for name in sorted({wrapped_by(w) for w in wrapped} - keys):
        count = sum(wrapped_by(w) == name for w in wrapped)
        yield f"master key {name!r} is missing: {count} data keys, and the notes under them, cannot be read without it"
