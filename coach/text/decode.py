"""Bytes -> text, exactly: only the byte-order mark is dropped, line ends stay as they came."""

import codecs
import re
from typing import Final

from coach.text.scripts import ACCENTED, LEAST_ACCENTED

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HARMLESS = frozenset("\t\n\r\v\f\b\x1b\x85")
"""Control characters that text files do hold; escape begins the colours of a terminal."""
_HIGH: Final = re.compile(r"[À-ÿ]|([¢¤-¦¨-ª¬-¯±-¶¸-º¼¾])(?!\1)")
"""Letters with an accent, and signs that notes seldom hold, such as ¤ and ³, of which a row of the same counts once."""
_MOST_HIGH: Final = 0.4
"""Share of such letters and signs from which a text is no Windows-1252; French has some 0.05."""
_JAPANESE: Final = re.compile(r"\x1b\$[@B]")
"""What switches to Japanese in ISO-2022-JP, whose bytes are all ASCII."""

UNTOLD: Final = "cannot tell the encoding; save it as UTF-8 and give it again"
"""What to say of a file whose encoding is not to be told."""


def decode(data: bytes) -> str | None:
    """The text of a plain file; None where the bytes are no text.

    UTF-8, UTF-16 and UTF-32 by their marks; UTF-16 without one where zero bytes show it; else UTF-8, and line by line
    Windows-1252 where a line is not UTF-8, so that one old line does not spoil the file.
    """
    text = _told(data)
    if text is None:
        text = "".join(_line(line) for line in data.splitlines(keepends=True))
    return None if _is_rubbish(text) else text


def is_untold(data: bytes, text: str | None) -> bool:
    """Whether `data` is writing in an encoding that could not be told; `text` is what `decode` made of it.

    Cyrillic, Greek or Chinese letters read as Windows-1252 are nearly all letters with an accent and signs. Where `decode` gave
    up, writing has hardly any control characters, and a picture or a program has many.
    """
    if text is None:
        return len(data) > 0 and sum(b < 32 and chr(b) not in _HARMLESS for b in data) <= 0.01 * len(data)
    if _JAPANESE.search(text):
        return True
    if text.isascii() or len(ACCENTED.findall(text)) < LEAST_ACCENTED:
        return False
    high = sum(1 for _ in _HIGH.finditer(text))
    ascii_letters = sum(c.isascii() and c.isalpha() for c in text)
    return high > _MOST_HIGH * (high + ascii_letters) and _told(data) is None


def _told(data: bytes) -> str | None:
    """The text where marks, zero bytes or UTF-8's own rules tell the encoding."""
    text = _by_mark(data)
    if text is None:
        text = _unmarked_utf16(data)
    if text is not None:
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            if encoding == "utf-8":
                return "".join(_line(line) for line in rest.splitlines(keepends=True))
            return rest.decode(encoding, errors="replace")
    return None


def _unmarked_utf16(data: bytes) -> str | None:
    """Latin text in UTF-16 has a zero in nearly every second byte and hardly any in the others."""
    sample = data[:4000]
    pairs = len(sample) // 2
    if pairs < 2 or len(data) % 2:
        return None
    first, second = sample[0 : 2 * pairs : 2].count(0) / pairs, sample[1 : 2 * pairs : 2].count(0) / pairs
    if second > 0.7 and first < 0.05:
        return data.decode("utf-16-le", errors="replace")
    if first > 0.7 and second < 0.05:
        return data.decode("utf-16-be", errors="replace")
    return None


def _line(line: bytes) -> str:
    """UTF-8, or with replacements where it mostly is (a character cut in two), else Windows-1252."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        mended = line.decode("utf-8", errors="replace")
    if mended.count("\ufffd") < sum(c > "\x7f" and c != "\ufffd" for c in mended):
        return mended
    return line.decode("cp1252", errors="replace")


def _is_rubbish(text: str) -> bool:
    """Over two in a hundred characters are control characters or could not be decoded."""
    strange = sum(c == "\ufffd" or ((c < " " or "\x7f" <= c < "\xa0") and c not in _HARMLESS) for c in text)
    return strange > 0.02 * len(text)
