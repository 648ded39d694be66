"""Readers that take the coach's place, teams that finish in odd orders, and notes to read. Worker processes import this too."""

import json
import os
import random
import signal
from pathlib import Path

from coach.batch.team import Alone
from coach.batch.values import Job, Outcome, canonical
from tests.conftest import demand

SECRET = "Zephyrine"
"""A word of every note here, which may stand nowhere but in notes and reports."""


def quick(job: Job) -> Outcome:
    """A reader that only counts."""
    return Outcome(job.number, tuple(canonical({"id": n.id, "chars": len(n.text), "region": n.region}) for n in job.notes))


def fails(job: Job) -> Outcome:
    """A reader as none may be: it raises."""
    raise ValueError(job.notes[0].id)


def dies_once(job: Job) -> Outcome:
    """A reader whose process is killed at chunk 1, the first time."""
    flag = Path(job.notes[0].setting or "")
    if job.number == 1 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(job)


def dies(job: Job) -> Outcome:
    """A reader whose process is always killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return quick(job)


class Shuffled(Alone):
    """Five in flight, finished in any order, one or two at a time."""

    def __init__(self, seed: int) -> None:
        super().__init__(quick)
        self._chance, self.most = random.Random(seed), 0

    def room(self) -> int:
        return 5

    def submit(self, job: Job) -> None:
        super().submit(job)
        self.most = max(self.most, len(self._jobs))

    def take(self) -> list[Outcome]:
        self._chance.shuffle(self._jobs)
        return [out for _ in range(self._chance.choice((1, 2))) if self._jobs for out in super(Shuffled, self).take()]


def need_extra() -> None:
    """Skips where Dask or Arrow is missing; `require` for who is no test."""
    demand("batch", os.environ.get("COACH_REQUIRE", ""))


def notes_file(path: Path, count: int, setting: str | None = None) -> Path:
    """`count` small notes, every seventh of them bad."""
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            text = "" if n % 7 == 6 else f"Call {n} with {SECRET}, who hasn't slept since March."
            file.write(json.dumps({"id": f"n{n}", "text": text, "setting": setting}) + "\n")
    return path


def files(folder: Path) -> dict[str, bytes]:
    """All that a run wrote but the manifest, whose lines stand in the order of finishing."""
    found = (p for p in folder.rglob("*") if p.is_file() and p.name not in ("manifest.jsonl", ".lock"))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}
