"""Which language a page speaks, and its words. Catalogues: locale/<language>.po, read at start; a word without one stays English."""

import gettext
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, negotiate_locale
from babel.dates import format_datetime
from babel.messages.pofile import read_po
from starlette.requests import Request

from api.web.words import SENTENCES
from coach import Words as Said
from coach import load_words

LANGUAGES = ("en", "fr")
COOKIE = "coach_language"
FOLDER = Path(__file__).parent / "locale"


def language_of(request: Request) -> str:
    """The one that was chosen, else the browser's, else English."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return negotiate_locale([w.replace("-", "_") for w in wanted if w], LANGUAGES) or "en"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English -> the language; empty for English itself."""
    path = FOLDER / f"{language}.po"
    if not path.exists():
        return {}
    with open(path, encoding="utf-8") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=Locale(language)) if m.id and m.string}


class Words(gettext.NullTranslations):
    """What Jinja's i18n extension asks for words."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._words = catalogue(language)

    def gettext(self, message: str) -> str:
        return self._words.get(message, message)


@cache
def library(language: str) -> Said:
    """What the library and the service say in reports, in the language of a page."""
    known = catalogue(language)
    own = {text: known[text] for text in SENTENCES.values() if text in known}
    return load_words("fr" if language == "fr" else "en").also(own)


def moment(value: datetime | None, language: str, zone: str = "UTC", shape: str = "d MMM y, HH:mm") -> str:
    """A time as people write it in the language, in a time zone; empty for None."""
    return format_datetime(value, shape, tzinfo=ZoneInfo(zone), locale=language) if value else ""
