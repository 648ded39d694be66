"""By when a flag must be looked at, across weekends, nights and zones."""

from datetime import UTC, datetime

import pytest

from api.deadlines import climbs, due, on_duty, opens
from api.rules import Rules

TORONTO = "America/Toronto"


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("level", "raised", "expected"),
    [
        ("emergency", utc(23, 15), utc(23, 15, 15)),
        ("emergency", utc(22, 3), utc(22, 3, 15)),  # Saturday night: the clock runs all the same
        ("urgent", utc(23, 15), utc(23, 22)),  # Monday ten o'clock -> five in the afternoon
        ("urgent", utc(23, 12), utc(23, 22)),  # seven in the morning
        ("urgent", utc(23, 23), utc(24, 22)),  # six in the evening -> Tuesday
        ("urgent", utc(20, 23), utc(23, 22)),  # Friday evening -> Monday
        ("urgent", utc(21, 15), utc(23, 22)),  # Saturday -> Monday
        ("concern", utc(23, 15), utc(26, 22)),  # Monday -> Thursday
        ("concern", utc(19, 15), utc(24, 22)),  # Thursday -> Tuesday
    ],
)
def test_due(level: str, raised: datetime, expected: datetime) -> None:
    assert due(level, raised, Rules(), TORONTO) == expected


def test_the_end_of_summer_time_does_not_move_working_hours() -> None:
    before, after = datetime(2026, 10, 30, 15, tzinfo=UTC), datetime(2026, 11, 2, 15, tzinfo=UTC)
    assert due("urgent", before, Rules(), TORONTO) == datetime(2026, 10, 30, 21, tzinfo=UTC)
    assert due("urgent", after, Rules(), TORONTO) == datetime(2026, 11, 2, 22, tzinfo=UTC)


def test_below_emergency_nothing_climbs_at_night() -> None:
    assert climbs("urgent", utc(23, 15), Rules(), TORONTO) == utc(23, 16)
    assert climbs("urgent", utc(23, 21, 30), Rules(), TORONTO) == utc(24, 14)
    assert climbs("emergency", utc(22, 3), Rules(), TORONTO) == utc(22, 3, 5)


def test_duty_hours() -> None:
    hours = Rules().hours
    assert on_duty(utc(23, 14), hours, TORONTO) and not on_duty(utc(23, 22), hours, TORONTO)
    assert opens(utc(23, 13), hours, TORONTO) == utc(23, 14)
    assert opens(utc(21, 13), hours, TORONTO) == utc(23, 14)
