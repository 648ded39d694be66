"""Files that are there whole or not at all, whenever the machine or the process stops. Readable by their owner alone."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

HIDDEN: Final = ".tmp"
"""How the name of a file ends that is not whole yet; one that is found was left by a run that was killed."""


def write(path: Path, parts: Iterable[bytes]) -> None:
    """A file of these parts under its name only when all of it is on the disk; one that was there before is replaced."""
    half = path.with_name(f".{path.name}{HIDDEN}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for part in parts:
            _all(descriptor, part)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    half.replace(path)
    _settle(path.parent)


def append(path: Path, line: bytes) -> None:
    """A line at the end of a file, on the disk when this returns; a stop in the middle leaves part of the line."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        _all(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cut(path: Path, length: int) -> None:
    """Takes away what stands after the first `length` bytes."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, length)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def folder(path: Path) -> None:
    """The folder itself, there after a crash too."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True)
        _settle(path.parent)


def _all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _settle(path: Path) -> None:
    """The names in a folder, on the disk; some systems (Windows) keep no such promise and refuse."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
