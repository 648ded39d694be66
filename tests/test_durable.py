"""Files that are replaced whole: a stop at any step, several writers at once, who may read them; and what each caller asks for."""

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coach import durable
from coach.batch import durable as of_runs
from coach.guidance import handbook, index
from tests.together import together

MANY = 8


class Stopped(BaseException):
    """The process ends here."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_stop_at_any_step_leaves_the_file_that_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, many: bool
) -> None:
    path = tmp_path / "file"
    durable.write(path, [b"old"])

    def stop(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Path if step == "replace" else os, step, stop)
        with pytest.raises(Stopped):
            durable.write(path, [b"new"], many=many)
    assert path.read_bytes() == b"old"
    left = [p.name for p in tmp_path.iterdir() if p != path]
    assert left == ([] if many else [f".file{durable.HIDDEN}"])
    durable.write(path, [b"new", b"er"], many=many)
    assert path.read_bytes() == b"newer"
    assert many or [p.name for p in tmp_path.iterdir()] == ["file"], "a half of one name goes with the next writing"


def test_several_that_write_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    whole = [bytes([65 + n]) * 200_000 for n in range(MANY)]
    together(*(lambda data=data: durable.write(path, [data[:7], data[7:]], many=True) for data in whole))  # type: ignore[misc]
    assert path.read_bytes() in whole
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("links", [True, False])
def test_of_several_that_create_a_file_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    """With links and on a file system that has none."""
    if not links:

        def none(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", none)
    path = tmp_path / "file"
    whole = [bytes([65 + n]) * 1000 for n in range(MANY)]
    made = together(*(lambda data=data: durable.create(path, [data]) for data in whole))  # type: ignore[misc]
    assert made.count(True) == 1 and path.read_bytes() == whole[made.index(True)]
    assert [p.name for p in tmp_path.iterdir()] == ["file"] and mode(path) == 0o600
    assert durable.create(path, [b"x"]) is False and path.read_bytes() == whole[made.index(True)]


def test_one_at_a_time_in_a_folder(tmp_path: Path) -> None:
    """Each adds one to a number: none is lost."""
    path = tmp_path / "number"
    durable.write(path, [b"0"])

    def add() -> None:
        with durable.alone(tmp_path):
            durable.write(path, [str(int(path.read_bytes()) + 1).encode()])

    together(*[add] * MANY)
    assert int(path.read_bytes()) == MANY


class Bag:
    """An encoder without weights."""

    name = "bag"
    dimensions = 2

    def encode(self, texts: Any) -> Any:
        return np.ones((len(texts), 2), np.float32)


def test_every_caller_writes_by_the_one_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and keys for their owner alone, indexes and handbooks for who may read the installation; all of it on the disk."""
    seen: dict[str, tuple[int, bool]] = {}
    real = durable._written

    def noting(path: Path, parts: Any, mode: int, how: int) -> None:
        seen[path.name.split(".")[1]] = (mode, how == os.O_EXCL)
        real(path, parts, mode, how)

    monkeypatch.setattr(durable, "_written", noting)
    of_runs.write(tmp_path / "run", [b"x"])
    index.save(index.CardIndex(np.ones((1, 2), np.float32), np.array([0])), tmp_path, "mark")
    packed = handbook.Handbook.packed("guide.md", b"x", (), Bag())
    handbook.Shelf(tmp_path)._write("own", packed)
    (document,) = (tmp_path / "own").glob("*.json")
    from api.security import add_key

    add_key(tmp_path / "keys", "k1")
    owner, readable = (0o600, False), (0o644, True)
    assert seen == {"run": owner, "vectors": readable, "manifest": readable, document.stem: readable, "keys": owner}
    before = os.umask(0o077)
    try:
        durable.write(tmp_path / "shut", [b"x"], mode=durable.READABLE)
    finally:
        os.umask(before)
    assert mode(tmp_path / "shut") == 0o600, "what an umask shuts stays shut"
