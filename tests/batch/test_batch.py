"""The run of an archive: formats, bad rows, crashes at every step, refusals, order. A reader that only counts stands for the coach."""

import contextlib
import csv
import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coach.batch import versions, work
from coach.batch.chunks import Cut, chunks
from coach.batch.cluster import permit
from coach.batch.run import run
from coach.batch.sources import find
from coach.batch.store import Store, reports
from coach.batch.team import Alone, Pool, Team
from coach.batch.values import Chunk, Fault, Job, Outcome, Place, Row
from coach.cli import main
from coach.errors import BatchError, CoachError, RemoteRefused, UnknownValue, UnreadableFile
from coach.settings import Settings
from coach.text.items import Limits
from coach.values import Note
from tests.batch.helpers import SECRET, Shuffled, dies, dies_once, files, need_extra, notes_file, quick

ROOT = Path(__file__).resolve().parents[2]
ROWS: list[dict[str, Any]] = [
    {"id": "1", "text": f'{SECRET} said: "no", twice;\r\nthen\nshe left', "region": "CA-QC", "minor": True, "setting": "school"},
    {"id": "deux", "text": "Élodie 🙂 a,b;c\td", "region": None, "minor": False, "setting": None},
    {"id": "3", "text": "line\u2028separator\x85kept", "region": None, "minor": None, "setting": None},
]


def go(given: list[Path], out: Path, team: Callable[[], Team] = lambda: Alone(quick), cut: Cut = Cut(4), **dials: Any) -> Any:  # noqa: B008
    return run(find([str(path) for path in given]), out, Settings(**dials), cut, team)


def bad_rows(out: Path) -> list[tuple[str, int, str]]:
    return [(r["file"], r["row"], r["code"]) for r in map(json.loads, (out / "bad-rows.jsonl").read_text().splitlines())]


def parquet(path: Path, columns: dict[str, Any], rows: int | None = None) -> Path:
    need_extra()
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, row_group_size=rows)
    return path


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as a file of the kind that its name says."""
    if path.suffix == ".jsonl":
        path.write_text("\ufeff" + "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    elif path.suffix == ".parquet":
        parquet(path, {name: [row[name] for row in rows] for name in rows[0]})
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.DictWriter(file, [*rows[0], "other"], delimiter="\t" if path.suffix == ".tsv" else ",")
            table.writeheader()
            table.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.parquet"])
def test_a_note_is_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    (chunk,) = chunks(find([str(written(tmp_path / name, ROWS))]), Limits.of(Settings()), Cut())
    assert chunk.notes == tuple(Note(**row) for row in ROWS)
    assert chunk.read == 1.0


def test_a_row_without_id_and_a_run_s_own_region(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder / "a.csv", [{"text": "one", "region": "GB"}, {"text": "two", "region": ""}])
    (chunk,) = chunks(find([str(tmp_path)]), Limits.of(Settings()), Cut(region="CA", minor=True))
    assert [(n.id, n.region, n.minor) for n in chunk.notes] == [
        ("x/a-1", "GB", True),
        ("x/a-2", "CA", True),
        ("y/a-1", "GB", True),
        ("y/a-2", "CA", True),
    ]


def test_bad_rows_stand_aside_without_a_word_of_theirs(tmp_path: Path) -> None:
    good = json.dumps({"id": "g", "text": "Good."})
    lines = [
        *(good, f'{{"text": "{SECRET}', json.dumps({"id": SECRET}), json.dumps({"text": " "})),
        *(json.dumps({"text": SECRET * 10}), good, json.dumps({"text": "a", "minor": SECRET}), f'"{SECRET}"'),
        *(json.dumps({"text": "x" * 400}), "", json.dumps({"id": "last", "text": "Fine."})),
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    table = f'id,text\nc1,one\nc2,"{SECRET}" two\nc3,a,b\n\nc4,four\nc5,{"y" * 400}\nc6,six\ng,again\nc7,"{SECRET}\nnever closed'
    (tmp_path / "b.csv").write_text(table, encoding="utf-8")
    parquet(tmp_path / "c.parquet", {"text": [None, "Fine.", "", 5 * SECRET], "minor": [None, True, None, None]})
    totals = go([tmp_path], tmp_path / "out", max_note_chars=40, max_file_bytes=300)
    assert bad_rows(tmp_path / "out") == [
        *[
            ("a.jsonl", 2, "bad_input"),
            ("a.jsonl", 3, "bad_input"),
            ("a.jsonl", 4, "empty_note"),
            ("a.jsonl", 5, "note_too_long"),
        ],
        *[("a.jsonl", 6, "duplicate_id"), ("a.jsonl", 7, "bad_input"), ("a.jsonl", 8, "bad_input"), ("a.jsonl", 9, "bad_input")],
        *[("b.csv", 2, "bad_input"), ("b.csv", 3, "bad_input"), ("b.csv", 5, "bad_input"), ("b.csv", 7, "duplicate_id")],
        *[("b.csv", 8, "bad_input"), ("c.parquet", 1, "bad_input"), ("c.parquet", 3, "empty_note")],
        ("c.parquet", 4, "note_too_long"),
    ]
    assert [r["id"] for r in reports(tmp_path / "out")] == ["g", "last", "c1", "c4", "c6", "c-2"]
    assert (totals.reports, totals.bad) == (6, 16)
    told = "".join(p.read_text() for p in (tmp_path / "out").rglob("*.jsonl") if p.parent.name != "reports")
    assert SECRET not in told and "a.jsonl row 1" in told


def test_bytes_that_are_no_utf_8_cost_nobody_else(tmp_path: Path) -> None:
    need_extra()
    import pyarrow as pa

    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\4\0\0\0\6\0\0\0"), pa.py_buffer(b"caf\xe9\xc3\xa9")]
    )
    parquet(tmp_path / "a.parquet", {"text": broken})
    (tmp_path / "b.jsonl").write_bytes(b'{"text": "caf\xe9"}\n{"text": "\xc3\xa9"}\n')
    (tmp_path / "c.csv").write_bytes(b"text\ncaf\xe9\n\xc3\xa9\n")
    (chunk,) = chunks(find([str(tmp_path)]), Limits.of(Settings()), Cut())
    assert [n.text for n in chunk.notes] == ["caf\ufffd", "é", "café", "é", "café", "é"]


def test_a_parquet_file_damaged_further_on_is_one_bad_row(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"text": [f"{SECRET} {n} {os.urandom(400).hex()}" for n in range(4000)]}, 500)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = b"\xff" * 4000
    path.write_bytes(data)
    totals = go([path], tmp_path / "out", cut=Cut(500))
    assert 0 < totals.reports < 4000
    assert bad_rows(tmp_path / "out")[-1] == ("a.parquet", totals.reports + 1, "unreadable_file")
    assert SECRET not in (tmp_path / "out" / "bad-rows.jsonl").read_text()


class Crash(BaseException):
    """The machine stops here."""


@contextlib.contextmanager
def crash_at(monkeypatch: pytest.MonkeyPatch, step: int) -> Iterator[list[int]]:
    """Stops at the `step`-th thing done to the disk, and in the middle of it where it is a write; counts how many there were."""
    seen = [0]

    def stopping(name: str) -> Any:
        real = getattr(os, name)

        def call(*given: Any, **more: Any) -> Any:
            seen[0] += 1
            if seen[0] == step:
                if name == "write":
                    real(given[0], bytes(given[1])[: len(given[1]) // 2])
                raise Crash
            return real(*given, **more)

        return call

    with monkeypatch.context() as patch:
        for name in ("write", "fsync", "replace", "ftruncate", "unlink", "mkdir"):
            patch.setattr(os, name, stopping(name))
        yield seen


def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.batch.run.versions", lambda _: {"reader": "1"})  # hashing all content takes most of the time
    source = notes_file(tmp_path / "a.jsonl", 10)
    go([source], tmp_path / "whole")
    expected, step = files(tmp_path / "whole"), 0
    while True:
        step += 1
        out = tmp_path / f"at-{step}"
        with crash_at(monkeypatch, step), contextlib.suppress(Crash):
            go([source], out)
            break
        with crash_at(monkeypatch, 5), contextlib.suppress(Crash):  # and once more while it goes on
            go([source], out)
        go([source], out)
        assert files(out) == expected
        lines = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()[1:]]
        assert sorted({line["chunk"] for line in lines}) == [0, 1, 2]
    assert step > 25


def test_a_full_disk_is_told_and_the_run_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, real, left = notes_file(tmp_path / "a.jsonl", 20), os.write, [9]
    monkeypatch.setattr("coach.commands.batch._team", lambda _: Alone(quick))

    def full(descriptor: int, data: bytes) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data)

    command = ["batch", str(source), "--out", str(tmp_path / "out"), "--chunk", "4"]
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert main(command) == 1
    assert "No space left" in capsys.readouterr().err
    assert main(command) == 1  # for the bad rows
    go([source], tmp_path / "whole")
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_what_is_done_is_not_read_again(tmp_path: Path) -> None:
    source, out, read = notes_file(tmp_path / "a.jsonl", 20), tmp_path / "out", []

    def counting(job: Job) -> Outcome:
        read.append(job.number)
        if len(read) == 3:
            raise Crash
        return quick(job)

    with pytest.raises(Crash):
        go([source], out, lambda: Alone(counting))
    go([source], out, lambda: Alone(counting))
    assert read == [0, 1, 2, 2, 3, 4]
    whole = files(out)
    (out / "reports" / "000001.jsonl").write_text("spoilt")
    (out / "bad" / "000003.jsonl").unlink()
    go([source], out, lambda: Alone(counting))
    assert read[6:] == [1, 3]
    assert files(out) == whole
    go([source], out, lambda: pytest.fail("there is nothing to read"))


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_finishing_gives_the_same_files(tmp_path: Path, seed: int) -> None:
    source = notes_file(tmp_path / "a.jsonl", 60)
    go([source], tmp_path / "alone")
    team = Shuffled(seed)
    go([source], tmp_path / "shuffled", lambda: team)
    assert files(tmp_path / "shuffled") == files(tmp_path / "alone")
    assert team.most == team.room()


def test_no_more_is_read_ahead_than_is_in_flight(tmp_path: Path) -> None:
    read, flying = [], []

    class Slow(Shuffled):
        def take(self) -> list[Outcome]:
            flying.append(len(read))
            done = super().take()
            del read[: len(done)]
            return done

    team = Slow(1)
    source = notes_file(tmp_path / "a.jsonl", 200)
    original = team.submit

    def submit(job: Job) -> None:
        read.append(job.number)
        original(job)

    team.submit = submit  # type: ignore[method-assign]
    go([source], tmp_path / "out", lambda: team)
    assert max(flying) == team.room()


def test_long_notes_end_a_chunk_early(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", [{"id": str(n), "text": "x" * 300_000} for n in range(20)])
    sizes = [len(chunk.rows) for chunk in chunks(find([str(tmp_path)]), Limits.of(Settings()), Cut(200))]
    assert sizes == [7, 7, 6]


def changed_file(folder: Path) -> None:
    notes_file(folder / "a.jsonl", 11)


def other_name(folder: Path) -> None:
    (folder / "a.jsonl").rename(folder / "c.jsonl")


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (changed_file, {}, r"other inputs \(a.jsonl\)"),
        (other_name, {}, r"other inputs \(a.jsonl, c.jsonl\)"),
        (None, {"cut": Cut(5)}, r"other options \(size\)"),
        (None, {"cut": Cut(4, "CA")}, r"other options \(region\)"),
        (None, {"words": "fr", "max_follow_ups": 3}, r"other settings \(max_follow_ups, words\)"),
        (None, {"use_reader": False}, r"other settings \(use_reader\) and versions \(reader\)"),
        (None, {"reader_dir": Path("/nowhere")}, r"other versions \(reader\)"),
        (None, {"index_dir": Path("/nowhere")}, r"other versions \(index\)"),
    ],
)
def test_a_folder_of_another_run_is_refused(tmp_path: Path, change: Any, options: dict[str, Any], says: str) -> None:
    given = tmp_path / "in"
    given.mkdir()
    notes_file(given / "a.jsonl", 10)
    written(given / "b.csv", ROWS)
    go([given], tmp_path / "out")
    before = files(tmp_path / "out")
    if change:
        change(given)
    with pytest.raises(BatchError, match=says):
        go([given], tmp_path / "out", **options)
    assert files(tmp_path / "out") == before


def test_a_moved_archive_goes_on_and_other_folders_are_refused(tmp_path: Path) -> None:
    notes_file(tmp_path / "a.jsonl", 10)
    run_ = {"format": 1, "inputs": [], "options": {}, "settings": {}, "versions": {}}
    go([tmp_path / "a.jsonl"], tmp_path / "out")
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "a.jsonl", tmp_path / "elsewhere")
    go([tmp_path / "elsewhere"], tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letters.txt").touch()
    with pytest.raises(BatchError, match="not empty"):
        Store(tmp_path / "full", run_)
    with Store(tmp_path / "new", run_), pytest.raises(BatchError, match="just now"):
        Store(tmp_path / "new", run_)
    manifest = tmp_path / "out" / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes().replace(b'"chunk":1', b'"chunk":', 1))
    with pytest.raises(BatchError, match="damaged"):
        go([tmp_path / "elsewhere"], tmp_path / "out")


def test_an_input_that_changes_while_it_is_read_stops_the_run(tmp_path: Path) -> None:
    source = notes_file(tmp_path / "a.jsonl", 50)

    def changing(job: Job) -> Outcome:
        notes_file(source, 51)
        return quick(job)

    with pytest.raises(BatchError, match="was changed"):
        go([source], tmp_path / "out", lambda: Alone(changing))
    with pytest.raises(BatchError, match="other inputs"):
        go([source], tmp_path / "out")


def test_nothing_that_may_be_logged_shows_a_note() -> None:
    note = Note("n", SECRET)
    values = [
        *(Row(1, note, 0.5), Chunk(1, ((Place("a", 1), note),), 1.0), Job(1, (note,), {}, {}), Outcome(1, (SECRET,))),
        [Job(1, (note,), {}, {})],
    ]
    assert SECRET not in repr(values) + str(values) + f"{values}"


def test_a_worker_quotes_nothing_whatever_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        model = ("reader", "1")

        def analyze(self, note: Note) -> None:
            raise {"own": UnknownValue(SECRET), "other": ValueError(SECRET)}[note.id]

    settings = Settings()
    given, made = versions.dials(settings), versions.versions(settings)
    job = Job(3, (Note("own", SECRET), Note("other", SECRET)), given, made)
    monkeypatch.setattr(work, "_loaded", {})
    monkeypatch.setattr(work, "build", lambda _: Failing())
    assert work.read_job(job) == Outcome(
        3, (Fault("unknown_value", "was refused by the coach"), Fault("failed", "the coach failed on it (ValueError)"))
    )
    older = work.read_job(Job(3, job.notes, given, {**made, "reader": "older"}))
    assert "reader are of another version" in (older.refused or "") and not older.lines
    monkeypatch.setattr(work, "build", lambda _: 1 / 0)
    without = work.read_job(Job(3, job.notes, {**given, "use_reader": False}, made))
    assert without.refused and not without.lines


def test_a_worker_without_its_reader_is_refused(tmp_path: Path) -> None:
    source = notes_file(tmp_path / "a.jsonl", 5)
    with pytest.raises(BatchError, match=r"cannot read chunk 0: .*another version"):
        run(find([str(source)]), tmp_path / "out", Settings(reader_dir=tmp_path), Cut(), Alone)


def test_processes_that_die_are_replaced(tmp_path: Path) -> None:
    source = notes_file(tmp_path / "a.jsonl", 20, str(tmp_path / "flag"))
    go([source], tmp_path / "alone")
    go([source], tmp_path / "pool", lambda: Pool(2, dies_once))
    assert (tmp_path / "flag").exists()
    assert files(tmp_path / "pool") == files(tmp_path / "alone")


@pytest.mark.long
def test_processes_that_always_die_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=r"died 4 times in a row .* chunks 0, 1"):
        go([notes_file(tmp_path / "a.jsonl", 20)], tmp_path / "out", lambda: Pool(1, dies))


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("tcp://127.0.0.1:8786", None),
        ("tcp://10.1.2.3:8786", None),
        ("tls://cluster.example.org:8786", None),
        ("tcp://cluster.example.org:8786", RemoteRefused),
        ("tcp://8.8.8.8:8786", RemoteRefused),
        ("inproc://a/1", UnknownValue),
        ("127.0.0.1:8786", UnknownValue),
        ("tcp://127.0.0.1@8.8.8.8:1", UnknownValue),
    ],
)
def test_notes_do_not_leave_unencrypted(address: str, error: type[CoachError] | None) -> None:
    if error is None:
        assert permit(address) == address
        return
    with pytest.raises(error):
        permit(address)


@pytest.mark.parametrize(
    ("name", "data", "error", "says"),
    [
        ("a.txt", b"x", UnknownValue, "coach analyze"),
        ("a.csv", b"id,body\n1,x\n", UnreadableFile, 'no column "text"'),
        ("a.csv", b"", UnreadableFile, 'no column "text"'),
        ("a.parquet", b"x", UnreadableFile, "no Parquet file"),
        ("a.jsonl", "x".encode("utf-16"), UnreadableFile, "UTF-16"),
        ("gone.jsonl", None, UnreadableFile, "cannot be opened"),
    ],
)
def test_a_file_that_cannot_be_read_stops_before_the_run(
    tmp_path: Path, name: str, data: bytes | None, error: type[CoachError], says: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=says):
        go([tmp_path / name], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("module", "name"), [("pyarrow.parquet", "a.parquet"), ("distributed", "a.jsonl")])
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str, name: str
) -> None:
    written(tmp_path / name, ROWS)
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["batch", str(tmp_path / name), "--out", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:1"]) == 1
    assert "conversation-coach[batch]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [["--workers", "0"], ["--chunk", "0"], ["--region", "Canada"], ["--scheduler", "tcp://example.org:1"], []]
)
def test_wrong_usage_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    if not more:
        monkeypatch.setenv("COACH_LLM", "local")
    status = main(["batch", str(written(tmp_path / "a.jsonl", ROWS)), "--out", str(tmp_path / "out"), *more])
    assert (status, (tmp_path / "out").exists()) == (1 if "--scheduler" in more else 2, False)
    assert "Traceback" not in capsys.readouterr().err


def test_the_quick_start_runs(require: Callable[[str], None], tmp_path: Path) -> None:
    require("reader")
    block = re.search(r"```sh\n(.+?)```", (ROOT / "docs" / "batch.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block and len(block[1].splitlines()) <= 10
    code = f'coach() {{ "{sys.executable}" -m coach.cli "$@"; }}\n{block[1]}'
    done = subprocess.run(["bash", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "1 bad rows" in done.stdout and "Traceback" not in done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [row.get("id") for row in rows] == ["a-1", "a-2", None]
    assert rows[0]["signals"] and rows[2] == {"file": "notes.jsonl", "row": 3, "code": "bad_input", "reason": rows[2]["reason"]}
    assert oct((tmp_path / "read" / "reports" / "000000.jsonl").stat().st_mode)[-3:] == "600"
