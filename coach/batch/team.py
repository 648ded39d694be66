"""Who reads: this process alone, or processes of this machine. All teams are used the same way, one call at a time."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Final, Protocol

from coach.batch.values import Job, Outcome
from coach.errors import BatchError

AHEAD: Final = 2
"""Jobs in flight for each worker: one is read, one waits, so that no worker is idle and memory is bounded."""
_DEATHS: Final = 3
"""So often a pool may lose a worker without finishing one job in between."""

Read = Callable[[Job], Outcome]


def read_job(job: Job) -> Outcome:
    """`coach.batch.work.read_job`, imported where it runs: who only hands out the jobs loads no models and no spaCy."""
    from coach.batch import work

    return work.read_job(job)


class Team(Protocol):
    """Takes jobs and gives outcomes, in any order. Raises BatchError where it cannot go on."""

    def room(self) -> int:
        """How many jobs may be in flight."""

    def submit(self, job: Job) -> None: ...

    def take(self) -> list[Outcome]:
        """Waits until there is at least one outcome of what was submitted."""

    def close(self) -> None:
        """Lets go of what is not done."""


class Alone:
    """This process."""

    def __init__(self, read: Read = read_job) -> None:
        self._read, self._jobs = read, deque[Job]()

    def room(self) -> int:
        return 1

    def submit(self, job: Job) -> None:
        self._jobs.append(job)

    def take(self) -> list[Outcome]:
        return [self._read(self._jobs.popleft())]

    def close(self) -> None:
        self._jobs.clear()


class Pool:
    """Processes of this machine. One that dies is replaced, and what was in flight is read again."""

    def __init__(self, count: int, read: Read = read_job) -> None:
        self._count, self._read = count, read
        self._jobs: dict[Future[Outcome], Job] = {}
        self._deaths = 0
        self._pool = self._begun()

    def room(self) -> int:
        return AHEAD * self._count

    def submit(self, job: Job) -> None:
        self._place([job])

    def take(self) -> list[Outcome]:
        while True:
            done, _ = wait(self._jobs, return_when=FIRST_COMPLETED)
            outcomes, lost = [], []
            for future in done:
                job = self._jobs.pop(future)
                if future.exception() is None:
                    outcomes.append(future.result())
                else:
                    lost.append(job)
            if outcomes:
                self._deaths = 0
            if lost:
                self._again(lost)
            if outcomes:
                return outcomes

    def close(self) -> None:
        # what still runs is of no use to anybody, and waiting for it would make ctrl-C slow
        for process in list((self._pool._processes or {}).values()):
            process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _again(self, lost: list[Job]) -> None:
        """A new pool; a pool that lost one process fails all that it holds."""
        self._deaths += 1
        jobs = sorted([*lost, *self._jobs.values()], key=lambda job: job.number)
        if self._deaths > _DEATHS:
            numbers = ", ".join(str(job.number) for job in jobs)
            raise BatchError(
                f"worker processes died {self._deaths} times in a row (too little memory?) while reading one of the chunks {numbers}. "
                "The same command goes on from here; --workers 1 needs the least memory."
            )
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._jobs = {}
        self._pool = self._begun()
        self._place(jobs)

    def _place(self, jobs: list[Job]) -> None:
        for at, job in enumerate(jobs):
            try:
                self._jobs[self._pool.submit(self._read, job)] = job
            except BrokenProcessPool:
                self._again(jobs[at:])
                return

    def _begun(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._count, multiprocessing.get_context("spawn"), _begin_worker)


def _begin_worker() -> None:
    """A worker leaves ctrl-C to the process that began it, and ends when that one is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
