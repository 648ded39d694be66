"""Stored notes a second and the 95th percentile of their time, at 1, 4 and 16 clients, on each database, beside bare analysis.

    python -m tests.benchmarks.service [--seconds 10] [--postgres ADDRESS]

The service runs in a process of its own; the clients are threads here. Writes service.md; figures are of one run.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

import httpx
import numpy as np

import coach
from tests.benchmarks.served import POSTGRES, SQLITE, Served, scratch, texts

PAGE = Path(__file__).parent / "service.md"
HEAD = """# The service under load

`make bench-service` writes this page. {day}, {cores} cores; the clients run on the same machine. Bare `coach.analyze` in the same run:
{alone:.1f} notes a second (one caller, {words:.0f} words a note). A stored note is read, sealed and kept with its report, advice, flag
and alerts before it is answered.

| database | clients | stored notes a second | of bare | 95th percentile |
| --- | --- | --- | --- | --- |
"""


def bare(notes: list[str], seconds: float) -> float:
    """Notes a second that one thread of ours reads without a service."""
    reader = coach.load()
    reader.analyze(notes[0])
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        reader.analyze(notes[count % len(notes)], region="CA")
        count += 1
    return count / (time.perf_counter() - start)


def load(url: str, key: str, clients: int, notes: list[str], seconds: float) -> tuple[float, float]:
    """(stored notes a second, 95th percentile in milliseconds)."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    def one(number: int) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
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


def measure(name: str, address: str, notes: list[str], seconds: float, alone: float) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, Served(address, Path(folder), requests_per_minute=10**9) as served:
        key = served.key()
        load(served.url, key, 1, notes, 2)
        rows = []
        for clients in (1, 4, 16):
            rate, late = load(served.url, key, clients, notes, seconds)
            rows.append(f"| {name} | {clients} | {rate:.1f} | {rate / alone:.2f} | {late:.0f} ms |")
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--postgres", default=POSTGRES)
    arguments = parser.parse_args()
    notes = texts()
    words = statistics.mean(len(n.split()) for n in notes)
    alone = bare(notes, arguments.seconds)
    rows = measure("SQLite", SQLITE, notes, arguments.seconds, alone)
    with scratch(arguments.postgres) as address:
        rows += measure("PostgreSQL", address, notes, arguments.seconds, alone)
    PAGE.write_text(
        HEAD.format(day=date.today(), cores=os.cpu_count(), alone=alone, words=words) + "\n".join(rows) + "\n", "utf-8"
    )
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
