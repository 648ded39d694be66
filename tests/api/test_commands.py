"""`coach serve` and `coach-api`, as typed: settings, trail, keys, backup and restore."""

from pathlib import Path

import pytest

from api.db import migrate
from api.main import main
from coach.cli import main as coach
from tests.api.conftest import GRAVE, house_on


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a service's data, and the environment that names it."""
    monkeypatch.setenv("COACH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COACH_KEY_FILE", str(tmp_path / "keys"))
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    house.note(GRAVE)
    house.at.database.engine.dispose()
    return tmp_path


def test_every_setting_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    from api.settings import ServiceSettings

    assert coach(["serve", "--settings"]) == 0
    printed = capsys.readouterr().out
    assert all(f"COACH_{name.upper()}" in printed for name in ServiceSettings.model_fields)


def test_verify_rotate_verify(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify"]) == 0
    assert main(["keys", "rotate"]) == 0
    assert len((there / "keys").read_text().splitlines()) == 2
    assert main(["audit", "verify"]) == 0
    assert "whole" in capsys.readouterr().out


def test_a_backup_without_keys_is_of_no_use_and_with_them_whole(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = there / "copy.db"
    assert main(["backup", str(copy)]) == 0
    assert (there / "keys").read_bytes().split()[1] not in copy.read_bytes()
    assert main(["restore", str(copy)]) == 1
    assert "overwrites nothing" in capsys.readouterr().err
    for path in (there / "data").iterdir():
        path.unlink()
    keys = (there / "keys").read_text()
    (there / "keys").write_text("other " + keys.split(" ", 1)[1])
    assert main(["restore", str(copy)]) == 1
    assert "master key 'k1' is missing" in capsys.readouterr().out
    (there / "keys").write_text(keys)
    for path in (there / "data").iterdir():
        path.unlink()
    assert main(["restore", str(copy)]) == 0
    assert "the audit trail is whole" in capsys.readouterr().out


def test_a_missing_key_file_is_told(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (there / "keys").unlink()
    assert main(["audit", "verify"]) == 1
    assert "COACH_KEY_FILE" in capsys.readouterr().err


def test_up_and_down(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "downgrade", "base"]) == 0
    assert main(["db", "upgrade"]) == 0
    assert migrate.newest() in capsys.readouterr().out
