"""Two at once: workers at one flag and at one alert, two members of staff at one flag, one note sent twice, on each database."""

import contextlib
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from subprocess import PIPE

import pytest
from sqlalchemy import func, select

from api import security
from api.alerts.worker import Worker
from api.db.models import Alert, Flag, Note
from api.db.session import ALL
from api.notes.service import read_again
from tests.api.conftest import HEAVY, settings_for
from tests.api.test_alerts import contact
from tests.faults.conftest import Town
from tests.faults.holds import drained, holds
from tests.together import together

ROUNDS, AT_ONCE = 3, 4


def test_two_workers_at_one_alert_send_it_once(any_town: Town) -> None:
    kept: dict[str, str] = {}
    workers = [Worker(any_town.at, read_again) for _ in range(AT_ONCE)]
    for number in range(ROUNDS):
        assert any_town.send(HEAVY, str(number), kept) == 201
        together(*(worker.tick for worker in workers))
        keys = any_town.heard()
        assert len(keys) == len(set(keys)) == number + 1
    holds(any_town, kept, any_town.heard())


def test_two_workers_at_one_flag_climb_one_step(any_town: Town) -> None:
    kept: dict[str, str] = {}
    contact(any_town, any_town.hook.url, step=2, name="Head")
    contact(any_town, any_town.hook.url, step=3, name="Board")
    assert any_town.send(HEAVY, "one", kept) == 201
    workers = [Worker(any_town.at, read_again) for _ in range(AT_ONCE)]
    for step in (1, 2):
        with any_town.at.database.read(ALL) as session:
            then = session.execute(select(Flag.escalate_at)).scalar_one()
        any_town.clock.at = then
        together(*(worker.tick for worker in workers))
        with any_town.at.database.read(ALL) as session:
            assert session.execute(select(Flag.step)).scalar_one() == step
            told = select(func.count()).select_from(Alert).where(Alert.flag_id.is_not(None))
            assert session.execute(told).scalar_one() == step + 1
    drained(any_town)
    holds(any_town, kept, any_town.heard())


def test_two_members_of_staff_at_one_flag_one_has_it(any_town: Town) -> None:
    kept: dict[str, str] = {}
    any_town.add("other", "staff")
    for number in range(ROUNDS):
        assert any_town.send(HEAVY, str(number), kept) == 201
    for flag in any_town.flags():
        path = f"/v1/flags/{flag['id']}/claim"
        answers = together(*(partial(any_town.change, who, path, flag["version"]) for who in ("staff", "other")))
        assert sorted(a.status_code for a in answers) == [200, 412], [a.text for a in answers]
        [won] = [a.json() for a in answers if a.status_code == 200]
        assert any(f["id"] == flag["id"] and f["holder"] == won["holder"] for f in any_town.flags())
    drained(any_town)
    holds(any_town, kept, any_town.heard())


def test_one_note_sent_several_times_at_once_is_one_note_and_one_flag(any_town: Town) -> None:
    kept: dict[str, str] = {}
    for number in range(ROUNDS):
        found = together(*[partial(any_town.send, HEAVY, f"key-{number}", kept)] * AT_ONCE)
        assert set(found) <= {200, 201}, found
    with any_town.at.database.read(ALL) as session:
        assert session.execute(select(func.count()).select_from(Note)).scalar_one() == ROUNDS
        assert session.execute(select(func.count()).select_from(Flag)).scalar_one() == ROUNDS
    drained(any_town)
    holds(any_town, kept, any_town.heard())


def test_two_starts_at_once_have_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find no key file and make a key; the file holds the key of one, and both use that."""
    settings, gate = settings_for(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path), threading.Barrier(AT_ONCE)
    real = security.new_key

    def made() -> bytes:
        gate.wait()  # nobody writes before all have looked
        return real()

    monkeypatch.setattr(security, "new_key", made)
    rings = together(*[partial(security.load_keys, settings, True)] * AT_ONCE)
    assert len({ring.keys["k1"] for ring in rings}) == 1
    assert security.load_keys(settings, False) == rings[0]
    assert [p.name for p in tmp_path.iterdir() if p.name != "data"] == ["keys"]


def test_two_rotations_at_once_lose_no_key(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    security.add_key(path, "k1")

    def rotate() -> bytes | None:
        try:
            return security.add_key(path, "k2")
        except security.KeyFault as fault:
            assert "keys: there is a key 'k2' already" in str(fault)
            return None

    (added,) = [key for key in together(*[rotate] * AT_ONCE) if key]
    assert security.load_keys(settings_for("sqlite://", tmp_path), False).keys["k2"] == added


def test_two_services_started_at_once_on_an_empty_folder_open_each_others_notes(tmp_path: Path) -> None:
    """As two processes are: each reads what the other sealed, and the database is made once."""
    code = (
        "import sys; from api.app import make_services; from api.settings import ServiceSettings; from api.db.session import ALL;"
        "sys.stdin.readline(); at = make_services(ServiceSettings());\n"
        "with at.database.write(ALL) as s: print(at.vault.secret(s, 'marks').hex())"
    )
    given = {**os.environ, "COACH_DATA_DIR": str(tmp_path / "data"), "COACH_KEY_FILE": str(tmp_path / "keys")}
    with contextlib.ExitStack() as stack:
        started = []
        for _ in range(2):
            one = subprocess.Popen([sys.executable, "-c", code], env=given, stdin=PIPE, stdout=PIPE, text=True)
            stack.callback(one.communicate)
            stack.callback(one.kill)
            started.append(one)
        told = together(*(partial(one.communicate, "go\n") for one in started))
        assert [one.returncode for one in started] == [0, 0]
    assert len({out for out, _ in told}) == 1 and told[0][0].strip()
