"""indexes/wording/<language>/*.toml -> Words. Each entry has the English text (`en`) and the other (its language's code)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock

from coach import tables
from coach.advise.registry import Resources
from coach.errors import ContentError, UnknownValue
from coach.values import Report, Tongue
from coach.wording.english import english
from coach.wording.reports import reworded
from coach.wording.templates import fields
from coach.wording.words import Words

FACES = "faces.toml"
"""Words of a report's frame (coach/faces), which stand in no report; a test holds them against the code."""
LANGUAGES: tuple[Tongue, ...] = ("en", "fr")


def load(folder: Path, language: str, resources: Callable[[], Resources]) -> Words:
    """Raises UnknownValue for a language that is not there, ContentError where a text or a field of the English is missing."""
    if language not in LANGUAGES:
        raise UnknownValue(f"No words in {language!r}. There are: {', '.join(LANGUAGES)}.")
    if language == "en":
        return Words()
    for fault in faults(folder, language, resources()):
        raise ContentError(fault)
    pairs = {path.name: dict(_file(path)) for path in sorted((folder / language).glob("*.toml"))}
    shown = pairs.pop(FACES, {})
    return Words("fr", {text: other for texts in pairs.values() for text, other in texts.items()}, shown)


def faults(folder: Path, language: str, resources: Resources) -> Iterator[str]:
    """What is missing or wrong: a text without its translation, one whose English is no more, fields that differ."""
    pairs = {path.name: dict(_file(path)) for path in sorted((folder / language).glob("*.toml"))}
    wanted = english(folder, resources)
    known = {text for texts in pairs.values() for text in texts}
    for name, texts in wanted.items():
        for text in texts:
            if text not in known:
                yield f"{language}/{name}: nothing for {text!r}"
    every = {text for texts in wanted.values() for text in texts}
    for name, found in pairs.items():
        for text, other in found.items():
            if fields(text) != fields(other):
                yield f"{language}/{name}: {text!r}: the fields in braces differ"
            if name not in ("report.toml", FACES) and text not in every:
                yield f"{language}/{name}: the English has no more {text!r}"


def _file(path: Path) -> Iterator[tuple[str, str]]:
    for number, entry in enumerate(tables.read(path).get("say", []), 1):
        text, other = entry.get("en"), entry.get(path.parent.name)
        if not text or not other:
            raise ContentError(f"{path.parent.name}/{path.name}: entry {number} needs `en` and `{path.parent.name}`")
        yield str(text), str(other)


class Rewording:
    """Says reports in any of the languages; each is loaded at its first use, and the help services only for another than English."""

    def __init__(self, folder: Path, resources: Callable[[], Resources]) -> None:
        self._folder, self._resources = folder, resources
        self._loaded: dict[str, Words] = {}
        self._lock = Lock()

    def words(self, language: str) -> Words:
        """Raises as `load` does."""
        with self._lock:
            if language not in self._loaded:
                self._loaded[language] = load(self._folder, language, self._resources)
            return self._loaded[language]

    def __call__(self, report: Report, language: str) -> Report:
        return reworded(report, self.words(language))
