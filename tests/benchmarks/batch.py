"""make bench-batch: time of `coach batch` against the number of notes, for one worker and two, as a table and a plot.

python -m tests.benchmarks.batch [COUNT[:WORKERS] ...] [--workers N ...] [--dask] [--sentences N] [--chunk ROWS]
200000 with one worker and with two takes hours; `50000 200000:2 --sentences 2 --chunk 500` cuts each note after two sentences.

Each run is the command itself, in .venv (core, no torch) where that is there, over notes of tests/benchmarks/mix_notes.py (JSONL), timed from start to end, with the loading of the models and the writing to the disk. With --dask the workers are processes (dask
worker) behind a scheduler over TCP, started beforehand; else they are the command's own. Core-seconds are the processor time of all
processes of the command, which a busy machine disturbs least; memory is the greatest peak of one of them.

Writes batch.md and batch.png beside this file. Not a test: nothing here passes or fails.
"""

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from coach.batch.store import reports
from tests.benchmarks.mix_notes import mixed, write

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / ".venv" / "bin" / "python"
PAGE, PLOT = Path(__file__).with_name("batch.md"), Path(__file__).with_name("batch.png")
COUNTS = (250, 500, 1000, 2000)
CHUNK = 25
"""Rows, where none are given: few, so that two workers share even a short run evenly."""

BUSY = "\nThe machine was busy with other work: seconds, and with them the plot and the gain of two workers, say little here; core-seconds do.\n"


@dataclass(frozen=True)
class Figure:
    """One run: seconds of the clock and of the cores (0 with Dask, whose workers are not the command's), MB of the process that
    took most, the load of the machine at its start."""

    notes: int
    workers: int
    seconds: float
    cores: float
    megabytes: float
    load: float


@dataclass(frozen=True)
class Task:
    """What is to be run: notes and the numbers of workers for each; rows of a chunk; the sentences of a note, None for all; whether on a
    Dask cluster."""

    runs: Sequence[tuple[int, Sequence[int]]]
    chunk: int
    sentences: int | None
    dask: bool


def measured(notes: int, workers: int, chunk: int, source: Path, out: Path, scheduler: str | None) -> Figure:
    where = ["--scheduler", scheduler] if scheduler else ["--workers", str(workers)]
    load, start = os.getloadavg()[0], time.perf_counter()
    python = sys.executable if scheduler or not CORE.exists() else str(CORE)
    command = [python, "-m", "coach.cli", "batch", str(source), "--out", str(out), "--chunk", str(chunk), *where]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"bench: coach batch ended with {process.returncode}")
    if sum(1 for _ in reports(out)) != notes:
        sys.exit("bench: reports are missing")
    unit = 1024**2 if sys.platform == "darwin" else 1024
    cores = 0 if scheduler else usage.ru_utime + usage.ru_stime
    return Figure(notes, workers, seconds, cores, usage.ru_maxrss / unit, load)


@contextlib.contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """A scheduler and workers over TCP; gives the address."""
    from distributed import Client

    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    started = [subprocess.Popen([*dask, "scheduler", *options], **quiet)]
    try:
        while not file.exists() or not file.read_text().strip().endswith("}"):
            time.sleep(0.1)
        address: str = json.loads(file.read_text())["address"]
        for _ in range(workers):
            options = [address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
            started.append(subprocess.Popen([*dask, "worker", *options], **quiet))
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=120)
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()
        file.unlink(missing_ok=True)


def measure(task: Task) -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for notes, workers in task.runs:
            source = folder / f"{notes}.jsonl"
            write(source, mixed(notes, most_sentences=task.sentences))
            outputs = [folder / f"{notes}-{number}" for number in workers]
            for number, out in zip(workers, outputs, strict=True):
                with cluster(number, folder) if task.dask else contextlib.nullcontext() as address:
                    figures.append(measured(notes, number, task.chunk, source, out, address))
                print(figures[-1], flush=True)
            if len({digest(out) for out in outputs}) != 1:
                sys.exit("bench: the outputs differ by number of workers")
            for out in outputs:
                shutil.rmtree(out)
    return figures


def digest(out: Path) -> str:
    """Of all reports of a run, in their order."""
    whole = hashlib.sha256()
    for path in sorted((out / "reports").iterdir()):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def page(figures: Sequence[Figure], task: Task) -> str:
    where = (
        f"{date.today()}, {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), Python {platform.python_version()}"
    )
    rows = [
        "| notes | workers | seconds | core-seconds | notes a second | against one worker | peak memory | load at the start |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    alone = {f.notes: f.seconds for f in figures if f.workers == 1}
    for f in figures:
        ratio = f"{alone[f.notes] / f.seconds:.2f}" if f.notes in alone else ""
        cells = (
            f"{f.notes:,}",
            f.workers,
            f"{f.seconds:.0f}",
            f"{f.cores:.0f}" if f.cores else "",
            f"{f.notes / f.seconds:.1f}",
            ratio,
            f"{f.megabytes:.0f} MB",
            f"{f.load:.1f}",
        )
        rows.append(f"| {' | '.join(map(str, cells))} |")
    how = (__doc__ or "").split("\n\n")[2].replace("\n", " ").strip()
    workers = "Dask workers over TCP" if task.dask else "the command's own processes"
    cut = f"; notes cut after {task.sentences} sentence{'s' if task.sentences > 1 else ''}" if task.sentences else ""
    return (
        f"# Archives\n\n`make bench-batch` writes this page. {where}; workers: {workers}; chunks of {task.chunk} notes{cut}.\n\n"
        + "\n".join(rows)
        + f"\n\n![time against notes](batch.png)\n\n{how}\n\nWhere a count was run with several numbers of workers, their outputs were the same to the byte.\n"
        + (BUSY if max(f.load for f in figures) > 1.5 * (os.cpu_count() or 1) else "")
    )


def plot(figures: Sequence[Figure]) -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    drawing, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for workers in sorted({f.workers for f in figures}):
        points = [(f.notes, f.seconds) for f in figures if f.workers == workers]
        axes.plot(*zip(*points, strict=True), marker="o", label=f"{workers} worker{'s' if workers > 1 else ''}")
    axes.set(xlabel="notes", ylabel="seconds", title="coach batch: time against work", xlim=(0, None), ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend()
    drawing.savefig(PLOT, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", default=[str(count) for count in COUNTS], metavar="COUNT[:WORKERS]")
    parser.add_argument("--workers", type=int, nargs="+", default=(1, 2), metavar="N")
    parser.add_argument("--dask", action="store_true", help="workers of a Dask cluster on this machine, over TCP")
    parser.add_argument("--sentences", type=int, help="cut each note after so many")
    parser.add_argument("--chunk", type=int, default=CHUNK)
    given = parser.parse_args()
    runs = [(int(count), [int(n)] if n else given.workers) for count, _, n in (text.partition(":") for text in given.counts)]
    task = Task(runs, given.chunk, given.sentences, given.dask)
    figures = measure(task)
    PAGE.write_text(page(figures, task), encoding="utf-8")
    plot(figures)
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
