"""The process is killed while notes come in: nothing that was acknowledged is lost, no flag is missing, no alert has two keys."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from api.db.models import Alert, Flag, Note, Person
from api.db.session import ALL
from tests.api.conftest import CALM, GRAVE, HEAVY, House, house_on

SEED = 20261125


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Process:
    """The service in a process of its own, on the database of a house; `more` are settings in the environment."""

    def __init__(self, house: House, address: str, folder: Path, **more: str) -> None:
        self.port = free_port()
        given = {
            "COACH_DATABASE_URL": address,
            "COACH_DATA_DIR": str(folder / "data"),
            "COACH_KEY_FILE": str(folder / "keys"),
            "COACH_MIGRATE": "true",
            "COACH_PORT": str(self.port),
            "COACH_REQUESTS_PER_MINUTE": "100000",
            "COACH_WORKER_SECONDS": "0.05",
            "COACH_ALLOW_PRIVATE_WEBHOOKS": "true",
            "COACH_USE_READER": "false",  # the start is quick; phrases alone raise the same flags
        }
        code = "from coach.cli import main; main(['serve', '--clean'])"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**{k: v for k, v in os.environ.items() if not k.startswith("COACH_")}, **given, **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        for _ in range(600):
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
            assert self.process.poll() is None, "the service ended by itself"
        raise AssertionError("the service did not come up")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Sender(threading.Thread):
    """Sends notes until the service is gone; keeps what was acknowledged: id -> level."""

    def __init__(self, port: int, token: str, name: str, chance: random.Random) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}
        self._port, self._token, self._label, self._chance = port, token, name, chance

    def run(self) -> None:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self._port}", headers={"Authorization": f"Bearer {self._token}"}
        ) as client:
            for n in range(10_000):
                text = self._chance.choice((CALM, GRAVE, HEAVY))
                try:
                    answer = client.post(
                        "/v1/notes", json={"text": text}, headers={"Idempotency-Key": f"{self._label}-{n}"}, timeout=20
                    )
                except httpx.HTTPError:
                    return
                if answer.status_code == 201:
                    body = answer.json()
                    self.kept[body["note"]["id"]] = body["note"]["level"]


def check(house: House, kept: dict[str, str]) -> None:
    """What must hold of the database after any kill."""
    at = house.at
    with at.database.read(ALL) as session:
        notes = {n.id for n in session.execute(select(Note)).scalars()}
        flags = {f.note_id: f.level for f in session.execute(select(Flag)).scalars()}
        keys = session.execute(select(Alert.key)).scalars().all()
        assert kept.keys() <= notes, "an acknowledged note was lost"
        grave = {n for n, level in kept.items() if level in ("concern", "urgent", "emergency")}
        assert grave <= flags.keys(), "a flag is missing"
        assert len(keys) == len(set(keys))
        told = session.execute(select(func.count(Alert.flag_id.distinct())).where(Alert.flag_id.is_not(None))).scalar_one()
        assert told == len(flags), "a flag without an alert"
        assert list(at.trail.faults(session)) == []
        assert session.execute(select(func.count()).select_from(Person)).scalar_one() >= 3


def run(house: House, address: str, folder: Path, kills: int) -> int:
    """Kill the service `kills` times at random moments; how many notes were acknowledged."""
    chance = random.Random(SEED)
    admin = house.people["admin"]
    contact = {"name": "Nobody", "channel": "webhook", "address": f"http://127.0.0.1:{free_port()}/gone", "on_call": True}
    assert admin.post("/v1/contacts", json=contact).status_code == 201
    with house.at.database.write(ALL) as session:
        from api.db.models import Contact

        session.execute(select(Contact)).scalar_one().acknowledged_at = house.clock()
    assert admin.post("/v1/program/live").status_code == 200
    token = admin.post("/v1/keys", json={"name": "t", "scopes": ["notes:write"], "days": 700}).json()["token"]
    kept: dict[str, str] = {}
    for number in range(kills):
        process = Process(house, address, folder)
        process.wait()
        senders = [Sender(process.port, token, f"{number}-{i}", random.Random(SEED + number * 10 + i)) for i in range(2)]
        for sender in senders:
            sender.start()
        time.sleep(chance.uniform(0.3, 1.5))
        process.kill()
        for sender in senders:
            sender.join()
            kept |= sender.kept
        check(house, kept)
    return len(kept)


@pytest.fixture
def apart(address: str, tmp_path: Path) -> Any:
    made = house_on(address, tmp_path, allow_private_webhooks=True)
    yield made, address, tmp_path
    made.at.database.engine.dispose()


def test_a_few_kills_lose_nothing(apart: Any) -> None:
    assert run(*apart, kills=2) > 0


@pytest.mark.long
def test_many_kills_lose_nothing(apart: Any) -> None:
    assert run(*apart, kills=100) > 200
