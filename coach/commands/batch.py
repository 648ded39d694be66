"""coach batch: archives of notes (JSONL, CSV, Parquet) -> a folder of reports, which any kill leaves ready to go on."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coach.errors import BatchError, UnknownValue
from coach.settings import Settings
from coach.values import REGION

if TYPE_CHECKING:
    from coach.batch.run import Step
    from coach.batch.team import Team

_MOST_WORKERS: Final = 8
_LINE_SECONDS: Final = 10.0


def add(commands: Any) -> None:
    p = commands.add_parser("batch", help="read archives of many notes into a folder", description=__doc__)
    p.add_argument("inputs", nargs="+", metavar="INPUT", help="files or folders of .jsonl .csv .parquet (extra: batch)")
    p.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or that of the same run to go on with")
    where = p.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help=f"processes of this machine; one a core, {_MOST_WORKERS} at most")
    where.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster instead: tcp://HOST:PORT or tls://HOST:PORT")
    p.add_argument("--region", help="where the mentees are, as ISO 3166 (CA, CA-QC, GB), where a row does not say")
    p.add_argument(
        "--minor",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="mentees are under 18 where a row does not say (--no-minor: are not)",
    )
    p.add_argument("--chunk", type=int, default=200, metavar="ROWS", help="rows a file of the output; what a kill can cost")
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Reads what is not done yet; 1 where rows were bad, which costs the others nothing."""
    settings = _checked(arguments)
    from coach.batch.chunks import Cut
    from coach.batch.run import run as read
    from coach.batch.sources import find

    sources = find(arguments.inputs)
    cut = Cut(arguments.chunk, arguments.region, arguments.minor)
    try:
        with _progress() as tell:
            totals = read(sources, arguments.out, settings, cut, lambda: _team(arguments), tell)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BatchError(f"could not go on: {why}. Mend that; the same command goes on from here.") from None
    print(f"{totals.reports} reports in {arguments.out}/reports, {totals.bad} bad rows in {arguments.out}/bad-rows.jsonl")
    return 1 if totals.bad else 0


def _checked(arguments: argparse.Namespace) -> Settings:
    if arguments.region and not REGION.fullmatch(arguments.region):
        raise UnknownValue(f"--region {arguments.region!r} is no ISO 3166 code. Examples: CA, CA-QC, US, GB.")
    if arguments.workers is not None and arguments.workers < 1:
        raise UnknownValue("--workers must be 1 or more.")
    if not 1 <= arguments.chunk <= 10_000:
        raise UnknownValue("--chunk must be from 1 to 10000.")
    if arguments.scheduler:
        from coach.batch.cluster import permit

        permit(arguments.scheduler)
    settings = Settings()
    if settings.llm != "none":
        raise UnknownValue("coach batch reads without a language model, so that a run gives the same twice: set COACH_LLM=none.")
    return settings


def _team(arguments: argparse.Namespace) -> "Team":
    if arguments.scheduler:
        from coach.batch.cluster import Cluster

        return Cluster(arguments.scheduler, _say)
    from coach.batch.team import Alone, Pool

    count = arguments.workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    return Alone() if count == 1 else Pool(count)


def _say(sentence: str) -> None:
    print(f"coach: {sentence}", file=sys.stderr, flush=True)


@contextmanager
def _progress() -> Iterator[Callable[["Step"], None]]:
    """A bar where a person is watching, else a line now and then; both on standard error."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda step: bar.update(task, completed=step.share, description=f"{step.rows} rows, {step.bad} bad")


class _Lines:
    """A line every ten seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _LINE_SECONDS

    def __call__(self, step: "Step") -> None:
        if time.monotonic() >= self._next:
            _say(f"{step.rows} rows done, {step.bad} of them bad, {step.share:.0%} of the inputs")
            self._next = time.monotonic() + _LINE_SECONDS
