"""Files that are there whole or not at all, whenever the machine or the process stops. The one place that replaces a file."""

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

HIDDEN: Final = ".tmp"
"""How the name of a file ends that is not whole yet; one that is found was left by a process that was killed."""
OWNER: Final = 0o600
READABLE: Final = 0o644


def write(path: Path, parts: Iterable[bytes], *, mode: int = OWNER, many: bool = False) -> None:
    """A file of these parts under its name only when all of it is on the disk; one that was there before is replaced.

    `mode` is that of the new file, less what the process's umask takes away. With `many`, others may write the same file at the same
    time: each has a half of its own, which goes where it stops, and the last one stands. Without, the half has one name: what a stop
    leaves of it goes with the next writing.
    """
    half = _half(path, many)
    try:
        _written(half, parts, mode, os.O_EXCL if many else os.O_TRUNC)
        half.replace(path)
    except BaseException:
        if many:
            half.unlink(missing_ok=True)
        raise
    settle(path.parent)


def create(path: Path, parts: Iterable[bytes], *, mode: int = OWNER) -> bool:
    """The same for a file that is not there yet; of several that do this at once one succeeds, the others get False.

    Whoever gets False finds the file whole: it has its name by a link, after all of it is on the disk. A file system without links
    gets it by O_EXCL, where another may find it half written for a moment.
    """
    half = _half(path, many=True)
    try:
        _written(half, parts, mode, os.O_EXCL)
        try:
            os.link(half, path)
        except FileExistsError:
            return False
        except OSError:
            return _claimed(path, half.read_bytes(), mode)
    finally:
        half.unlink(missing_ok=True)
    settle(path.parent)
    return True


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time in a folder: for reading a file, changing it and putting it back. On Windows nobody is kept out."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def settle(folder: Path) -> None:
    """The names in a folder, on the disk; some systems (Windows) keep no such promise and refuse."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def put(descriptor: int, data: bytes) -> None:
    """All of the data into an open file: a write may take part of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _half(path: Path, many: bool) -> Path:
    own = f".{secrets.token_hex(4)}" if many else ""
    return path.with_name(f".{path.name}{own}{HIDDEN}")


def _written(path: Path, parts: Iterable[bytes], mode: int, how: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, mode)
    try:
        for part in parts:
            put(descriptor, part)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _claimed(path: Path, data: bytes, mode: int) -> bool:
    try:
        _written(path, [data], mode, os.O_EXCL)
    except FileExistsError:
        return False
    settle(path.parent)
    return True
