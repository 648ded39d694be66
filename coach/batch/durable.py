"""Files of a run that grow: a line more, a cut, a folder. Files that are written whole: coach/durable.py."""

import os
from pathlib import Path

from coach.durable import HIDDEN, put, settle, write

__all__ = ["HIDDEN", "append", "cut", "folder", "write"]


def append(path: Path, line: bytes) -> None:
    """A line at the end of a file, on the disk when this returns; a stop in the middle leaves part of the line."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        put(descriptor, line)
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
        settle(path.parent)
