"""The disk is full: what cannot be stored is not acknowledged, and everything goes on once there is room again."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from api.db.models import Note
from api.db.session import ALL
from tests.faults.conftest import TEXTS, Town, town_on
from tests.faults.holds import drained, holds

PAGES = 6
"""So many pages of SQLite are left: a note does not fit any more soon."""


@contextlib.contextmanager
def full(town: Town) -> Iterator[None]:
    """No connection of the service may make the database larger than a few pages more: SQLite says what it says of a full disk."""
    engine = town.at.database.engine
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + PAGES}")

    engine.dispose()
    event.listen(engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(engine, "connect", limit)
        engine.dispose()


def fill(town: Town, kept: dict[str, str], most: int = 200) -> list[str]:
    """Sends notes until three were refused; their keys."""
    refused: list[str] = []
    for number in range(most):
        status = town.send(TEXTS[number % 3], f"full-{number}", kept)
        assert status in (201, 503), status
        refused += [f"full-{number}"] if status == 503 else []
        if len(refused) == 3:
            return refused
    raise AssertionError("the disk did not fill")


def again(town: Town, refused: list[str], kept: dict[str, str]) -> None:
    """What was refused is taken under its key, once."""
    before = len(kept)
    for key in refused:
        assert town.send(TEXTS[int(key.split("-")[1]) % 3], key, kept) == 201
    assert len(kept) == before + len(refused)
    with town.at.database.read(ALL) as session:
        assert session.execute(select(func.count()).select_from(Note)).scalar_one() == len(kept)


def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_stored(town: Town) -> None:
    kept: dict[str, str] = {}
    assert town.send(TEXTS[1], "first", kept) == 201
    with full(town):
        refused = fill(town, kept)
        answer = town.people["mentor"].post("/v1/notes", json={"text": TEXTS[1]})
        assert answer.status_code == 503 and answer.json()["code"] == "no_storage" and answer.headers["Retry-After"]
        assert "football" not in answer.text
        town.app.state.worker.tick()
        holds(town, kept)
    again(town, refused, kept)
    drained(town)
    holds(town, kept, town.heard())


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = 6) -> Iterator[Path]:
    """A file system of its own in memory. Skips where this user may not mount one."""
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(line, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs leave to mount a file system (root); the test above stands in for it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.long
def test_a_file_system_without_room(tmp_path: Path) -> None:
    """A real one: what fills it is another file."""
    kept: dict[str, str] = {}
    with small_disk(tmp_path / "disk") as disk, town_on(f"sqlite:///{disk / 'coach.db'}", tmp_path) as town:
        assert town.send(TEXTS[1], "first", kept) == 201
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(os.urandom(4096)):
                pass
        refused = fill(town, kept)
        town.app.state.worker.tick()
        holds(town, kept)
        ballast.unlink()
        again(town, refused, kept)
        drained(town)
        holds(town, kept, town.heard())
