"""Stored notes a second and the 95th percentile of their time, at 1, 4 and 16 clients, on each database, beside bare analysis.

    .venv-test/bin/python tests/benchmarks/service.py [--seconds 10] [--postgres ADDRESS]

The service runs in a process of its own; the clients are threads here. Writes service.md; figures are of one run.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from datetime import date
from pathlib import Path

import httpx
import numpy as np
import sqlalchemy as sa

import coach
from api.app import first_token, make_services
from api.db.session import make_engine
from api.settings import ServiceSettings
from coach.training.corpus import raw_notes

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path(__file__).parent / "service.md"
HEAD = """# The service under load

`make bench-service` writes this page. {day}, {cores} cores; the clients run on the same machine. Bare `coach.analyze` in the same run:
{alone:.1f} notes a second (one caller, {words:.0f} words a note). A stored note is read, sealed and kept with its report, advice, flag
and alerts before it is answered.

| database | clients | stored notes a second | of bare | 95th percentile |
| --- | --- | --- | --- | --- |
"""


def texts() -> list[str]:
    """Forty notes of ordinary length from the corpus."""
    return [n["text"] for n in raw_notes(ROOT / "models" / "corpus") if 60 <= len(n["text"].split()) <= 250][:40]


def bare(notes: list[str], seconds: float) -> float:
    """Notes a second that one thread of ours reads without a service."""
    reader = coach.load()
    reader.analyze(notes[0])
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        reader.analyze(notes[count % len(notes)], region="CA")
        count += 1
    return count / (time.perf_counter() - start)


class Served:
    """A service on a database, and a key that may store notes."""

    def __init__(self, address: str, folder: Path) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        given = {"database_url": address, "data_dir": folder / "data", "key_file": folder / "keys", "migrate": True}
        given |= {"port": self.port, "requests_per_minute": 10**9, "public_url": f"http://127.0.0.1:{self.port}"}
        (folder / "data").mkdir()
        token = first_token(make_services(ServiceSettings(**given)))
        settings = {f"COACH_{k.upper()}": str(v) for k, v in given.items()}
        code = "from coach.cli import main; main(['serve', '--clean'])"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.url = f"http://127.0.0.1:{self.port}"
        while not self._up():
            time.sleep(0.1)
        with httpx.Client(base_url=self.url, timeout=30) as client:
            person = {"token": token, "email": "a@example.org", "name": "A", "password": "correct horse battery"}
            client.headers["X-CSRF-Token"] = client.post("/v1/setup", json=person).json()["csrf"]
            self.key = client.post("/v1/keys", json={"name": "b", "scopes": ["notes:write"]}).json()["token"]

    def _up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False

    def load(self, clients: int, notes: list[str], seconds: float) -> tuple[float, float]:
        """(stored notes a second, 95th percentile in milliseconds)."""
        times: list[float] = []
        until = time.perf_counter() + seconds

        def one(number: int) -> None:
            with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=60) as client:
                turn = number
                while time.perf_counter() < until:
                    start = time.perf_counter()
                    if client.post("/v1/notes", json={"text": notes[turn % len(notes)]}).status_code == 201:
                        times.append(time.perf_counter() - start)
                    turn += 1

        threads = [threading.Thread(target=one, args=(n,)) for n in range(clients)]
        start = time.perf_counter()
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return len(times) / (time.perf_counter() - start), float(np.quantile(times, 0.95)) * 1000

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def measure(name: str, address: str, notes: list[str], seconds: float, alone: float) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        served = Served(address.replace("FOLDER", folder), Path(folder))
        served.load(1, notes, 2)
        rows = []
        for clients in (1, 4, 16):
            rate, late = served.load(clients, notes, seconds)
            rows.append(f"| {name} | {clients} | {rate:.1f} | {rate / alone:.2f} | {late:.0f} ms |")
        served.stop()
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    notes = texts()
    words = statistics.mean(len(n.split()) for n in notes)
    alone = bare(notes, arguments.seconds)
    rows = measure("SQLite", "sqlite:///FOLDER/data/coach.db", notes, arguments.seconds, alone)
    name = f"coach_bench_{uuid.uuid4().hex[:8]}"
    engine = make_engine(arguments.postgres).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        try:
            address = arguments.postgres.rsplit("/", 1)[0] + f"/{name}"
            rows += measure("PostgreSQL", address, notes, arguments.seconds, alone)
        finally:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    PAGE.write_text(
        HEAD.format(day=date.today(), cores=os.cpu_count(), alone=alone, words=words) + "\n".join(rows) + "\n", "utf-8"
    )
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
