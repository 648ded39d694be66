"""PostgreSQL goes away under load and comes back: by a proxy that cuts every connection, or lets nothing through any more, and by
stopping a server of one's own. And how long its statements may take.
"""

import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from api.alerts.worker import Worker
from api.app import make_services
from api.db import migrate, patience
from api.db.models import Note
from api.db.session import ALL, Database, make_engine
from api.notes.service import read_again
from tests.api.test_kill import free_port
from tests.faults.conftest import TEXTS, Town, town_on
from tests.faults.holds import drained, holds
from tests.faults.peers import Proxy

SENDERS = 2


class Load:
    """Senders and a running worker, until the end of the block: every note is sent, with its key, until it is acknowledged.

    `statuses` are those of what was not acknowledged, `refused` the senders that heard one.
    """

    def __init__(self, town: Town, chance: random.Random) -> None:
        self.town, self.kept, self.keys, self.statuses = town, dict[str, str](), set[str](), set[int]()
        self.refused = set[int]()
        self._over, self._given_up = threading.Event(), threading.Event()
        self._worker = Worker(town.at, read_again)
        seeds = [chance.randrange(2**32) for _ in range(SENDERS)]
        self._senders = [threading.Thread(target=self._send, args=(n, random.Random(seed))) for n, seed in enumerate(seeds)]

    def __enter__(self) -> "Load":
        self._worker.start()
        for sender in self._senders:
            sender.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._over.set()
        if fault[0] is not None:
            self._given_up.set()
        for sender in self._senders:
            sender.join()
        self._worker.stop()

    def _send(self, number: int, chance: random.Random) -> None:
        count = 0
        while not self._over.is_set():
            key, text = f"{number}-{count}", chance.choice(TEXTS)
            self.keys.add(key)
            while (status := self.town.send(text, key, self.kept)) not in (200, 201):
                self.statuses.add(status)
                self.refused.add(number)
                if self._given_up.wait(0.05):
                    return
            count += 1

    def acknowledged(self, more: int) -> None:
        """Waits until so many more notes are acknowledged."""
        goal, end = len(self.kept) + more, time.monotonic() + 20
        while len(self.kept) < goal:
            assert time.monotonic() < end, f"the service does not come back: {self.statuses}"
            time.sleep(0.02)


def check_all(town: Town, load: Load) -> None:
    """Nothing but 503 was answered meanwhile, each note is there once, and what must hold holds."""
    assert load.statuses <= {503}, load.statuses
    drained(town)
    with town.at.database.read(ALL) as session:
        assert session.execute(select(func.count()).select_from(Note)).scalar_one() == len(load.keys)
    holds(town, load.kept, town.heard())


def is_ready(town: Town) -> int:
    return int(town.client().get("/readyz").status_code)


def away(town: Town, leave: Callable[[], object], come: Callable[[], object], seconds: float) -> None:
    """The database gone for a while, which the service tells."""
    leave()
    time.sleep(seconds)
    assert is_ready(town) == 503
    come()


def test_connections_that_break_under_load_lose_nothing(postgres: str, tmp_path: Path, chance: random.Random) -> None:
    given, proxy = make_url(postgres), through(postgres)
    address = given.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    try:
        with town_on(address, tmp_path, worker_seconds=0.05) as town:
            with Load(town, chance) as load:
                for _ in range(3):
                    load.acknowledged(chance.randrange(1, 6))
                    away(town, proxy.cut, proxy.mend, chance.uniform(0.2, 0.8))
                load.acknowledged(3)
            assert is_ready(town) == 200 and load.statuses == {503}
            check_all(town, load)
    finally:
        proxy.close()


def test_a_database_that_says_nothing_any_more_holds_no_request(postgres: str, tmp_path: Path, chance: random.Random) -> None:
    """Connections stand, and no answer comes: 503 after the limits of a statement and of a connection, and all goes on after it.

    What was under way when it fell silent may yet be stored, though the sender heard 503: under its key it is stored once.
    """
    given, proxy = make_url(postgres), through(postgres)
    address = given.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    try:
        with town_on(address, tmp_path, worker_seconds=0.05, database_seconds=2) as town:
            with Load(town, chance) as load:
                load.acknowledged(chance.randrange(1, 6))
                proxy.stall()
                end = threading.Timer(30, proxy.mend)  # what hangs, nothing else could stop: the test fails then
                end.start()
                for _ in range(2):  # first with connections that were open, then with none
                    begun = time.monotonic()
                    assert is_ready(town) == 503
                    assert time.monotonic() - begun < 15
                while len(load.refused) < SENDERS and end.is_alive():
                    time.sleep(0.05)
                assert end.is_alive(), f"a note that was under way waits on: {load.refused}"
                end.cancel()
                proxy.mend()
                load.acknowledged(3)
            assert is_ready(town) == 200
            check_all(town, load)
    finally:
        proxy.close()


def through(address: str) -> Proxy:
    given = make_url(address)
    return Proxy(given.host or "127.0.0.1", given.port or 5432)


def slept(database: Database, seconds: float, *, long: bool = False) -> None:
    with database.write(ALL, long=long) as session:
        session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})


def test_a_statement_has_an_end_and_a_long_job_has_none(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends it, and a transaction that is left open; the connection serves on with the limit that it had before."""
    monkeypatch.setattr(patience, "IDLE", 0.5)
    database = Database(make_engine(postgres, 0.25))
    for _ in range(2):
        with pytest.raises(OperationalError, match="statement timeout"):
            slept(database, 5)
        slept(database, 0.8, long=True)
        with database.write(ALL, long=True) as session:
            time.sleep(0.8)
            session.execute(text("SELECT 1"))
    with pytest.raises(DBAPIError, match="idle-in-transaction"), database.write(ALL) as session:
        session.execute(text("SELECT 1"))
        time.sleep(0.8)
        session.execute(text("SELECT 1"))
    database.engine.dispose()
    patient = Database(make_engine(postgres))
    slept(patient, 0.8)
    patient.engine.dispose()


def test_the_address_has_the_last_word_on_how_it_is_reached(postgres: str) -> None:
    engine = make_engine(f"{postgres}?connect_timeout=7&keepalives_idle=5", 3)
    with engine.connect() as connection:
        told = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()
    assert (told["connect_timeout"], told["keepalives_idle"], told["tcp_user_timeout"]) == ("7", "5", "60000")


def test_migrations_commands_and_the_purge_are_not_cut_off(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody waits for has the limit; what must be done, however long it takes, has not."""
    migrated: list[str] = []
    upgrade = migrate.upgrade

    def noting(engine: Engine, to: str = "head") -> None:
        migrated.append(limit_of(engine))
        upgrade(engine, to)

    monkeypatch.setattr(migrate, "upgrade", noting)
    with town_on(postgres, tmp_path, database_seconds=1) as town:
        assert migrated == ["0"] and limit_of(town.at.database.engine) == "1s"
        command = make_services(town.at.settings)
        assert limit_of(command.database.engine) == "0"
        command.database.engine.dispose()
        monkeypatch.setattr(
            "api.alerts.worker.purge_webhooks", lambda _, session: session.execute(text("SELECT pg_sleep(1.5)")) and 0
        )
        worker = Worker(town.at, read_again)
        worker.tick()
        assert worker._purged is not None, "the purge was cut off"


def limit_of(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("SHOW statement_timeout")).scalar_one())


class Server:
    """A PostgreSQL of one's own in a folder, which can be stopped as a crash stops it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._data, self._programs, self.port = folder / "data", programs, free_port()
        self._user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "--no-sync")

    @property
    def address(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        log = str(self._data.parent / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def _run(self, name: str, *more: str) -> None:
        line = [str(self._programs / name), *more]
        subprocess.run(line, check=True, user=self._user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@contextmanager
def own_server() -> Iterator[Server]:
    """Skips where PostgreSQL's programs are not on this machine."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found += [Path(name).parent for name in (shutil.which("initdb"),) if name]
    programs = next((p for p in found if (p / "initdb").exists()), None)
    if programs is None:
        pytest.skip("needs PostgreSQL's own programs (initdb, pg_ctl)")
    with tempfile.TemporaryDirectory(prefix="coach-pg-") as folder:
        server = Server(Path(folder), programs)
        server.start()
        try:
            yield server
        finally:
            with suppress(subprocess.CalledProcessError):
                server.stop()


@pytest.mark.long
def test_a_server_that_is_stopped_and_started_under_load_loses_nothing(tmp_path: Path, chance: random.Random) -> None:
    with own_server() as server, town_on(server.address, tmp_path, worker_seconds=0.05) as town:
        with Load(town, chance) as load:
            for _ in range(2):
                load.acknowledged(chance.randrange(2, 8))
                away(town, server.stop, server.start, chance.uniform(0.1, 0.5))
            load.acknowledged(3)
        check_all(town, load)
