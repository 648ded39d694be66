"""What the tests of faults share: a live program with a receiver that can be made slow or broken, a limit on each test, the seed."""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import CALM, GRAVE, HEAVY, House, address, house_on, postgres, serving
from tests.api.test_alerts import Hook, live

__all__ = ["address", "postgres"]

SECONDS = 60
"""No test of this folder takes longer: what hangs is a fault found, not a run that never ends."""
TEXTS = (CALM, GRAVE, HEAVY)


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Fails what takes longer than SECONDS (COACH_TEST_FAULT_SECONDS on a machine that is busy)."""
    seconds = int(os.environ.get("COACH_TEST_FAULT_SECONDS", SECONDS))

    def late(*_: object) -> None:
        pytest.fail(f"the test took more than {seconds} s")  # no Exception, which a client could take for its own

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def chance() -> random.Random:
    """Random by a seed that is printed where a test fails; COACH_TEST_SEED gives one again."""
    seed = int(os.environ.get("COACH_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"COACH_TEST_SEED={seed}")
    return random.Random(seed)


class Town(House):
    """A house that is live: its one contact hears by `hook`; `kept` are the notes that were acknowledged, id -> level."""

    hook: Hook
    folder: Path
    address: str

    def heard(self) -> list[str]:
        """The keys of the alerts that came."""
        return [key for key, _ in self.hook.got]

    def send(self, text: str, key: str, kept: dict[str, str]) -> int:
        """Post a note as the mentor; what was acknowledged is written down. The answer's status."""
        answer = self.people["mentor"].post("/v1/notes", json={"text": text}, headers={"Idempotency-Key": key})
        if answer.status_code == 201:
            found = answer.json()["note"]
            kept[found["id"]] = found["level"]
        return int(answer.status_code)


@contextmanager
def town_on(address: str, folder: Path, **more: Any) -> Iterator[Town]:
    """On a database, with settings of one's own."""
    with serving(Hook()) as hook:
        made = house_on(address, folder, allow_private_webhooks=True, **more)
        made.__class__ = Town
        assert isinstance(made, Town)
        made.hook, made.folder, made.address = hook, folder, address
        live(made, hook, on_call=True)
        yield made
        made.at.analyst.close()
        made.at.database.engine.dispose()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """On SQLite."""
    with town_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path) as made:
        yield made


@pytest.fixture
def any_town(address: str, tmp_path: Path) -> Iterator[Town]:
    """On each database."""
    with town_on(address, tmp_path) as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder is for `make faults` and `make test-full`: minutes of broken disks and silent peers are too long for the
    quick suite."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.long)
