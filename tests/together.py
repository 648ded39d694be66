"""Acts that begin at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What each gives."""
    gate = threading.Barrier(len(acts))

    def begun(act: Callable[[], Any]) -> Any:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begun, acts))
