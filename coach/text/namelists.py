"""The word lists that names are found with (indexes/names), read once a folder, at first use."""

import functools
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from coach.errors import ContentError

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class NameLists:
    """Casefolded words, but `places` and `employers`: as written, each by its first word, for they may have several words."""

    first: Words
    last: Words
    words: Words
    frequent: Words
    french: Words
    capitals: Words
    of_employers: Words
    of_places: Words
    places: dict[str, tuple[tuple[str, ...], ...]]
    employers: dict[str, tuple[tuple[str, ...], ...]]


def fold(word: str) -> str:
    """A word as the lists hold it: one form of its accents and apostrophes, no case."""
    return unicodedata.normalize("NFC", word).replace("’", "'").casefold()


@functools.lru_cache(maxsize=4)
def load(folder: Path) -> NameLists:
    """The lists of a folder. Raises ContentError where a file is missing, empty or not UTF-8."""

    def words(*names: str) -> Words:
        return frozenset(fold(line) for name in names for line in lines(folder / f"{name}.txt"))

    return NameLists(
        first=words("first-names"),
        last=words("surnames"),
        words=words("words", "words-frequent"),
        frequent=words("words-frequent"),
        french=words("words-french"),
        capitals=words("capitals"),
        of_employers=words("words-of-employers"),
        of_places=words("words-of-places"),
        places=_phrases(folder / "places.txt"),
        employers=_phrases(folder / "employers.txt"),
    )


def lines(path: Path) -> list[str]:
    """The entries of one list; a line with # is a remark. Raises ContentError."""
    try:
        found = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ContentError(f"{path.name}: cannot be read ({type(error).__name__}); restore it from git") from None
    entries = [line.strip() for line in found if line.strip() and not line.startswith("#")]
    if not entries:
        raise ContentError(f"{path.name}: holds no entries; restore it from git")
    return entries


def _phrases(path: Path) -> dict[str, tuple[tuple[str, ...], ...]]:
    """First word, casefolded -> the phrases that begin with it, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in lines(path):
        phrase = tuple(line.replace("’", "'").split())
        found.setdefault(fold(phrase[0]), []).append(phrase)
    return {word: tuple(sorted(phrases, key=len, reverse=True)) for word, phrases in found.items()}
