"""What the parts of `make bench` share: the notes, children in their own process, tables, and the page with its marked places."""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / ".venv" / "bin" / "python"
"""The environment of a user who only reads notes: no torch."""
EXAMPLES = ROOT / "tests" / "examples"
PAGE = Path(__file__).with_name("README.md")
NOTES = {"150 words": ("newcomer-nurse",), "300 words": ("newcomer-nurse", "student-at-risk", "youth-club")}


@dataclass(frozen=True)
class Effort:
    """How often each thing is measured; quick is for trying the benchmark itself, its figures say nothing."""

    rounds: int = 3
    repeats: int = 10
    cold: int = 5
    imports: int = 7
    queries: int = 200
    sizes: Sequence[int] = (250, 10_000, 50_000, 100_000)


QUICK = Effort(rounds=1, repeats=2, cold=1, imports=1, queries=20, sizes=(250, 2_000, 5_000))


def text_of(note: str) -> str:
    return "\n\n".join((EXAMPLES / f"{name}.txt").read_text(encoding="utf-8").strip() for name in NOTES[note])


def megabytes(peak: int) -> float:
    """Of ru_maxrss, which is in KiB on Linux and in bytes on macOS."""
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def own_peak() -> float:
    """MB of this process at its greatest."""
    return megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def timed(job: Callable[[], object], repeats: int) -> dict[str, list[float]]:
    """`ms` of the clock and `core` ms of all threads, for each of the runs after three to warm up."""
    found: dict[str, list[float]] = {"ms": [], "core": []}
    for turn in range(repeats + 3):
        cores, start = time.process_time(), time.perf_counter()
        job()
        if turn >= 3:
            found["ms"].append((time.perf_counter() - start) * 1000)
            found["core"].append((time.process_time() - cores) * 1000)
    return found


def environment() -> dict[str, str]:
    """A child's: the repository on the path, nothing fetched, byte code kept as on a user's machine."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True)
class Child:
    """What a child said on standard output and error, its seconds from start to end, its peak in MB."""

    out: str
    errors: str
    seconds: float
    peak: float


def child(command: Sequence[str], given: object = None) -> Child:
    """Run a command to its end, with `given` as JSON on its standard input. Ends the benchmark where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures"
        launch = [sys.executable, str(Path(__file__).with_name("launch.py")), str(figures), *command]
        done = subprocess.run(
            launch, cwd=ROOT, env=environment(), input=json.dumps(given), capture_output=True, text=True, check=False
        )
        seconds, peak, status = figures.read_text("ascii").split() if figures.exists() else ("0", "0", "1")
    if int(status):
        sys.exit(f"bench: {' '.join(command[1:])} failed:\n{done.stderr[-2000:]}")
    return Child(done.stdout, done.stderr, float(seconds), megabytes(int(peak)))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """In Markdown; the first column is words, the rest are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def filled(page: str, name: str, text: str) -> str:
    """The page with what stands between the marks of a name in place of what stood there. Raises ValueError without the marks."""
    pattern = re.compile(rf"(<!-- {name}: begin[^\n]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise ValueError(f"README.md has no place marked {name!r}, or several")
    return pattern.sub(lambda found: f"{found[1]}{text.strip()}\n{found[2]}", page)
