"""Real processes killed with SIGKILL: the command, processes of the machine, workers of a Dask cluster over TCP. Minutes."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coach import Settings, load
from coach.batch.cluster import Cluster
from coach.batch.store import reports
from coach.batch.values import Job
from coach.errors import BatchError
from coach.report import to_dict
from coach.values import Note
from tests.batch.helpers import SECRET, fails, files, need_extra
from tests.benchmarks.mix_notes import mixed

ROOT = Path(__file__).resolve().parents[2]
NOTES, CHUNK, SEED = 120, 20, 20261126
pytestmark = pytest.mark.long


def command(source: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "coach.cli", "batch", str(source), "--out", str(out), "--chunk", str(CHUNK), *more]


def finish(source: Path, out: Path, *more: str) -> str:
    """Runs the command to its end; what it said."""
    done = subprocess.run(command(source, out, *more), cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert "2 bad rows" in done.stdout and done.returncode == 1, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archive(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mixed notes, a marked word in each, two bad rows among them."""
    require("reader")
    path = tmp_path_factory.mktemp("archive") / "notes.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, note in enumerate(mixed(NOTES, SEED)):
            note["text"] += f" {SECRET} hasn't slept."
            file.write('{"text": \n' if number in (5, 70) else json.dumps(note) + "\n")
    return path


@pytest.fixture(scope="module")
def expected(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one process makes of it."""
    out = tmp_path_factory.mktemp("expected") / "out"
    finish(archive, out, "--workers", "1")
    return out


def same_rows(one: Path, other: Path) -> None:
    """Row by row, then byte by byte."""
    pairs = list(zip(reports(one), reports(other), strict=True))
    assert [a["id"] for a, b in pairs if a != b] == []
    assert len(pairs) == NOTES - 2
    assert files(one) == files(other)


@dataclass
class Dask:
    """A scheduler and workers, each a process of its own, and all that they logged."""

    folder: Path
    address: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_LOGGING__DISTRIBUTED": "debug"}
        with (self.folder / f"{name}.log").open("ab") as log:
            line = [sys.executable, "-m", "dask", *arguments]
            self.processes[name] = subprocess.Popen(line, cwd=self.folder, env=env, stdout=log, stderr=log)

    def worker(self, name: str) -> None:
        self.start(name, "worker", self.address, "--name", name, "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    """A scheduler and two workers over TCP."""
    need_extra()
    made, written = Dask(tmp_path), tmp_path / "scheduler.json"
    made.start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(written))
    try:
        until(written.exists)
        until(lambda: written.read_text().strip().endswith("}"))
        made.address = json.loads(written.read_text())["address"]
        assert made.address.startswith("tcp://")
        for name in ("first", "second"):
            made.worker(name)
        yield made
    finally:
        for process in made.processes.values():
            process.kill()
            process.wait()


@contextlib.contextmanager
def watching(address: str) -> Iterator[Any]:
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:
        yield client


def until(there: Callable[[], Any], seconds: float = 120) -> Any:
    """What `there` gives when it first gives something."""
    end = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
    return found


def manifest_lines(out: Path) -> int:
    path = out / "manifest.jsonl"
    return path.read_bytes().count(b"\n") - 1 if path.exists() else 0


def test_the_reports_are_those_of_the_library(archive: Path, expected: Path) -> None:
    coach, made = load(Settings(threads=1)), list(reports(expected))
    notes = [json.loads(line) for line in archive.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    for note, report in list(zip(notes, made, strict=True))[::6]:
        given = Note(note["id"], note["text"], note["region"], note["minor"], note["setting"])
        assert report == json.loads(json.dumps(to_dict(coach.analyze(given))))


def test_a_worker_killed_in_mid_chunk_changes_nothing(archive: Path, expected: Path, dask: Dask, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with watching(dask.address) as client:
        client.wait_for_workers(2, timeout=120)
        process = subprocess.Popen(command(archive, out, "--scheduler", dask.address), cwd=ROOT, stderr=subprocess.PIPE)
        until(lambda: manifest_lines(out) >= 1)  # both have loaded their models by then, or are about to
        names = {info["name"]: address for address, info in client.scheduler_info()["workers"].items()}
        until(lambda: client.processing()[names["second"]])
        dask.processes["second"].send_signal(signal.SIGKILL)
        assert manifest_lines(out) < NOTES // CHUNK
        _, told = process.communicate(timeout=900)
    assert dask.processes["second"].wait() == -signal.SIGKILL
    assert process.returncode == 1, told
    same_rows(out, expected)
    assert SECRET not in dask.log() + told.decode()


def test_the_command_killed_while_a_cluster_reads_goes_on(archive: Path, expected: Path, dask: Dask, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for lines in (1, 3):
        process = subprocess.Popen(command(archive, out, "--scheduler", dask.address), cwd=ROOT, stderr=subprocess.DEVNULL)
        until(lambda lines=lines: manifest_lines(out) >= lines)
        process.kill()
        process.wait()
    dask.processes["first"].kill()
    assert "118 reports" in finish(archive, out, "--scheduler", dask.address)
    same_rows(out, expected)
    assert SECRET not in dask.log()


def test_the_command_and_its_processes_killed_at_any_time(archive: Path, expected: Path, tmp_path: Path) -> None:
    chance, out, kills = random.Random(SEED), tmp_path / "out", 0
    while manifest_lines(out) < NOTES // CHUNK - 1 and kills < 12:
        before = manifest_lines(out)
        process = subprocess.Popen(command(archive, out, "--workers", "2"), cwd=ROOT, stderr=subprocess.DEVNULL)
        timer = threading.Timer(chance.uniform(0.5, 20) if kills % 2 else 300, process.kill)
        timer.start()
        until(lambda p=process, b=before: p.poll() is not None or manifest_lines(out) > b, 400)
        timer.cancel()
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout.split()
        if kills % 3 == 1 and children:
            os.kill(int(children[-1]), signal.SIGKILL)  # a process of the pool, then the command itself
            time.sleep(chance.uniform(0, 1))
        process.kill()
        process.wait()
        until(lambda c=children: not any(alive(int(pid)) for pid in c), 60)  # its processes end with it
        kills += 1
    assert kills >= 3
    finish(archive, out, "--workers", "2")
    same_rows(out, expected)


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_ctrl_c_leaves_a_run_to_go_on_with(archive: Path, expected: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(command(archive, out, "--workers", "2"), cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)
    until(lambda: manifest_lines(out) >= 1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to the processes of the pool too
    _, told = process.communicate(timeout=60)
    assert (process.returncode, b"Traceback" in told) == (130, False), told
    finish(archive, out, "--workers", "1")
    same_rows(out, expected)


def test_even_a_task_that_fails_puts_no_word_into_dask_s_logs(dask: Dask) -> None:
    """`read_job` never raises; should a later one, then Dask logs what it was given: these hide it."""
    team = Cluster(dask.address, lambda _: None, fails)
    team.submit(Job(7, (Note("an-id", f"{SECRET} hasn't slept."),), {}, {}))
    with pytest.raises(BatchError, match=r"chunk 7 could not be read by the workers \(ValueError\)") as caught:
        team.take()
    team.close()
    assert SECRET not in str(caught.value)
    until(lambda: "Compute Failed" in dask.log())
    assert SECRET not in dask.log()


def test_a_scheduler_that_goes_away_or_is_not_there_is_told(dask: Dask) -> None:
    team = Cluster(dask.address, lambda _: None, fails)
    dask.processes["first"].kill()
    dask.processes["second"].kill()
    with watching(dask.address) as client:
        until(lambda: not client.nthreads())
    team.submit(Job(1, (Note("n", SECRET),), {}, {}))
    dask.processes["scheduler"].kill()
    with pytest.raises(BatchError, match="connection to the Dask scheduler was lost"):
        team.take()
    team.close()
    with pytest.raises(BatchError, match="no Dask scheduler answers"):
        Cluster(dask.address, lambda _: None)


def test_the_page_names_options_that_dask_has() -> None:
    need_extra()
    page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"`dask (worker tcp.+?)`", page)
    told = subprocess.run([sys.executable, "-m", "dask", "worker", "--help"], capture_output=True, text=True, check=True).stdout
    assert [option for option in re.findall(r"--[a-z]+", line) if option not in told] == []
