"""What makes a house in a quarter of the time: the tables of a new database by replaying what the migrations once said, and passwords of the
people in it under a light hash. The migrations themselves are tested in test_service.py, the hash that ships in tests/security/test_code.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from argon2 import PasswordHasher

from api import security
from api.db import migrate
from api.db.session import make_engine

Said = tuple[tuple[str, Any], ...]
"""SQL with its parameters, in order."""

_LIGHT = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_upgrade = migrate.upgrade


@contextmanager
def light_passwords() -> Iterator[None]:
    """Passwords set meanwhile take a millisecond instead of a hundred."""
    with patch.object(security, "_passwords", _LIGHT):
        yield


@contextmanager
def replayed_tables() -> Iterator[None]:
    """An empty database that is brought up to date meanwhile gets its tables at once."""
    with patch.object(migrate, "upgrade", _replay):
        yield


def _replay(engine: sa.Engine, to: str = "head") -> None:
    """What `migrate.upgrade` does; where anything is there already, by `migrate.upgrade` itself."""
    if to != "head" or migrate.revision(engine) is not None:
        _upgrade(engine, to)
        return
    said = _on_sqlite() if engine.dialect.name == "sqlite" else _on_postgres()
    with engine.begin() as connection:
        for statement, given in said:
            connection.exec_driver_sql(statement, given or None)


@cache
def _on_sqlite() -> Said:
    with TemporaryDirectory() as folder:
        return _listened(make_engine(f"sqlite:///{Path(folder) / 'coach.db'}"))


@cache
def _on_postgres() -> Said:
    """Heard at the first database that is made, on one beside it."""
    from tests.api.conftest import new_postgres  # which itself needs this module

    with new_postgres() as beside:
        return _listened(make_engine(beside))


def _listened(engine: sa.Engine) -> Said:
    """All that the migrations say to an empty database but what they ask it."""
    said: list[tuple[str, Any]] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "SHOW", "BEGIN", "COMMIT")):
            said.append((statement, parameters))

    _upgrade(engine)
    engine.dispose()
    return tuple(said)
