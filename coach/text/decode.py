"""Bytes -> text, exactly: only the byte-order mark is dropped, line ends stay as they came."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HARMLESS = frozenset("\t\n\r\v\f\b\x1b\x85")
"""Control characters that text files do hold; escape begins the colours of a terminal."""


def decode(data: bytes) -> str | None:
    """The text of a plain file; None where the bytes are no text.

    UTF-8, UTF-16 and UTF-32 by their marks; UTF-16 without one where zero bytes show it; else UTF-8, and line by line
    Windows-1252 where a line is not UTF-8, so that one old line does not spoil the file.
    """
    text = _by_mark(data)
    if text is None:
        text = _unmarked_utf16(data)
    if text is None:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = "".join(_line(line) for line in data.splitlines(keepends=True))
    return None if _is_rubbish(text) else text


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
