"""How long PostgreSQL is waited for: to be reached, and at each statement; so that a database that hangs holds no request for ever.

The server is told (`statement_timeout`), which ends a statement that works or waits for a lock too long. Where the server itself or
the way to it says nothing any more, nobody ends it: libpq has no limit on reading, and keepalives notice a host that has vanished, not
one that keeps the connection and is silent. So the wait has an end here too, a little later, that the server's word may come first.
"""

import re
from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, event, text

REACHED = 10
"""Seconds in which a connection must stand; psycopg counts in whole ones, from 2."""
ALIVE: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""libpq's: a host that has vanished is noticed in a minute, by a statement without a limit too."""
LONG = 3600.0
"""Seconds of a statement that is known to be long, such as one of the purge."""
IDLE = 60.0
"""Seconds, or twice a statement's where that is more, that the server keeps a transaction in which nothing is asked: its asker is
gone, and what it has locked is free for the others then."""
_LIMITS = (
    "SELECT set_config('statement_timeout', :statement, :local), set_config('idle_in_transaction_session_timeout', :idle, :local)"
)


class Bounded(psycopg.Connection[Any]):
    """A connection whose statements, with the reading of their rows, end after `seconds`; None for no end.

    It is closed then: what would still come over it belongs to nobody. Raises OperationalError.
    """

    seconds: float | None = None

    def wait(self, gen: PQGen[Any], *more: Any, **named: Any) -> Any:
        bounded = gen if self.seconds is None else self._until(gen, monotonic() + self.seconds)
        return super().wait(bounded, *more, **named)

    def _until(self, gen: PQGen[Any], end: float) -> Generator[Any, Any, Any]:
        """psycopg resumes a generator every tenth of a second, whether something came or not."""
        try:
            asked = next(gen)
            while True:
                asked = gen.send((yield asked))
                if monotonic() > end:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the database did not answer in time")
        except StopIteration as done:
            return done.value
        finally:
            gen.close()


def bound(engine: Engine, seconds: float) -> None:
    """Every connection of the engine from now on; 0 seconds: no limit at a statement."""
    limit = _here(seconds) if seconds else None

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, given: Any, named: dict[str, Any]) -> Bounded:
        reached = min(REACHED, int(seconds)) if seconds else REACHED
        return Bounded.connect(*given, **{**ALIVE, "connect_timeout": max(2, reached), **named})  # what the address says counts

    @event.listens_for(engine, "connect")
    def tell(connection: Bounded, _record: Any) -> None:
        if limit is not None:
            connection.autocommit = True
            connection.execute(re.sub(r":(\w+)", r"%(\1)s", _LIMITS), _said(seconds, local=False))
            connection.autocommit = False
            connection.seconds = limit

    @event.listens_for(engine, "checkin")
    def hurry(connection: Bounded | None, _record: Any) -> None:
        if connection is not None:
            connection.seconds = limit


def at_leisure(connection: Connection) -> None:
    """This transaction's statements have LONG seconds each."""
    driver = connection.connection.driver_connection
    if isinstance(driver, Bounded) and driver.seconds is not None:
        connection.execute(text(_LIMITS), _said(LONG, local=True))
        driver.seconds = _here(LONG)


def _said(seconds: float, *, local: bool) -> dict[str, Any]:
    """Of _LIMITS, in milliseconds; `local` for this transaction alone."""
    return {"statement": f"{1000 * seconds:.0f}", "idle": f"{1000 * max(IDLE, 2 * seconds):.0f}", "local": local}


def _here(seconds: float) -> float:
    """A little later than the server."""
    return seconds + max(1.0, seconds / 5)
