"""Memory does not grow with the archive: the command's side, with a reader that only counts."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.helpers import SECRET, need_extra
from tests.benchmarks.mix_notes import FIELDS, write

ROOT = Path(__file__).resolve().parents[2]
MEASURED = """
import resource, sys
from pathlib import Path
from coach.batch.chunks import Cut
from coach.batch.run import run
from coach.batch.sources import find
from coach.settings import Settings
from tests.batch.helpers import Shuffled
totals = run(find([sys.argv[1]]), Path(sys.argv[2]), Settings(), Cut(), lambda: Shuffled(1))
print(totals.reports, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
"""Prints the number of reports and the peak of memory in MB (Linux)."""


def peak(source: Path, out: Path, reports: int) -> int:
    line = [sys.executable, "-c", MEASURED, str(source), str(out)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True, timeout=900)
    made, megabytes = map(int, done.stdout.split())
    assert made == reports
    return megabytes


@pytest.mark.long
@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_ten_times_the_notes_take_hardly_more_memory(tmp_path: Path, kind: str) -> None:
    need_extra()
    peaks = []
    for count in (10_000, 100_000):
        rows = ({**dict.fromkeys(FIELDS), "id": f"{n}", "text": f"{n} {SECRET} " * 60} for n in range(count))
        source = tmp_path / f"{count}.{kind}"
        write(source, rows)
        peaks.append(peak(source, tmp_path / f"out-{count}", count))
    assert source.stat().st_size > (90 if kind != "parquet" else 5) * 1_000_000
    assert peaks[1] < peaks[0] + 40, peaks
