"""A run: chunks out to a team, outcomes into the folder, a bounded number between; what is done already is left alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coach.batch.chunks import Cut, check, chunks
from coach.batch.manifest import identity
from coach.batch.sources import Source
from coach.batch.store import Store, Totals
from coach.batch.team import Team
from coach.batch.values import Chunk, Job, Outcome
from coach.batch.versions import dials, versions
from coach.errors import BatchError
from coach.settings import Settings
from coach.text.items import Limits


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is: rows of chunks that are done, bad ones among them, and the share of the inputs from 0 to 1."""

    rows: int
    bad: int
    share: float


def run(
    sources: tuple[Source, ...],
    folder: Path,
    settings: Settings,
    cut: Cut,
    team: Callable[[], Team],
    tell: Callable[[Step], None] = lambda step: None,
) -> Totals:
    """Reads all that is not done yet into `folder`. `team` is called where there is something to read.

    Raises BatchError, UnreadableFile and MissingDependency; whatever it raises, what was told is on the disk, and the same call
    goes on from there.
    """
    limits = Limits.of(settings)
    check(sources, limits)
    made, given = versions(settings), dials(settings)
    with Store(folder, identity(sources, cut, given, made)) as store:
        progress = _Progress(store, tell)
        waiting = (chunk for chunk in progress.passing(chunks(sources, limits, cut)) if not store.has(chunk.number))
        _read(waiting, store, _Hired(team), progress, lambda c: Job(c.number, c.notes, given, made))
        return store.finish()


class _Hired:
    """The team, made when the first job is there: a chunk of bad rows alone needs none."""

    def __init__(self, make: Callable[[], Team]) -> None:
        self._make = make
        self._team: Team | None = None

    def __call__(self) -> Team:
        self._team = self._team or self._make()
        return self._team

    def close(self) -> None:
        if self._team is not None:
            self._team.close()


class _Progress:
    """Counts rows that are done: those of earlier runs as their chunks go by, the others when they are kept."""

    def __init__(self, store: Store, tell: Callable[[Step], None]) -> None:
        self._store, self._tell = store, tell
        self._parts: dict[int, float] = {}  # of the chunks that are out
        self._share = 0.0

    def passing(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        before = 0.0
        for chunk in chunks:
            self._parts[chunk.number], before = chunk.read - before, chunk.read
            if self._store.has(chunk.number):
                self.done(chunk)
            yield chunk

    def done(self, chunk: Chunk) -> None:
        self._share += self._parts.pop(chunk.number)
        totals = self._store.totals
        self._tell(Step(totals.rows, totals.bad, min(self._share, 1.0)))


def _read(waiting: Iterator[Chunk], store: Store, hired: _Hired, progress: _Progress, job_of: Callable[[Chunk], Job]) -> None:
    flying: dict[int, Chunk] = {}
    try:
        more = True
        while more or flying:
            while more and (not flying or len(flying) < hired().room()):
                chunk = next(waiting, None)
                if chunk is None:
                    more = False
                elif chunk.notes:
                    flying[chunk.number] = chunk
                    hired().submit(job_of(chunk))
                else:
                    _keep(store, chunk, Outcome(chunk.number, ()), progress)
            for outcome in hired().take() if flying else ():
                _keep(store, flying.pop(outcome.number), outcome, progress)
    finally:
        hired.close()


def _keep(store: Store, chunk: Chunk, outcome: Outcome, progress: _Progress) -> None:
    if outcome.refused is not None:
        raise BatchError(f"a worker cannot read chunk {chunk.number}: {outcome.refused}")
    if len(outcome.lines) != len(chunk.notes):
        raise BatchError(f"a worker gave {len(outcome.lines)} lines for the {len(chunk.notes)} notes of chunk {chunk.number}.")
    store.keep(chunk, outcome)
    progress.done(chunk)
