"""Engines and sessions. A session is bound to one program: every query of a `Tenant` class is narrowed to it, here and nowhere
else, and a row of another program cannot be written. Work across programs (the worker, sign-in) says so with `ALL`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria

from api.db.models import Flag, Tenant
from api.db.patience import at_leisure, bound


class Every(str):
    """In place of a program's id: across programs. A type of its own, so that no text from outside ("*" in an address) is one."""


ALL = Every("*")


CHANNEL = "coach_flags"
"""Of PostgreSQL's NOTIFY: a program whose flags have changed."""


class NoProgram(RuntimeError):
    """A query of a program's rows without a program: a fault of ours."""


def make_engine(address: str, seconds: float = 0) -> Engine:
    """SQLite in WAL mode with every write transaction begun at once, or PostgreSQL. Values never show in errors.

    On PostgreSQL a statement has `seconds`, 0 for no limit (api/db/patience.py); SQLite waits 30 s for another that writes.
    """
    if not address.startswith("sqlite"):
        engine = create_engine(_driver(address), pool_pre_ping=True, hide_parameters=True, pool_size=10, max_overflow=10)
        if engine.dialect.driver == "psycopg":
            bound(engine, seconds)
        return engine
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late: only before the first write
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    """BEGIN IMMEDIATE for what writes: a transaction that reads first and writes later could not be granted the write."""
    reads = connection.get_execution_options().get("coach_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


class Database:
    """Sessions of one database. `heard` are called with a program whose flags have changed, where the database is this process' own;
    PostgreSQL tells all processes (api/live.py).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.embedded = engine, engine.dialect.name == "sqlite"
        self.heard: list[Callable[[str], None]] = []
        self._write = sessionmaker(engine, expire_on_commit=False)
        self._read = sessionmaker(engine.execution_options(coach_reads=True), expire_on_commit=False)

    @contextmanager
    def write(self, program: str, *, long: bool = False) -> Iterator[Session]:
        """A transaction: all of it is stored at the end, or nothing. `long`: its statements may take long, as those of the purge."""
        with self._write(info={"program": program}) as session, session.begin():
            if long:
                at_leisure(session.connection())
            yield session
        if self.embedded:
            for changed in session.info.get("changed", ()):
                for hear in self.heard:
                    hear(changed)

    @contextmanager
    def read(self, program: str) -> Iterator[Session]:
        with self._read(info={"program": program}) as session, session.begin():
            yield session


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    program = state.session.info.get("program")
    if isinstance(program, Every):
        return
    for mapper in state.all_mappers:
        if program is None and issubclass(mapper.class_, Tenant):
            raise NoProgram(mapper.class_.__name__)
    if program is not None and not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(
            with_loader_criteria(Tenant, lambda cls: cls.program_id == program, include_aliases=True)
        )


@event.listens_for(Session, "before_flush")
def _own(session: Session, *_: Any) -> None:
    """New rows get the program of the session; one of another program is refused."""
    program = session.info.get("program")
    for row in [*session.new, *session.dirty, *session.deleted]:
        if not isinstance(row, Tenant) or isinstance(program, Every):
            continue
        if row in session.new and row.program_id is None:
            row.program_id = program
        if row.program_id != program:
            raise NoProgram(type(row).__name__)


@event.listens_for(Session, "after_flush")
def _news(session: Session, *_: Any) -> None:
    """Each program whose flags a transaction changes is told of once: by PostgreSQL at the commit, else by `Database.write`."""
    changed: set[str] = session.info.setdefault("changed", set())
    found = {row.program_id for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, Flag)} - changed
    changed |= found
    if session.get_bind().dialect.name == "postgresql":
        for program in sorted(found):
            session.connection().execute(text("SELECT pg_notify(:channel, :program)"), {"channel": CHANNEL, "program": program})


__all__ = ["ALL", "CHANNEL", "Database", "NoProgram", "make_engine"]
