"""The time, so that tests can set it. All times are UTC and aware."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """32 hex digits: milliseconds of the time first, so that ids sort by when they were made; the rest is random."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
