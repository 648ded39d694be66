"""Guidance cards: Markdown files with TOML front matter between +++ lines. How to write one: indexes/guidance/README.md."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coach import tables
from coach.errors import ContentError
from coach.tables import instead
from coach.taxonomy import LABELS, TOPICS
from coach.values import Card

_SHAPE = re.compile(
    r"\A\+\+\+\n(?P<front>.*?)\n\+\+\+\n+## Situation\n(?P<situation>.*?)\n+## Good practice\n(?P<practice>.*)\Z", re.DOTALL
)
_KEYS = ("id", "title", "labels", "stages", "audience", "sources", "grounded_on", "ask", "do", "avoid", "involve")
_STAGES = frozenset({"any", "trust", "application", "growth"})
_AUDIENCES = frozenset({"adult", "youth"})
_ABOUT = ("any", "mentor", "other")
_LABELS_STAND = "; the labels stand in docs/labelling-guide.md"
_NUMBER = re.compile(
    r"(?<![\w.,$£€/-])(?:\+|00)?\(?\d(?:[ .()/–-]{0,2}\d){6,15}(?!\w|%|[.,-]\d)|"
    r"\b(?:call|ring|dial|phone|text)(?:s|ed|ing)?\W{1,3}(?:\w+\W{1,2}){0,2}\d{3,6}\b|"
    r"\b(?:911|988|999|112|111|116[ -]?\d{3}|13 ?11 ?14)\b",
    re.IGNORECASE,
)
"""A number to call: seven digits or more, three or more after a word such as call, or one that is known everywhere."""
_NO_NUMBER = re.compile(r"(?:1[89]|20)\d\d ?[–/-] ?(?:1[89]|20)\d\d|20\d\d[-./]\d\d?[-./]\d\d?")
"""Spans of years and days."""

WORDS = (60, 180)
"""Least and most words of a card, its title aside."""

HEARD = (3, 60)
"""Least and most words of one `heard`."""


def load_cards(folder: Path) -> tuple[Card, ...]:
    """All cards of `folder`/cards, sorted by id. Raises ContentError naming the file and the reason."""
    sources = _sources(folder / "sources.toml")
    cards = tuple(_read(path, sources) for path in sorted((folder / "cards").glob("*.md")))
    if not cards:
        raise ContentError(f"{folder.name}/cards: no card found")
    return cards


def check_cards(folder: Path) -> list[str]:
    """What `coach validate` says of them: length, numbers to call, and labels that no card serves."""
    cards = load_cards(folder)
    faults = [f"{c.id}.md: {n} words, not {WORDS[0]} to {WORDS[1]}" for c in cards if not WORDS[0] <= (n := words(c)) <= WORDS[1]]
    faults += [
        f"{c.id}.md: holds a number to call; numbers change, and stand in indexes/resources alone" for c in cards if has_number(c)
    ]
    owners: dict[str, list[str]] = {}
    for card in cards:
        for line in card.heard:
            owners.setdefault(" ".join(line.lower().split()), []).append(card.id)
    faults += [f"{ids[0]}.md: one `heard` stands again in {ids[1]}.md" for ids in owners.values() if len(ids) > 1]
    served = {label for c in cards for label in c.labels}
    return faults + [f"no card serves {label}" for label in LABELS if label not in served]


def words(card: Card) -> int:
    """Words of a card, its title aside."""
    return len(" ".join((card.situation, card.practice, card.involve, *card.ask, *card.do, *card.avoid)).split())


def has_number(card: Card) -> bool:
    """Whether a number to call stands in what a card says."""
    said = (card.title, card.situation, card.practice, card.involve, *card.ask, *card.do, *card.avoid)
    return any(not _NO_NUMBER.fullmatch(found[0]) for text in said for found in _NUMBER.finditer(text))


def _sources(path: Path) -> Mapping[str, str]:
    """Source id -> how it is cited."""
    try:
        return {k: f"{t['author']}: {t['title']} ({t['year']}), {t['address']}" for k, t in tables.read(path).items()}
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"{path.name}: {type(error).__name__}: {error}") from None


def _read(path: Path, sources: Mapping[str, str]) -> Card:
    try:
        return _card(path, sources)
    except (OSError, ValueError, TypeError) as error:  # no UTF-8, a number where a list belongs
        raise ContentError(f"{path.name}: {type(error).__name__}: {error}") from None


def _card(path: Path, sources: Mapping[str, str]) -> Card:
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    shape = _SHAPE.match(text)
    if not shape:
        raise ContentError(f"{path.name}: needs +++ front matter +++, then ## Situation and ## Good practice")
    try:
        front = tomllib.loads("\n" + shape["front"])  # so that a fault's line is the file's
    except ValueError as error:
        raise ContentError(f"{path.name}: front matter: {error}") from None
    for fault in _faults(front, path.stem, sources):
        raise ContentError(f"{path.name}: {fault}")
    return Card(
        id=front["id"],
        title=front["title"],
        labels=_labels(front["labels"]),
        stages=tuple(front["stages"]),
        audience=tuple(front["audience"]),
        sources=tuple(front["sources"]),
        source=sources[front["sources"][0]],
        grounded_on=front["grounded_on"],
        ask=tuple(front["ask"]),
        do=tuple(front["do"]),
        avoid=tuple(front["avoid"]),
        involve=front["involve"],
        situation=" ".join(shape["situation"].split()),
        practice=" ".join(shape["practice"].split()),
        about=front.get("about", "any"),
        over=front.get("over", False),
        heard=tuple(front.get("heard", ())),
    )


def _faults(front: Mapping[str, Any], stem: str, sources: Mapping[str, str]) -> Iterator[str]:
    for key in _KEYS:
        if key not in front:
            yield f"{key} is missing"
            return
    if front["id"] != stem:
        yield f"id {front['id']!r} is not the file's name"
    for label in front["labels"]:
        if label != "expectation.*" and label not in LABELS:
            yield f"label {label!r} is not known{instead(label, (*LABELS, 'expectation.*')) or _LABELS_STAND}"
    for key, allowed in (("stages", _STAGES), ("audience", _AUDIENCES)):
        if not front[key] or not set(front[key]) <= allowed:
            yield f"{key} {front[key]!r} needs a list{instead(front[key], allowed)}"
    if front.get("about", "any") not in _ABOUT:
        yield f"about {front['about']!r} is not known{instead(front['about'], _ABOUT)}"
    if not isinstance(front.get("over", False), bool):
        yield "over needs true or false"
    heard = front.get("heard", [])
    if not isinstance(heard, list) or not all(isinstance(h, str) and HEARD[0] <= len(h.split()) <= HEARD[1] for h in heard):
        yield f"heard needs strings of {HEARD[0]} to {HEARD[1]} words"
    if not front["sources"]:
        yield "no source"
    for source in front["sources"]:
        if source not in sources:
            yield f"source {source!r} is not in sources.toml"


def _labels(given: list[str]) -> tuple[str, ...]:
    out: list[str] = []
    for label in given:
        out += [f"expectation.{t}" for t in TOPICS] if label == "expectation.*" else [label]
    return tuple(dict.fromkeys(out))
