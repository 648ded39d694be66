"""coach index add, remove, list and reindex: a program's own handbook."""

import argparse
import sys
from pathlib import Path

from coach.build import build_encoder, build_shelf
from coach.errors import CoachError, UnknownValue, UnreadableFile
from coach.settings import Settings
from coach.text.items import Limits
from coach.text.sections import read_sections


def run_handbook(arguments: argparse.Namespace) -> int:
    """add, remove, list, reindex: what fails is said, the rest is done."""
    if arguments.what in ("add", "remove") and not arguments.files:
        raise UnknownValue(f"Name the documents to {arguments.what}.")
    settings, program = Settings(), arguments.program
    shelf = build_shelf(settings)
    if arguments.what == "list":
        for document in shelf.documents(program):
            print(f"{document.name}: {document.passages} passages")
        return 0
    if arguments.what == "reindex":
        print(f"Indexed {shelf.reindex(program, build_encoder(settings))} documents of {program} anew.")
        return 0
    encoder = build_encoder(settings) if arguments.what == "add" else None
    failed = 0
    for name in arguments.files:
        try:
            if encoder is None:
                shelf.remove(program, name)
                print(f"{name}: removed from the handbook of {program}.")
                continue
            path = Path(name)
            data = _bytes(path)
            document = shelf.add(program, path.name, data, read_sections(data, path.name, Limits.of(settings)), encoder)
            print(f"{document.name}: {document.passages} passages in the handbook of {program}.")
        except CoachError as error:
            print(error.message, file=sys.stderr)
            failed += 1
    return 1 if failed else 0


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise UnreadableFile(f"{path.name}: could not be opened ({type(fault).__name__}); check its name and folder") from None
