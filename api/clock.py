"""The time, so that tests can set it. All times are UTC and aware."""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


_lock, _last = threading.Lock(), 0


def new_id() -> str:
    """32 hex digits: milliseconds of the time first, so that ids sort by when they were made; the rest is random.

    Within a process each id sorts after the one before it, for lists that go by id: the millisecond after it where need be.
    """
    global _last
    with _lock:
        _last = moment = max(time.time_ns() // 1_000_000, _last + 1)
    return f"{moment:012x}{os.urandom(10).hex()}"
