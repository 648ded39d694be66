"""Changes of a note that should change nothing in its reading. Each is a pure function of a piece of a note and the whole note.

A label follows by changing its quote in the same way and finding it again; `changed` counts those that cannot be found.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from coach.evaluating.words import (
    ADVERBS,
    AGREE,
    BEFORE_NAMES,
    BESIDE_NAMES,
    FORMS,
    HAS,
    NAMES,
    NO_NAMES,
    NO_NOUN,
    NO_VERB,
    SPELLINGS,
)

Change = Callable[[str, str], str]
"""(piece, whole note) -> the piece changed; the piece is the whole note or a quote of it."""

_NAME = r"[A-Z][a-zà-öø-ÿ]+"
_BESIDE = re.compile(
    rf"\b({_NAME})(?=['’]s\b|\s+(?:{'|'.join(BESIDE_NAMES)})\b|\s\(\d)"
    rf"|(?:\b(?:{'|'.join(BEFORE_NAMES)})|w/)\s+({_NAME})\b"
    rf"|\A\W*({_NAME})(?=[,.:]|\s\()"
)
_PRONOUN = re.compile(r"\b(she|he|him|his|hers|her|himself|herself)\b", re.IGNORECASE)
_NEXT = re.compile(r"\s+([a-z'’]+)", re.IGNORECASE)
_SUBJECT = re.compile(rf"\b(s?he)((?:\s+(?:{'|'.join(ADVERBS)}))?\s+)([a-z]+(?:['’]t)?)\b", re.IGNORECASE)
_TYPO_EVERY = 8


@dataclass(frozen=True, slots=True)
class Variant:
    """A change with the axis it belongs to: on one axis ("names") groups are held against each other."""

    axis: str
    name: str
    change: Change


def changed(note: Mapping[str, Any], change: Change) -> tuple[dict[str, Any], int]:
    """The note with its labels after a change, and how many labels were lost on the way."""
    text = change(note["text"], note["text"])
    quotes = [change(s["quote"], note["text"]) for s in note["signals"]]
    kept = [{**s, "quote": q} for s, q in zip(note["signals"], quotes, strict=True) if q and q in text]
    return {**note, "text": text, "signals": kept}, len(quotes) - len(kept)


def people(text: str) -> tuple[str, ...]:
    """First names in the order they appear: a capital, beside a word that goes with persons or first of all, never written small.

    A name that stands elsewhere only is not found, and a place ("Brazil is") may be; no list of all names is kept here.
    """
    found = dict.fromkeys(next(filter(None, groups)) for groups in _BESIDE.findall(text))
    return tuple(n for n in found if n.lower() not in NO_NAMES and not re.search(rf"\b{n.lower()}\b", text))


def names(group: str) -> Change:
    """Every first name of the note becomes one of `group`, of the kind that the note's pronouns point to."""

    def change(piece: str, whole: str) -> str:
        small = whole.lower()
        woman = len(re.findall(r"\b(she|her)\b", small)) > len(re.findall(r"\b(he|him|his)\b", small))
        stock = NAMES[group]["she" if woman else "he"]
        swap = {name: stock[i % len(stock)] for i, name in enumerate(people(whole))}
        return re.sub(rf"\b{_NAME}\b", lambda m: swap.get(m[0], m[0]), piece)

    return change


def pronouns(to: str) -> Change:
    """Every "he" and "she" becomes `to` ("he", "she" or "they"), verbs with it; a "they" of the note stays."""

    def change(piece: str, whole: str) -> str:
        text = _plural(piece) if to == "they" else piece
        return _PRONOUN.sub(lambda m: _like(m[0], FORMS[to][_role(m)]), text)

    return change


def american(piece: str, whole: str) -> str:
    return _spelt(piece, dict(SPELLINGS))


def british(piece: str, whole: str) -> str:
    return _spelt(piece, {a: b for b, a in SPELLINGS if a not in _AMBIGUOUS})


def typos(piece: str, whole: str) -> str:
    """In every eighth word of five letters or more two letters change places; a word always slips in the same way."""
    return re.sub(r"[^\W\d_]{5,}", _slip, piece)


def lower_case(piece: str, whole: str) -> str:
    return piece.lower()


def run_on(piece: str, whole: str) -> str:
    """As dictated: small letters, no marks but apostrophes, one line."""
    return " ".join(re.sub(r"[^\w\s'’]|_", " ", piece.lower()).split())


def first_half(piece: str, whole: str) -> str:
    """The note up to the last end of a sentence before its middle; a quote stays as it is, and is lost if it stood later."""
    if piece != whole:
        return piece
    middle = len(whole) // 2
    ends = [m.end() for m in re.finditer(r"[.!?]+(?=\s)|\n", whole) if m.end() <= middle]
    return whole[: ends[-1] if ends else whole.rfind(" ", 0, middle) + 1].rstrip()


VARIANTS = (
    *(Variant("names", group, names(group)) for group in NAMES),
    *(Variant("pronouns", f"all {to}", pronouns(to)) for to in FORMS),
    Variant("spelling", "American", american),
    Variant("spelling", "British", british),
    Variant("writing", "typos", typos),
    Variant("writing", "lower case", lower_case),
    Variant("writing", "dictated, no punctuation", run_on),
    Variant("writing", "first half of the note", first_half),
)
_AMBIGUOUS = frozenset("practice license check tire resume schedule while calendar math learned cellphone program".split())
"""American words that are British too, in another sense."""


def _role(m: re.Match[str]) -> int:
    """Place in FORMS of the pronoun found."""
    word = m[0].lower()
    if word == "her" or word == "his":
        after = _NEXT.match(m.string, m.end())
        noun = after is not None and after[1].lower() not in NO_NOUN
        return 2 if noun else 1 if word == "her" else 3
    return next(i for forms in (FORMS["he"], FORMS["she"]) for i, form in enumerate(forms) if form == word)


def _plural(text: str) -> str:
    """Verbs after "he" and "she" as after "they"; the pronouns themselves stay."""
    text = re.sub(rf"\b(s?he['’])s(?=\s+(?:{'|'.join(HAS)})\b)", r"\1ve", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(s?he['’])s\b", r"\1re", text, flags=re.IGNORECASE)
    return _SUBJECT.sub(lambda m: m[1] + m[2] + _verb(m[3]), text)


def _verb(word: str) -> str:
    plain = word.replace("’", "'")
    if plain in AGREE:
        return AGREE[plain]
    if word in NO_VERB or not re.fullmatch(r"[a-z]{2,}[^sui]s", word):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if re.search(r"(sh|ch|ss|x|z)es$", word) else word[:-1]


def _spelt(piece: str, table: Mapping[str, str]) -> str:
    return re.sub(r"[^\W\d_]+", lambda m: _like(m[0], table.get(m[0].lower(), m[0])), piece)


def _like(old: str, new: str) -> str:
    """`new` with the capitals of `old`."""
    if old.lower() == new.lower():
        return old
    if old.islower():
        return new
    return new.upper() if old.isupper() and len(old) > 1 else new[0].upper() + new[1:]


def _slip(m: re.Match[str]) -> str:
    word = m[0]
    mark = crc32(word.lower().encode())
    if mark % _TYPO_EVERY:
        return word
    at = 1 + mark // _TYPO_EVERY % (len(word) - 3)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
