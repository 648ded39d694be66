"""The circuit breaker: open after failures in a row, one try when its time is over."""

import pytest

from coach.llm.breaker import Breaker


@pytest.mark.parametrize(
    ("events", "allowed"),
    [
        ("", True),
        ("ff", True),
        ("fff", False),
        ("ffsf", True),
        ("fff9", False),
        ("fff+", True),
        ("fff+?", False),
        ("fff+?s", True),
        ("fff+?f", False),
        ("fff+?f9", False),
        ("fff+?f+", True),
        ("fff+?+", True),
    ],
)
def test_breaker(events, allowed):
    """f: failed, s: succeeded, ?: somebody asks, 9: nine seconds pass, +: ten do."""
    now = [100.0]
    breaker = Breaker(most=3, seconds=10, clock=lambda: now[0])
    for event in events:
        if event == "f":
            breaker.failed()
        elif event == "s":
            breaker.succeeded()
        elif event == "?":
            breaker.allows()
        else:
            now[0] += {"9": 9, "+": 10}[event]
    assert breaker.allows() is allowed
