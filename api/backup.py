"""Backup and restore of the embedded database. A copy never holds the keys, and a restore says what is missing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from sqlalchemy import select

from api.db import migrate
from api.db.models import DataKey, Flag, FlagEvent, Note, Secret, StoredReport
from api.db.session import ALL, Database
from api.sealed import event_words, note_text, report_body
from api.security import KeyFault, wrapped_by
from api.services import Services
from api.settings import ServiceSettings

OTHER_COPY = "Use another copy; nothing was put in place."


class NotDone(Exception):
    """Why something was not done (a backup, a restore, a start), and what to do."""


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
    _copied(source, to)


def restore(settings: ServiceSettings, copy: Path) -> None:
    """Put a copy in place of a database that is not there. Raises NotDone."""
    target = _file(settings)
    if target.exists():
        raise NotDone(f"{target} is there already. Move it away first: a restore overwrites nothing.")
    if not copy.exists():
        raise NotDone(f"There is no file {copy}.")
    if not copy.stat().st_size:
        raise NotDone(f"{copy} is empty: no copy of a database. Use another copy.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _copied(copy, target)


def _copied(source: Path, to: Path) -> None:
    """The file has its name only when all of it is there and whole, so that a stop on the way leaves none. Raises NotDone."""
    half = to.with_name(f".{to.name}.half")
    half.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source)) as given, closing(sqlite3.connect(half)) as made:
            half.chmod(0o600)
            given.backup(made)
            whole = made.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not whole:
            raise NotDone(f"{source} is damaged. {OTHER_COPY}")
        half.replace(to)
    except sqlite3.OperationalError as fault:  # before its parent, below: no space, no right to read or write
        raise NotDone(
            f"{to.name} could not be written or {source.name} not be read: {fault}. Nothing was put in place."
        ) from None
    except sqlite3.DatabaseError:
        raise NotDone(f"{source} is damaged. {OTHER_COPY}") from None
    finally:
        for rest in (half, half.with_name(f"{half.name}-journal")):
            rest.unlink(missing_ok=True)


def unreadable(at: Services) -> Iterator[str]:
    """Of a restored database: notes, reports and comments whose words cannot be opened, by their ids. The keys must be there."""
    with at.database.read(ALL) as session:
        for note in session.execute(select(Note).where(Note.erased_at.is_(None))).scalars():
            seal = at.vault.seal(session, note.key_id)
            reports = session.execute(select(StoredReport).where(StoredReport.note_id == note.id)).scalars()
            events = session.execute(select(FlagEvent).join(Flag, Flag.id == FlagEvent.flag_id).where(Flag.note_id == note.id))
            opening: list[tuple[str, Callable[[], object]]] = [
                (f"note {note.id}", partial(note_text, seal, note)),
                *((f"report {row.id}", partial(report_body, seal, row)) for row in reports),
                *((f"event {row.id}", partial(event_words, seal, row)) for row in events.scalars()),
            ]
            for name, act in opening:
                try:
                    act()
                except KeyFault:
                    yield f"{name} is damaged: its words cannot be read in this copy"


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
