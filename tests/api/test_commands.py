"""`coach serve` and `coach-api`, as typed: settings, trail, keys, backup and restore."""

import base64
from pathlib import Path

import pytest

from api.backup import NotDone
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


def test_no_service_starts_where_notes_would_travel_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused before anything is made; on a network that is trusted the operator says so (`create_app` is as far as this goes)."""
    monkeypatch.setenv("COACH_PUBLIC_URL", "http://coach.example.org")
    given = ["serve", "--clean", "--data", str(tmp_path / "data")]
    assert coach(given) == 1 and "without TLS" in capsys.readouterr().err and not (tmp_path / "data").exists()

    def made(_: object) -> None:
        raise NotDone("got this far")

    monkeypatch.setattr("api.main.create_app", made)
    monkeypatch.setenv("COACH_PLAIN_HTTP", "true")
    assert coach(given) == 1 and "got this far" in capsys.readouterr().err
    monkeypatch.delenv("COACH_PLAIN_HTTP")
    for url in ("https://coach.example.org", "http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        monkeypatch.setenv("COACH_PUBLIC_URL", url)
        assert coach(given) == 1 and "got this far" in capsys.readouterr().err, url
    monkeypatch.delenv("COACH_PUBLIC_URL")
    assert coach([*given, "--host", "0.0.0.0"]) == 1 and "without TLS" in capsys.readouterr().err


def test_verify_rotate_verify(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify"]) == 0
    assert main(["keys", "rotate"]) == 0
    assert len((there / "keys").read_text().splitlines()) == 2
    assert main(["audit", "verify"]) == 0
    assert "whole" in capsys.readouterr().out


def test_keys_from_the_environment_are_rotated_there(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new key that only a file held would leave nothing readable: the service would never read that file."""
    first = (there / "keys").read_text().strip()
    monkeypatch.setenv("COACH_MASTER_KEYS", first)
    assert main(["keys", "rotate"]) == 1
    assert "COACH_MASTER_KEYS" in capsys.readouterr().err
    assert (there / "keys").read_text().strip() == first
    monkeypatch.setenv("COACH_MASTER_KEYS", f"{first},k2 {base64.b64encode(bytes(range(32))).decode()}")
    assert main(["keys", "rotate"]) == 0
    assert "wrapped with k2" in capsys.readouterr().out
    assert main(["audit", "verify"]) == 0
    monkeypatch.setenv("COACH_MASTER_KEYS", first)
    assert main(["audit", "verify"]) == 1


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


def test_an_account_is_shut_at_once_and_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COACH_KEY_FILE", str(tmp_path / "keys"))
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    staff, given = house.people["staff"], {"email": "staff@example.org", "password": "correct horse battery"}
    assert staff.get("/v1/flags").status_code == 200
    assert main(["people", "shut", "Staff@example.org"]) == 0
    assert "sign-ins ended: 1" in capsys.readouterr().out
    assert staff.get("/v1/flags").status_code == 401
    assert house.client().post("/v1/session", json=given).status_code == 401
    assert house.people["admin"].get("/v1/flags").status_code == 200
    assert main(["people", "open", "staff@example.org"]) == 0
    assert house.client().post("/v1/session", json=given).status_code in (200, 201)
    assert main(["people", "shut", "nobody@example.org"]) == 1
    assert main(["audit", "verify"]) == 0
