"""numpy's products on the calling thread alone.

OpenBLAS, which numpy's wheels bring, wakes a thread for each core where a product has over some 260,000 multiplications, and these go
on asking for work long after it: a product of 0.15 ms then costs 11 core-ms on two cores, a third of what the encoder itself takes.
One thread gives the same numbers, bit for bit.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

import numpy as np

_NAMES: Final = (
    ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
    ("scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"),
    ("openblas_get_num_threads", "openblas_set_num_threads"),
)


class _Threads(NamedTuple):
    """How many OpenBLAS takes, for the whole process."""

    get: Callable[[], int]
    set: Callable[[int], object]


class _Users:
    """How many are inside `one_thread` now, and how many threads there were before the first of them."""

    lock, inside, before = Lock(), 0, 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it numpy multiplies on one thread, in other threads of the process too; nothing changes where numpy has another BLAS."""
    threads = _openblas()
    if threads is None:
        yield
        return
    with _Users.lock:
        if not _Users.inside:
            _Users.before = threads.get()
            threads.set(1)
        _Users.inside += 1
    try:
        yield
    finally:
        with _Users.lock:
            _Users.inside -= 1
            if not _Users.inside:
                threads.set(_Users.before)


@cache
def _openblas() -> _Threads | None:
    """The library that numpy's wheel brings and has loaded."""
    package = Path(np.__file__).parent
    for path in (*package.with_name("numpy.libs").glob("*openblas*"), *(package / ".dylibs").glob("*openblas*")):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for get, put in _NAMES:
            if hasattr(library, get) and hasattr(library, put):
                return _Threads(getattr(library, get), getattr(library, put))
    return None
