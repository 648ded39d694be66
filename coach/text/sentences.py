"""Text -> sentences, with offsets into the text as it came.

Mentors type prose, bullets, fragments, transcripts and dictated run-ons; a splitter that knows only full stops breaks at
clock times (4.30), decimals and abbreviations (w/, Dr., e.g.). The rules here work on characters, so that offsets need no
mapping back; spaCy's sentencizer was tried in the prototype and broke at decimals and clock times.
"""

import re
from collections import Counter
from collections.abc import Iterator

from coach.text.language import guess
from coach.values import Sentence

LONGEST = 260
"""Characters after which a run-on is cut at its joints; evidence is a sentence at most and never over 400 characters."""

_ABBREVIATIONS = frozenset(
    "mr mrs ms mx dr prof st e.g i.e eg ie vs approx dept fig rev hon sr sgt lt capt gen mt cf incl esp m mme mlle".split()
)
_ENDS_ANYWAY = frozenset(
    "etc a.m p.m mtg appt inc ltd jr col ave rd tel ext min mins hr hrs wk wks yr yrs mo mos sec al resp".split()
)
"""Abbreviations that also close a sentence ("Met 45 min. Went ..."): they do so unless a small letter or a digit follows."""
_BEFORE_A_NUMBER = frozenset("no nos p pp ch vol jan feb mar apr aug sept oct nov dec".split())
"""Words that are abbreviations only before a number: "No. 5", "Jan. 5", but "she said no." and "not since Sept. she ..." end."""
_INITIALISM = re.compile(r"(?:[a-z]{1,2}\.)+[a-z]")
_CONTRACTION = re.compile(r"[^\W\d_]['’][^\W\d_]{1,2}$")
"""Words whose last letter is no initial: "she can't. He ...", "it was his mum's. She ..."."""
_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
_BULLET = re.compile(r"\s*(?:(?:[-*+•–—▪◦·●○■□→>]+|\[[ xX]?\]|\(?\d{1,2}[.)]|[a-z]\))\s+)+")
_DATE = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s)?"
_STAMP = r"(?:[\[(]?" + _DATE + r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?\s?(?:[ap]\.?m\.?)?[\])]?\s*[-–]?\s*)?"
_SPEAKER = re.compile(
    r"\s*" + _STAMP + r"(?P<who>[^\W\d_][\w.'’\-]{0,20}(?: [^\W\d_][\w.'’\-]{0,20}){0,2})(?: ?\([^)\n]{1,20}\))?\s?:\s+"
)
_BREAK = re.compile(r"(?:[.!?]+|…+|[。！？।؟]+)[\"'”’»)\]*_]*")
_GLUED = re.compile(r"(?<=[a-z]{2})[.!?](?=[A-Z][a-z])")
_JOINTS = (
    re.compile(r"[;]\s+|\s[-–—]+\s"),
    re.compile(r",?\s+(?=(?:but|because|although|then|so|and then|anyway)\s)", re.IGNORECASE),
    re.compile(r",?\s+(?=and\s)", re.IGNORECASE),
    re.compile(r",\s+"),
    re.compile(r"\s+"),
)
_NOT_SPEAKERS = frozenset(
    "note notes next mood action actions topics topic goal goals concern concerns plan todo re subject from to cc date time "
    "update agenda present attendees discussed follow-up followup risk risks wins win ps nb edit summary agreed issue issues "
    "background context when where who what why how also question questions".split()
)


def split(text: str) -> tuple[Sentence, ...]:
    """Cut a text into sentences, in order and without overlap; blank text gives none.

    Bullets' marks and speakers' labels are left out of the spans; a line that plainly goes on with the one above
    (hard-wrapped prose) is joined to it.
    """
    speakers = _speakers(text)
    found: list[Sentence] = []
    for start, end, speaker in _blocks(text, speakers):
        for a, b in _cut(text, start, end):
            for c, d in _shorten(text, a, b):
                piece = text[c:d]
                found.append(Sentence(c, d, piece, speaker, guess(piece)))
    return tuple(found)


def _speakers(text: str) -> frozenset[str]:
    """Labels before a colon that are people: capitals, 'Me', the same label on two lines or more, or one after a clock time.

    A word that heads a paragraph of notes ("Next:") is nobody.
    """
    turns = [m for line in _LINE.finditer(text) if (m := _SPEAKER.match(line[0]))]
    labels = Counter(m["who"] for m in turns)
    if sum(labels.values()) < 2:
        return frozenset()
    stamped = {m["who"] for m in turns if m.string[: m.start("who")].strip() and m["who"][0].isupper()}
    sure = {w for w, n in labels.items() if n > 1 or w.lower() in {"me", "i"}} | (stamped if len(stamped) > 1 else set())
    people = {w for w in sure if w.lower() not in _NOT_SPEAKERS}
    return frozenset(people | {w for w in labels if people and w.isupper() and w.lower() not in _NOT_SPEAKERS})


def _blocks(text: str, speakers: frozenset[str]) -> Iterator[tuple[int, int, str | None]]:
    """Lines as (start, end, speaker), without bullets and labels; hard-wrapped lines are joined."""
    held: tuple[int, int, str | None] | None = None
    last_line_end, last_length = -1, 0
    for line in _LINE.finditer(text):
        start, end = line.span()
        marked = _BULLET.match(text, start, end)
        start = marked.end() if marked else start
        label = _SPEAKER.match(text, start, end)
        speaker = label["who"] if label and label["who"] in speakers else None
        start = label.end() if label and speaker else start
        start, end = _strip(text, start, end)
        if start >= end:
            yield from _flush(held)
            held = None
            continue
        adjoining = held is not None and text[last_line_end : line.start()].count("\n") <= 1
        if held and adjoining and not marked and not speaker and last_length >= 60 and _goes_on(text, held[1], start):
            held = (held[0], end, held[2])
        else:
            yield from _flush(held)
            held = (start, end, speaker)
        last_line_end, last_length = line.end(), line.end() - line.start()
    yield from _flush(held)


def _flush(held: tuple[int, int, str | None] | None) -> Iterator[tuple[int, int, str | None]]:
    if held:
        yield held


def _goes_on(text: str, before: int, after: int) -> bool:
    return text[before - 1] not in ".!?:…" and (text[after].islower() or text[before - 1] in ",;")


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a block at the ends of its sentences."""
    here = start
    ends = sorted({m.end() for m in _BREAK.finditer(text, start, end)} | {m.end() for m in _GLUED.finditer(text, start, end)})
    for stop in ends:
        if stop < end and _is_end(text, here, stop):
            a, b = _strip(text, here, stop)
            if a < b:
                yield a, b
            here = stop
    a, b = _strip(text, here, end)
    if a < b:
        yield a, b


def _is_end(text: str, start: int, stop: int) -> bool:
    """Whether the punctuation before `stop` ends a sentence that began at `start`."""
    follows = text[stop]
    mark = text[start:stop].rstrip("\"'”’»)]*_")[-1:]
    if mark in "。！？।؟":
        return True
    if not follows.isspace():
        return bool(_GLUED.match(text, stop - 1))
    rest = text[stop : stop + 40].lstrip()
    if not rest:
        return False
    quoted = text[stop - 1] in "\"'”’»)"
    if rest[0].islower() and (quoted or mark == "…" or text[max(start, stop - 3) : stop] == "..."):
        return False
    if mark != "." or quoted:
        return True
    written = text[max(start, stop - 24) : stop].rstrip(".…")
    if _CONTRACTION.search(written):
        return True
    word = re.split(r"[\s(\"“'‘/]", written)[-1].lower()
    if word in _ENDS_ANYWAY:
        return not (rest[0].islower() or rest[0].isdigit())
    if word in _BEFORE_A_NUMBER:
        return not rest[0].isdigit()
    if (
        word in _ABBREVIATIONS
        or _INITIALISM.fullmatch(word)
        or (len(word) == 1 and word.isalpha() and not text[stop - 3 : stop - 2].isspace() and word != "i")
    ):
        return False
    initial = len(word) == 1 and word.isalpha() and rest[0].isupper() and word != "i"
    return not (initial or (word.isdigit() and len(word) <= 2 and stop - start <= 4))


def _shorten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a run-on at the joint nearest its middle until no piece is over LONGEST characters."""
    if end - start <= LONGEST:
        yield start, end
        return
    middle = (start + end) // 2
    for joint in _JOINTS:
        cuts = [m.end() for m in joint.finditer(text, start, end) if start + 30 < m.end() < end - 30]
        if cuts:
            cut = min(cuts, key=lambda c: abs(c - middle))
            break
    else:
        # halves, so that a text without blanks takes neither deep recursion nor quadratic time
        cut = middle
    for a, b in ((start, cut), (cut, end)):
        a, b = _strip(text, a, b)
        if a < b:
            yield from _shorten(text, a, b)
