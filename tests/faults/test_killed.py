"""The service is killed while notes come in and alerts leave; whoever receives the alerts is there all the time.

tests/api/test_kill.py kills a hundred times with nobody to hear; here each flag must have been heard of.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.api.test_kill import Process, Sender
from tests.faults.conftest import Town, town_on
from tests.faults.holds import drained, holds

ROUNDS = 3
"""Each is a test of its own: a start takes long on a busy machine."""


def killed(town: Town, chance: random.Random) -> dict[str, str]:
    """Kill the service at a random moment; the notes that it acknowledged."""
    scopes = {"name": "t", "scopes": ["notes:write"], "days": 700}
    token = town.people["admin"].post("/v1/keys", json=scopes).json()["token"]
    process = Process(town, town.address, town.folder)
    try:
        process.wait()
        sender = Sender(process.port, token, "kill", random.Random(chance.randrange(2**32)))
        sender.start()
        end = time.monotonic() + 20
        while not sender.kept and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 1.5))
    finally:
        process.kill()
    sender.join()
    return sender.kept


@pytest.mark.long
@pytest.mark.parametrize("number", range(ROUNDS))
def test_every_flag_is_heard_of_though_the_service_was_killed(
    address: str, tmp_path: Path, chance: random.Random, number: int
) -> None:
    with town_on(address, tmp_path) as town:
        kept = killed(town, chance)
        assert kept
        holds(town, kept)
        town.clock.at = datetime.now(UTC) + timedelta(minutes=2)  # past what the killed had taken
        drained(town)
        holds(town, kept, town.heard())
