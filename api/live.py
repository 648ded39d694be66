"""News of flags between processes: whoever stores a change rings, and every desk that is open, on any process, looks at once.

On PostgreSQL a ring is a NOTIFY of the transaction that made the change, so that it is heard after the commit, or never; with SQLite
there is one process alone. A ring carries a program's id and nothing else. One that is lost (the database went away) costs a desk
no more than its own seconds between two looks.
"""

import asyncio
import contextlib
import logging
import threading
from collections import defaultdict

import psycopg

from api.db.session import CHANNEL, Database

log = logging.getLogger("coach.live")
AGAIN = 2.0
"""Seconds until a lost connection is tried again; a stop is noticed within as much."""


class Bell:
    """Wakes those who wait for news of a program. One thread listens, from the first wait on, on a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._database, self._stopped, self._lock = database, threading.Event(), threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        self._thread: threading.Thread | None = None
        database.heard.append(self.ring)

    async def wait(self, program: str, seconds: float) -> bool:
        """True where something rang, False after the seconds."""
        mine = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._waiting[program].add(mine)
            if self._thread is None and not self._database.embedded:
                self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self._thread.start()
        try:
            await asyncio.wait_for(mine[1].wait(), seconds)
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting[program].discard(mine)
                if not self._waiting[program]:
                    del self._waiting[program]
        return True

    def ring(self, program: str) -> None:
        """Wake those who wait in this process."""
        with self._lock:
            waiting = list(self._waiting.get(program, ()))
        for loop, woken in waiting:
            with contextlib.suppress(RuntimeError):  # its loop has ended
                loop.call_soon_threadsafe(woken.set)

    def close(self) -> None:
        self._stopped.set()
        self._database.heard.remove(self.ring)
        if self._thread is not None:
            self._thread.join(AGAIN + 1)

    def _listen(self) -> None:
        address = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stopped.is_set():
            try:
                with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopped.is_set():
                        for heard in connection.notifies(timeout=AGAIN):
                            self.ring(heard.payload)
            except psycopg.Error as fault:
                log.warning("live", extra={"fault": type(fault).__name__})
                self._stopped.wait(AGAIN)
