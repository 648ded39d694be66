"""Which new passwords are refused: short ones, common ones, and ones made of what everybody knows (OWASP ASVS 5.0, 6.2.1, 6.2.4, 6.2.11).

`common_passwords.txt` holds the beginnings of the SHA-256 hashes of the commonest passwords, for many of them are no words to keep in
a tree; `python -m tests.security.checks.common` makes it. No rule asks for digits or signs: they make people write `Password1!`.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from api.errors import Unreadable

SHORTEST = 15
"""What the standard strongly recommends where a password is the only factor, as it is here."""

LONGEST = 200
DIGITS = 10
"""Hexadecimal digits that are kept of each hash: of a million good passwords not one is refused by chance."""

KNOWN = frozenset({"conversation", "coach", "mentor", "mentee", "mentoring", "password"})
"""Words that anybody would try here first; the account's own name and address, and its programs' names, join them."""

_FEWEST_LETTERS, _LEFT_OVER = 5, 8
_ROWS = "abcdefghijklmnopqrstuvwxyz" * 2 + " " + "1234567890" * 3 + " qwertyuiopasdfghjklzxcvbnm qwertzuiopasdfghjklyxcvbnm"
_FILE = Path(__file__).with_name("common_passwords.txt")


def check(password: str, email: str, name: str, programs: Iterable[str] = ()) -> None:
    """Raises Unreadable, with what to do, for a password that is guessed soon. `programs`: names of those that its owner serves."""
    if len(password) < SHORTEST:
        raise Unreadable(
            f"Choose a password of at least {SHORTEST} characters: a few words are easy to keep.", code="weak_password"
        )
    if is_common(password):
        raise Unreadable(
            "This password is among the first that are tried. Choose a few words that do not belong together.",
            code="weak_password",
        )
    if len(_without(password, {*KNOWN, *_parts(" ".join((email, name, *programs)))})) < _LEFT_OVER:
        raise Unreadable(
            "This password is made of your name, your address, your program's or this service's name. Choose other words.",
            code="weak_password",
        )


def is_common(password: str) -> bool:
    """On the list itself, two such passwords in a row, a row of keys, or very few different characters."""
    plain = password.casefold().rstrip("!?.#*$ ")
    if len(set(plain)) < _FEWEST_LETTERS or plain in _ROWS or plain[::-1] in _ROWS:
        return True
    return _listed(plain) or any(_listed(plain[:n]) and _listed(plain[n:]) for n in range(1, len(plain)))


def mark(password: str) -> str:
    """What stands on the list for a password."""
    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def _listed(text: str) -> bool:
    return mark(text) in _marks()


@cache
def _marks() -> frozenset[str]:
    lines = _FILE.read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _parts(text: str) -> set[str]:
    """The words of a name or an address that are long enough to count."""
    spaced = "".join(c if c.isalnum() else " " for c in text.casefold())
    return {part for part in spaced.split() if len(part) > 3}


def _without(password: str, words: set[str]) -> str:
    """What is left of a password without such words and what parts them."""
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return "".join(c for c in left if c.isalnum())
