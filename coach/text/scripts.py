"""The language that a script alone tells: Greek letters are Greek, hangul is Korean; Latin letters tell nothing."""

import re
import unicodedata
from collections import Counter
from typing import Final

UNTOLD: Final = "und"
"""ISO 639-2 for a language that could not be told."""

_SCRIPTS: Final[tuple[tuple[int, int, str], ...]] = (
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "ru"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"),
    (0x0750, 0x077F, "ar"),
    (0x08A0, 0x08FF, "ar"),
    (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"),
    (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"),
    (0x0D80, 0x0DFF, "si"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"),
    (0x1100, 0x11FF, "ko"),
    (0x1200, 0x139F, "am"),
    (0x1780, 0x17FF, "km"),
    (0x3040, 0x30FF, "ja"),
    (0x3400, 0x4DBF, "zh"),
    (0x4E00, 0x9FFF, "zh"),
    (0xAC00, 0xD7AF, "ko"),
    (0xF900, 0xFAFF, "zh"),
    (0xFB50, 0xFDFF, "ar"),
    (0xFE70, 0xFEFF, "ar"),
    (0x20000, 0x2FFFF, "zh"),
)
_DENSE: Final = frozenset({"zh", "ja", "ko"})
"""Scripts in which three letters can be a sentence; elsewhere it takes six, so that a name alone is not called foreign."""
_TELLING: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = (
    ("ru", "uk", re.compile("[іїєґІЇЄҐ]")),
    ("ar", "ur", re.compile("[ٹڈڑںے]")),
    ("ar", "fa", re.compile("[پچژگ]")),
)

ACCENTED: Final = re.compile("[À-ÖØ-öø-ÿ]")
_LATIN: Final = re.compile("[A-Za-zÀ-ÖØ-öø-ÿ]")
LEAST_ACCENTED: Final = 4


def is_garbled(text: str) -> bool:
    """Whether over half of the Latin letters bear an accent, as in Cyrillic, Greek or Chinese bytes read as Windows-1252.

    No language is written so: French has some 5 in a hundred, Vietnamese mostly other letters than these.
    """
    accented = len(ACCENTED.findall(text))
    return accented >= LEAST_ACCENTED and accented * 2 > len(_LATIN.findall(text))


def by_script(text: str) -> str | None:
    """ISO 639-1 code where over half of the letters are of one script that tells its language, else None.

    "und" where over half are of a script that is not listed, or the text was read in a wrong encoding.
    """
    if text.isascii():
        return None
    if is_garbled(text):
        return UNTOLD
    counts: Counter[str] = Counter()
    for char in text:
        if char.isalpha():
            counts[_language(ord(char))] += 1
    if counts["ja"]:
        counts["ja"] += counts.pop("zh", 0)
    code, letters = max(counts.items(), key=lambda item: item[1], default=("", 0))
    if not code or letters * 2 <= counts.total() or letters < (4 if code in _DENSE else 6):
        return None
    return next((to for of, to, sign in _TELLING if of == code and sign.search(text)), code)


def _language(point: int) -> str:
    """The code for a letter's block, "" for Latin letters and signs that stand for them, "und" for blocks not listed."""
    if point < 0x0370:
        return ""
    return next((code for first, last, code in _SCRIPTS if first <= point <= last), "" if _is_latin(chr(point)) else UNTOLD)


def _is_latin(letter: str) -> bool:
    """Also in fancy dress: mathematical, full-width and small capital letters."""
    return unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "").startswith(("LATIN", "MODIFIER"))
