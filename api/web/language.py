"""Which language a page speaks, and its words. Catalogues: locale/<language>.po, read at start; a word without one stays English."""

import gettext
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, negotiate_locale
from babel.dates import format_datetime
from babel.messages import Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from starlette.requests import Request

from api.deps import cookie_of
from api.services import Services
from api.web.words import FAULTS, SENTENCES
from coach import Words as Said
from coach import load_words

LANGUAGES = ("en", "fr")
COOKIE = "coach_language"
FOLDER = Path(__file__).parent / "locale"
SIGN = {"fr": "\u202f%"}
"""How a language writes the sign after a number, where not as English does."""


def language_of(request: Request, at: Services) -> str:
    """The one that was chosen, else the browser's, else English."""
    chosen = cookie_of(request, at, COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return negotiate_locale([w.replace("-", "_") for w in wanted if w], LANGUAGES) or "en"


@cache
def _messages(language: str) -> tuple[Message, ...]:
    """Of the language's catalogue; none for English, which has no file."""
    path = FOLDER / f"{language}.po"
    if not path.exists():
        return ()
    with open(path, encoding="utf-8") as file:
        return tuple(m for m in read_po(file, locale=Locale(language)) if m.id and m.string)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English -> the language; empty for English itself. Sentences that count are in `plurals`."""
    return {m.id: m.string for m in _messages(language) if isinstance(m.id, str) and isinstance(m.string, str)}


@cache
def plurals(language: str) -> Mapping[str, tuple[str, str]]:
    """English singular -> (of one, of several) in the language, for sentences that count something."""
    return {m.id[0]: (m.string[0], m.string[1]) for m in _messages(language) if isinstance(m.id, tuple | list) and m.string}


class Words(gettext.NullTranslations):
    """What Jinja's i18n extension asks for words."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._words, self._plurals, self._form = catalogue(language), plurals(language), Locale(language).plural_form

    def gettext(self, message: str) -> str:
        return self._words.get(message, message)

    def explain(self, fault: str) -> str:
        """What went wrong, in the language where it is known. Never a format: it may hold a file's name or what was typed."""
        return self._words.get(fault) or library(self._language).say(fault)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form for a number by the rule of the language: French has the singular for none, English has it for one alone."""
        one, several = self._plurals.get(msgid1, (msgid1, msgid2))
        return one if self._form(n) == "one" else several


@cache
def library(language: str) -> Said:
    """What the library and the service say in reports, and faults with numbers in them, in the language of a page."""
    known = catalogue(language)
    own = {text: known[text] for text in (*SENTENCES.values(), *FAULTS.values()) if text in known}
    return load_words("fr" if language == "fr" else "en").also(own)


def moment(value: datetime | None, language: str, zone: str = "UTC", shape: str = "d MMM y, HH:mm") -> str:
    """A time as people write it in the language, in a time zone; empty for None."""
    return format_datetime(value, shape, tzinfo=ZoneInfo(zone), locale=language) if value else ""


def colon(language: str) -> str:
    """As the language writes it after a word."""
    return ":" if language == "en" else "\u00a0:"


def number(value: float, language: str) -> str:
    """As people write it in the language: 1,234.5 or 1\u202f234,5."""
    return format_decimal(value, locale=language)


def percent(share: float, language: str, places: int = 0) -> str:
    """A share from 0 to 1: 12.5% in English; in French with a comma, and a narrow space that never ends a line."""
    digits = f"0.{'0' * places}" if places else "0"
    return format_percent(share, f"{digits}{SIGN.get(language, '%')}", locale=language)
