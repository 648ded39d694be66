"""Files that were half written when the process or the disk stopped: told with what to do, or as if nothing had been begun."""

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.backup import NotDone
from api.main import main
from api.security import KeyFault, add_key, load_keys
from coach.guidance import index
from tests.api.conftest import CALM, GRAVE, House, house_on, quick_coach, settings_for
from tests.faults.conftest import Town
from tests.faults.holds import drained, holds
from tests.faults.test_damage import small

__all__ = ["small"]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a service's data and a whole copy of it, and the environment that names it."""
    monkeypatch.setenv("COACH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COACH_KEY_FILE", str(tmp_path / "keys"))
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    for text in (GRAVE, CALM):
        house.note(text)
    assert main(["backup", str(tmp_path / "copy.db")]) == 0
    house.at.database.engine.dispose()
    return tmp_path


def emptied(there: Path) -> None:
    for path in (there / "data").iterdir():
        path.unlink()


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
def test_a_truncated_copy_is_refused_and_leaves_the_place_free(
    there: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    whole = (there / "copy.db").read_bytes()
    (there / "short.db").write_bytes(whole[: int(len(whole) * share)])
    emptied(there)
    assert main(["restore", str(there / "short.db")]) == 1
    told = capsys.readouterr().err
    assert "short.db is " in told and "Use another copy" in told
    assert names(there / "data") == []
    assert main(["restore", str(there / "copy.db")]) == 0
    assert "the audit trail is whole" in capsys.readouterr().out


def test_a_flipped_bit_in_a_sealed_note_of_a_copy_is_told(
    there: Path, capsys: pytest.CaptureFixture[str], chance: random.Random
) -> None:
    """SQLite keeps no sums of its pages: the seals tell, note by note, and nothing of the words is said."""
    with closing(sqlite3.connect(there / "copy.db")) as copy:
        found = [*copy.execute("SELECT 'note', id, text FROM note"), *copy.execute("SELECT 'report', id, body FROM report")]
        for table, ident, words in found:
            column, data = {"note": "text", "report": "body"}[table], bytearray(words)
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            copy.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (bytes(data), ident))
        copy.commit()
    emptied(there)
    capsys.readouterr()
    assert main(["restore", str(there / "copy.db")]) == 1
    told = capsys.readouterr().out
    assert sorted(told.splitlines()) == sorted(f"{t} {i} is damaged: its words cannot be read in this copy" for t, i, _ in found)


class Stopped(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_stop_in_the_middle_leaves_no_half_under_the_name(there: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    target = there / ("second.db" if command == "backup" else "data/coach.db")
    if command == "restore":
        emptied(there)
    given = str(target if command == "backup" else there / "copy.db")

    def stop(*_: Any) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(Stopped):
            main([command, given])
    assert not target.exists()
    assert main([command, given]) == 0 and target.exists()


def test_a_backup_onto_a_full_disk_is_told_and_can_be_made_again(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A limit on the size of files stands for the disk: the copy is larger."""
    size = (there / "copy.db").stat().st_size // 2
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        f"from api.main import main; sys.exit(main(['backup', {str(there / 'second.db')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "second.db could not be written" in done.stderr
    assert names(there) == ["copy.db", "data", "keys"]
    assert main(["backup", str(there / "second.db")]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("share", [0.001, 0.5])
def test_a_truncated_database_stops_the_start_with_what_to_do(
    there: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    path = there / "data" / "coach.db"
    data = path.read_bytes()
    for rest in (there / "data").iterdir():
        rest.unlink()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(NotDone, match=r"coach\.db cannot be opened.*coach-api restore"):
        create_app(settings_for(f"sqlite:///{path}", there), load_coach=quick_coach)
    assert main(["audit", "verify"]) == 1
    assert "coach-api restore" in capsys.readouterr().err


def test_a_database_that_is_not_there_stops_the_start_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(NotDone, match="COACH_DATABASE_URL"):
        create_app(settings_for("postgresql://nobody@127.0.0.1:1/none", tmp_path), load_coach=quick_coach)


def half(line: str, how: str) -> bytes:
    data = line.encode()
    return {"empty": b"", "name": data[:2], "some": data[:20], "quads": data[: 3 + 24], "garbage": b"\xff\xfe\x00"}[how]


@pytest.mark.parametrize("how", ["empty", "name", "some", "quads", "garbage"])
def test_a_half_written_key_file_stops_the_start_and_overwrites_nothing(there: Path, how: str) -> None:
    path = there / "keys"
    whole = path.read_text(encoding="ascii")
    path.write_bytes(half(whole, how))
    settings = settings_for(f"sqlite:///{there / 'data' / 'coach.db'}", there)
    for fresh in (True, False):
        with pytest.raises(KeyFault, match=r"keys: .*Put back the copy") as caught:
            load_keys(settings, fresh)
        assert whole.split()[1][:8] not in str(caught.value)
    assert path.read_bytes() == half(whole, how)
    path.write_text(whole.rstrip("\n"), encoding="ascii")  # all but the line's end: the key is whole
    added = add_key(path, "k2")
    assert load_keys(settings, False).keys["k2"] == added and len(path.read_text().splitlines()) == 2


def test_a_stop_while_a_key_is_added_leaves_the_keys_that_were(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced = there / "keys", []
    whole, real = path.read_bytes(), os.fsync

    def stop(descriptor: int) -> None:
        synced.append(descriptor)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", stop)
        with pytest.raises(Stopped):
            add_key(path, "k2")
    assert synced and path.read_bytes() == whole and os.fsync is real
    add_key(path, "k2")
    assert path.read_bytes().startswith(whole) and oct(path.stat().st_mode)[-3:] == "600"


def test_an_interrupted_index_build_is_no_damaged_index(small: tuple[Path, str], tmp_path: Path, monkeypatch: Any) -> None:
    """Stopped before either file is put in place: what is read is the old index, or none; no half is left over."""
    source, mark = small
    made, folder = index.load(source, mark), tmp_path / "built"
    index.save(made, folder, "older")
    real = Path.replace
    for stop_at in (1, 2):
        seen = [0]

        def stopping(path: Path, to: Path, seen: list[int] = seen, stop_at: int = stop_at) -> Path:
            seen[0] += 1
            if seen[0] == stop_at:
                raise Stopped
            return real(path, to)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", stopping)
            with pytest.raises(Stopped):
                index.save(made, folder, mark)
        assert index.load(folder, mark) is None and names(folder) == ["manifest.json", "vectors.npz"]
    index.save(made, folder, mark)
    assert (index.load(folder, mark).vectors == made.vectors).all()


def test_what_was_restored_is_what_was_acknowledged(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All notes, flags and alerts of before, from a copy that was made while notes came in."""
    kept: dict[str, str] = {}
    for number, text in enumerate((GRAVE, CALM, GRAVE)):
        assert town.send(text, str(number), kept) == 201
    drained(town)
    monkeypatch.setenv("COACH_DATABASE_URL", town.address)
    monkeypatch.setenv("COACH_KEY_FILE", str(town.folder / "keys"))
    assert main(["backup", str(tmp_path / "copy.db")]) == 0
    monkeypatch.setenv("COACH_DATABASE_URL", f"sqlite:///{tmp_path / 'again' / 'coach.db'}")
    assert main(["restore", str(tmp_path / "copy.db")]) == 0
    app = create_app(
        settings_for(f"sqlite:///{tmp_path / 'again' / 'coach.db'}", town.folder), clock=town.clock, load_coach=quick_coach
    )
    holds(House(app, town.clock, ""), kept, town.heard())
    app.state.services.database.engine.dispose()
