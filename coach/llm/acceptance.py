"""How many names masking misses, as it was measured, and whether somebody has accepted that figure: else nothing leaves.

The figure has a version made from the lists, the rules and the labelled notes that it was measured with. So it holds for these
alone, and who accepts it accepts it by name: after any change it is measured, read and accepted anew.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coach.errors import RemoteRefused

FILE: Final = "figures.json"
_TEXT: Final = Path(__file__).resolve().parent.parent / "text"
_RULES: Final = ("contacts.py", "masking.py", "namelists.py", "names.py", "nameruns.py", "namesigns.py", "spans.py", "words.py")


@dataclass(frozen=True, slots=True)
class Figure:
    """The share of names that were masked in the held-out notes, with its 95% interval, and which masking that was."""

    version: str
    recall: float
    low: float
    high: float


def version(lists: Path, labels: Path) -> str:
    """The name of a figure that is measured now: by the lists and rules of masking, and the labelled notes."""
    h = hashlib.sha256()
    for path in (*sorted(lists.glob("*.txt")), *(_TEXT / name for name in _RULES), *sorted(labels.glob("*.jsonl"))):
        h.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return f"names-{h.hexdigest()[:10]}"


def read(labels: Path) -> Figure | None:
    """The figure that was written last, None where there is none that can be read."""
    try:
        row: dict[str, Any] = json.loads((labels / FILE).read_text(encoding="utf-8"))
        return Figure(str(row["version"]), float(row["recall"]), float(row["low"]), float(row["high"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def require(accepted: str, lists: Path, labels: Path) -> None:
    """Raises RemoteRefused unless `accepted` names the figure of this masking, and says what to do."""
    figure = read(labels)
    if figure is None or figure.version != version(lists, labels):
        raise RemoteRefused(
            "The language model is elsewhere, and how many names masking misses has not been measured since its lists or rules "
            "changed. Nothing leaves this machine. Run coach names evaluate --write, read the figure, then accept it by its version."
        )
    if accepted != figure.version:
        said = f"COACH_LLM_REMOTE_ACCEPTED={accepted!r} names another figure." if accepted else "Nobody has accepted that yet."
        raise RemoteRefused(
            "The language model is neither on this machine nor on a private network: the text of each note would leave this machine. "
            f"Names are masked before, but of 100 names only {100 * figure.recall:.1f} were (95% interval {100 * figure.low:.1f} to "
            f"{100 * figure.high:.1f}; models/corpus/names/README.md), the others leave as they are. {said} If all whose notes "
            f"are read accept it, set COACH_LLM_REMOTE_ACCEPTED={figure.version}"
        )
