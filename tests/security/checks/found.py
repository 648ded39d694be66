"""What every check gives back, and what several read: the locks."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILT = ROOT / "build" / "security"
_PINNED = re.compile(r"([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass
class Found:
    """`faults` fail the run; `notes` are told beside."""

    what: str
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pinned:
    """A package as the locks pin it."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locked(*names: str) -> dict[str, Pinned]:
    """The packages of requirements/NAME.lock by name; of all three locks where none is named."""
    out: dict[str, Pinned] = {}
    for name in names or ("core", "serve", "test"):
        entry: tuple[str, str] | None = None
        for line in (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8").splitlines():
            if found := _PINNED.match(line):
                entry = (found[1], found[2])
                out.setdefault(entry[0], Pinned(*entry, ()))
            elif (mark := _HASH.search(line)) and entry and out[entry[0]].version == entry[1]:
                old = out[entry[0]]
                out[entry[0]] = Pinned(*entry, (*old.hashes, mark[1]) if mark[1] not in old.hashes else old.hashes)
    return out
