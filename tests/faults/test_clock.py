"""The clock jumps, an hour on or an hour back: nothing is lost, nobody goes unheard, and what was waiting goes on."""

import pytest
from sqlalchemy import select

from api.db.models import Alert
from api.db.session import ALL
from tests.api.conftest import CALM, HEAVY
from tests.api.test_alerts import contact
from tests.faults.conftest import Town
from tests.faults.holds import drained, holds

HOUR = {"hours": 1}


@pytest.mark.parametrize("hours", [1, -1])
def test_an_alert_leaves_at_once_whatever_the_clock_did(any_town: Town, hours: int) -> None:
    """Set back after the flag was raised, its alert is in the future: it is not waited for."""
    kept: dict[str, str] = {}
    assert any_town.send(HEAVY, "1", kept) == 201
    any_town.clock.on(hours=hours)
    any_town.app.state.worker.tick()
    assert any_town.heard(), "the alert waits for the clock"
    holds(any_town, kept, any_town.heard())


def test_an_alert_that_was_tried_waits_no_longer_than_the_jump(town: Town) -> None:
    kept: dict[str, str] = {}
    town.hook.status = 503
    assert town.send(HEAVY, "1", kept) == 201
    town.app.state.worker.tick()
    town.hook.got.clear()
    town.hook.status = 204
    town.clock.on(hours=-1)
    town.app.state.worker.tick()
    assert town.heard() == []
    town.clock.on(hours=1, minutes=2)
    town.app.state.worker.tick()
    holds(town, kept, town.heard())


def test_a_jump_while_an_alert_is_under_way_sends_it_again_under_its_key(town: Town) -> None:
    """The lease of a worker that died ends early or late by the jump; the receiver knows the second copy by its key."""
    kept: dict[str, str] = {}
    assert town.send(HEAVY, "1", kept) == 201
    worker = town.app.state.worker
    from api.db.models import Contact

    worker._take(Contact.channel == "webhook")  # taken, and never sent
    town.clock.on(**HOUR)
    worker.tick()
    assert len(town.heard()) == 1
    holds(town, kept, town.heard())


@pytest.mark.parametrize("hours", [1, -1])
def test_sessions_and_deadlines_move_by_the_jump_alone(town: Town, hours: int) -> None:
    kept: dict[str, str] = {}
    assert town.send(HEAVY, "1", kept) == 201
    before = town.flags()[0]
    town.clock.on(hours=hours)
    assert town.send(CALM, "2", kept) == 201  # nobody is signed out
    after = town.flags()[0]
    assert (after["due_at"], after["raised_at"], after["level"]) == (before["due_at"], before["raised_at"], before["level"])
    assert not after["overdue"]
    drained(town)
    holds(town, kept, town.heard())


def test_a_flag_climbs_after_the_clock_was_set_back_and_right_again(town: Town) -> None:
    kept: dict[str, str] = {}
    second = contact(town, town.hook.url, step=2, name="Head")
    assert town.send(HEAVY, "1", kept) == 201
    for hours in (-1, 1, 26):
        town.clock.on(hours=hours)
        town.app.state.worker.tick()
    with town.at.database.read(ALL) as session:
        assert second in session.execute(select(Alert.contact_id)).scalars().all()
    drained(town)
    holds(town, kept, town.heard())


def test_notes_of_before_and_after_a_jump_are_in_one_whole_trail(any_town: Town) -> None:
    kept: dict[str, str] = {}
    for number, hours in enumerate((0, 1, -2, 1)):
        any_town.clock.on(hours=hours)
        assert any_town.send((HEAVY, CALM)[number % 2], str(number), kept) == 201
        any_town.app.state.worker.tick()
    drained(any_town)
    holds(any_town, kept, any_town.heard())


def test_the_hourly_work_goes_on_after_the_clock_was_set_back(town: Town) -> None:
    """What was done 'an hour from now' is no reason to wait for two."""
    worker = town.app.state.worker
    worker.tick()
    first = worker._purged
    town.clock.on(days=-1)
    worker.tick()
    assert worker._purged == town.clock() != first
