"""Analysis in a bounded pool: a few notes at once, a few waiting, the rest told to come back; a note is never left unread.

Where the reader fails or takes too long, phrases and resources answer at once and the outcome says so. Reports are kept in English,
whatever COACH_WORDS is; a page says them in its own language.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from functools import cached_property

from api.errors import Busy, retry
from api.settings import ServiceSettings
from coach import Coach, Handbook, InputError, Note, Report

SLOW = "The trained reader took too long; only fixed phrases were looked for. The note will be read again."
FAILED = "The trained reader failed; only fixed phrases were looked for. The note will be read again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """A report; `failed` where the trained reader did not read the note though it should have."""

    report: Report
    failed: bool


class Analyst:
    """Safe to share between threads."""

    def __init__(self, settings: ServiceSettings, load: Callable[[], Coach], *, expects_reader: bool = True) -> None:
        """`expects_reader` is false where the trained reader is switched off: phrases alone are then no failure."""
        self._load, self._seconds, self._expects = load, settings.analysis_seconds, expects_reader
        self._pool = ThreadPoolExecutor(settings.analysis_workers, thread_name_prefix="analysis")
        self._places = threading.BoundedSemaphore(settings.analysis_workers + settings.analysis_queue)

    @cached_property
    def coach(self) -> Coach:
        return self._load()

    def analyze(
        self, note: Note, urgent_alarms: float | None = None, handbook: Handbook | None = None, *, remote: bool = False
    ) -> Outcome:
        """`urgent_alarms` is the program's place of the alarm dial, `handbook` its own, to cite. Only with `remote` is a language
        model elsewhere asked.

        Raises coach.errors.InputError for a note that cannot be read, Busy where too many wait.
        """
        coach = self.coach  # before a place is taken: what fails to load must not use the places up
        if not self._places.acquire(blocking=False):
            raise Busy("Too many notes are being read; nothing was stored. Send it again shortly.", headers=retry(2))
        try:
            work: Future[Report] = self._pool.submit(
                coach.analyze, note, words="en", urgent_alarms=urgent_alarms, handbook=handbook, remote=remote
            )
        except RuntimeError:
            self._places.release()
            raise
        work.add_done_callback(lambda _: self._places.release())
        try:
            report = work.result(self._seconds)
            return Outcome(report, self._expects and report.model_name == "phrases")
        except TooSlow:
            work.cancel()
            return Outcome(self.coach.without_reader(SLOW).analyze(note, words="en"), True)
        except InputError:
            raise
        except Exception:
            return Outcome(self.coach.without_reader(FAILED).analyze(note, words="en"), True)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
