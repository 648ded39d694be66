"""A circuit breaker: after some failures in a row nothing is asked for a while, then one question tries again."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Safe to share between threads. `most` failures in a row open it for `seconds`; `clock` counts seconds."""

    def __init__(self, most: int = 3, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_from = 0.0

    def allows(self) -> bool:
        """Whether to ask. When its time is over, one caller gets leave and the others wait as long again for the outcome."""
        with self._lock:
            if self._failures < self._most:
                return True
            if self._clock() < self._closed_from:
                return False
            self._closed_from = self._clock() + self._seconds
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._closed_from = self._clock() + self._seconds
