"""The cue files, indexes/cues/<language>.toml: lists of expressions, each list compiled to one. Which lists there are: _SHAPE."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from coach import tables
from coach.errors import ContentError
from coach.taxonomy import LABELS, kind
from coach.text.expressions import one_of

Cue = re.Pattern[str]

_SIDES: Final = ("before", "after", "stop", "not", "weak", "after_weak")
_SHAPE: Final[Mapping[str, tuple[str, ...]]] = {
    "negated": (*_SIDES, "answer", "weak_stop"),
    "past": (*_SIDES, "recent", "ended"),
    "hypothetical": (*_SIDES, "threat", "threat_not"),
    "asked": ("any", "not", "admitted"),
    "other": ("before", "not", "object", "victim"),
    "person": ("mentee", "mentor", "reports", "spoken"),
}
_BY_LABEL: Final = ("core", "well", "over", "final")
_NAME = re.compile(r"<(\w+)>")
_NEVER: Final = re.compile(r"(?!)")


class Book:
    """The compiled cues of one language."""

    def __init__(self, cues: Mapping[tuple[str, str], Cue]) -> None:
        self._cues = cues

    def __call__(self, section: str, name: str) -> Cue:
        """One list as one expression, to be looked for in small letters (coach/text/expressions.py); one that matches nothing where the
        file has no such list."""
        return self._cues.get((section, name), _NEVER)


def load(path: Path) -> Book:
    """Raises ContentError naming file, list and reason."""
    data = tables.read(path)
    sets = data.pop("sets", {})
    cues: dict[tuple[str, str], Cue] = {}
    for section, lists in data.items():
        allowed = {kind(label) for label in LABELS} if section in _BY_LABEL else set(_SHAPE.get(section, ()))
        if not allowed or not isinstance(lists, dict):
            raise ContentError(f"{path.name}: unknown section [{section}]")
        for name, expressions in lists.items():
            if name not in allowed:
                raise ContentError(f"{path.name}: [{section}] has no '{name}'; allowed: {', '.join(sorted(allowed))}")
            cues[section, name] = _join(f"{path.name}: [{section}] {name}", expressions, sets)
    if missing := [f"[{section}] {name}" for section in _SHAPE for name in _SHAPE[section][:1] if (section, name) not in cues]:
        raise ContentError(f"{path.name}: {missing[0]} is missing")
    return Book(cues)


def _join(where: str, expressions: object, sets: Mapping[str, str]) -> Cue:
    """One expression of all; <name> stands for an entry of [sets]. Raises ContentError."""
    if not isinstance(expressions, list) or not expressions or not all(isinstance(e, str) and e for e in expressions):
        raise ContentError(f"{where}: must be a list of expressions")
    filled = [_filled(where, expression, sets) for expression in expressions]
    try:
        return one_of(filled)
    except re.error:
        raise ContentError(f"{where}: {_culprit(expressions, sets)}") from None


def _filled(where: str, expression: str, sets: Mapping[str, str]) -> str:
    part = expression
    for _ in range(3):
        part = _NAME.sub(lambda m: sets.get(m[1], m[0]), part)
    if unknown := _NAME.search(part):
        raise ContentError(f"{where}: '{expression}': {unknown[0]} is not in [sets]")
    return part


def _culprit(expressions: Sequence[str], sets: Mapping[str, str]) -> str:
    """Which expression does not compile by itself, and why."""
    for expression in expressions:
        try:
            re.compile(_filled("", expression, sets), re.IGNORECASE)
        except re.error as fault:
            return f"'{expression}': {fault}"
    return "the expressions do not compile together"
