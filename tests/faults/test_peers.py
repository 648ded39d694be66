"""Mail servers, webhooks and language models that are slow or broken: others are told in time, and the note is kept all the same."""

import threading
import time
from collections.abc import Iterator

import pytest

from api.alerts.worker import Worker
from api.notes.service import read_again
from coach import Settings, load
from tests.api.conftest import GRAVE, HEAVY, serving
from tests.api.test_alerts import Mail, alerts, contact
from tests.faults.conftest import Town
from tests.faults.holds import drained, holds
from tests.faults.peers import BadMail
from tests.llm.standin import standin
from tests.plugins.test_webhooks import Receiver

TURN = 0.4
"""Seconds that one read of a peer may take."""
MOST = 8.0
"""Seconds within which a tick is over, though a peer never is."""


def mails(town: Town, port: int) -> None:
    """The service's mail goes to a port of this machine."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False, "smtp_seconds": TURN, "webhook_seconds": TURN}
    town.at.settings = town.at.settings.model_copy(update=given)


@pytest.mark.parametrize("how", ["silent", "drips", "refuses", "hangs_up"])
def test_a_mail_server_that_is_broken_holds_up_nobody_and_gets_it_later(town: Town, how: str) -> None:
    kept: dict[str, str] = {}
    contact(town, "desk@example.org", channel="email")
    with serving(BadMail(how)) as bad:
        mails(town, bad.server_address[1])
        assert town.send(HEAVY, "1", kept) == 201
        begun = time.monotonic()
        town.app.state.worker.tick()
        assert time.monotonic() - begun < MOST
        assert len(town.heard()) == 1, "the other contact was not told"
        (waiting,) = [a for a in alerts(town) if a.state == "pending"]
        assert waiting.fault
    with serving(Mail()) as good:
        mails(town, good.server_address[1])
        drained(town)
        assert len(good.got) == 1 and waiting.key.replace(":", ".") in good.got[0]
    holds(town, kept)


@pytest.fixture
def drip(town: Town) -> Iterator[Receiver]:
    """A receiver whose answer's head never ends."""
    with serving(Receiver(town.clock)) as made:
        made.drip = over = threading.Event()
        yield made
        over.set()


def test_a_webhook_whose_answer_never_ends_is_cut_off(town: Town, drip: Receiver) -> None:
    kept: dict[str, str] = {}
    mails(town, 1)
    contact(town, drip.url, name="Slow")
    assert town.send(HEAVY, "1", kept) == 201
    begun = time.monotonic()
    town.app.state.worker.tick()
    assert time.monotonic() - begun < MOST
    assert len(town.heard()) == 1 and len(drip.got) == 1
    assert drip.drip is not None
    drip.drip.set()
    drip.drip = None
    drained(town)
    keys = [g.headers["idempotency-key"] for g in drip.got]
    assert len(set(keys)) == 1 and len(keys) >= 2
    holds(town, kept, [*town.heard(), *keys])


def test_a_mail_server_that_says_nothing_stands_before_no_webhook_and_no_climb(town: Town) -> None:
    """Many mails wait, each for its whole time; the threads of a running worker go on beside them."""
    kept: dict[str, str] = {}
    contact(town, "desk@example.org", channel="email")
    with serving(BadMail("silent")) as bad:
        mails(town, bad.server_address[1])
        given = {"smtp_seconds": 20.0, "webhook_seconds": 5.0, "worker_seconds": 0.05}
        town.at.settings = town.at.settings.model_copy(update=given)
        for number in range(3):
            assert town.send(HEAVY, str(number), kept) == 201
        worker = Worker(town.at, read_again)
        worker.start()
        end = time.monotonic() + MOST
        while len(town.heard()) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(set(town.heard())) == 3
        worker._stopped.set()
    worker.stop()
    holds(town, kept, town.heard())


@pytest.mark.parametrize("how", ["slow", "drip", "malformed", "empty", 500, "gone"])
def test_a_language_model_that_is_slow_or_broken_costs_no_note_and_no_flag(town: Town, require, how: str | int) -> None:
    require("llm")
    kept: dict[str, str] = {}
    with standin(how if how != "gone" else "good") as peer:
        given = {"llm": "openai", "llm_address": peer.address, "llm_model": "m", "llm_seconds": 1.0, "llm_tries": 2}
        town.at.analyst.__dict__["coach"] = load(Settings(words="en", **given))
        if how == "gone":
            peer.server.server_close()
        begun = time.monotonic()
        assert town.send(GRAVE, "1", kept) == 201
        assert time.monotonic() - begun < MOST
    assert set(kept.values()) <= {"urgent", "emergency"}
    drained(town)
    holds(town, kept, town.heard())
