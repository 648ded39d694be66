"""levels.json beside a reader: what the whole coach made of the held-out notes, so that the alarm dial can be reckoned."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coach import durable
from coach.assess.dial import Held
from coach.errors import ContentError
from coach.taxonomy import LEVELS

FILE = "levels.json"
REMEDY = "Write it anew: coach evaluate --levels"


def read(folder: Path) -> tuple[Held, ...] | None:
    """The notes, None where the reader has none. Raises ContentError for a damaged file and for one of another reader."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        mark = given["of"]
        held = tuple(_held(row) for row in given["notes"])
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"{folder.name}/{FILE} is damaged ({type(error).__name__}). {REMEDY}") from None
    if mark != fingerprint(folder):
        raise ContentError(f"{folder.name}/{FILE} was written for another reader than the manifest beside it. {REMEDY}")
    return held


def _held(row: dict[str, Any]) -> Held:
    gold, otherwise = LEVELS.index(row["gold"]), LEVELS.index(row["otherwise"])
    levels = row["levels"]
    return Held(gold, otherwise, levels[2] if levels else 0.0)


def write(folder: Path, reader: str, notes: Sequence[dict[str, Any]]) -> Path:
    """`notes` have `gold`, `levels` (four probabilities, None where the reader read nothing), `otherwise`; one a line."""
    lines = ",\n".join("  " + json.dumps(note) for note in notes)
    head = {"reader": reader, "of": fingerprint(folder), "part": "dev", "made_by": "coach evaluate --levels"}
    path = folder / FILE
    whole = json.dumps(head, indent=1)[:-2] + f',\n "notes": [\n{lines}\n ]\n}}\n'
    durable.write(path, [whole.encode()], mode=durable.READABLE)
    return path


def fingerprint(folder: Path) -> str:
    """Of the weights' hashes and the thresholds in the manifest: what a note's scores and level hang on."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told = {name: manifest[name] for name in ("sha256", "thresholds", "urgency") if name in manifest}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
