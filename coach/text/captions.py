"""WebVTT and SubRip captions -> a transcript, one turn a line: "Name: what was said"."""

import html
import io
import re
from collections.abc import Iterator

from coach.errors import UnreadableFile

_VOICE = re.compile(r"<v(?:\.[^\s>]{1,80})?[ \t]+([^>\n]{1,80})>")
_TAG = re.compile(r"</?[a-z0-9][^<>\n]{0,200}>|<\d[^<>\n]{0,20}>", re.IGNORECASE)
_LABEL = re.compile(r"(?:>>\s?)?[^\W\d_][\w.'’ -]{0,40}: ")
_SRT = re.compile(r"\s*(?:\d{1,6}[ \t]*\r?\n)?\d{1,2}:\d{2}:\d{2}[,.]\d{3}[ \t]*-->")


def is_vtt(text: str) -> bool:
    """Whether a text is WebVTT, by its first line."""
    return text.startswith("WEBVTT") and (len(text) == 6 or text[6].isspace())


def is_srt(text: str) -> bool:
    """Whether a text is SubRip, by its first time stamp."""
    return _SRT.match(text) is not None


def read_captions(text: str) -> str:
    """The words of a caption file; raises UnreadableFile where it holds no caption.

    Turns of one speaker in a row become one line, because captions break sentences wherever the screen was full.
    """
    import webvtt

    captions = webvtt.from_buffer(io.StringIO(text), format="vtt" if is_vtt(text) else "srt")
    turns: list[tuple[str | None, str]] = []
    for caption in captions.captions:
        for speaker, words in _turns(caption.raw_text):
            if turns and _goes_on(turns[-1], speaker, words):
                turns[-1] = (turns[-1][0], f"{turns[-1][1]} {words}")
            else:
                turns.append((speaker, words))
    if not turns:
        raise UnreadableFile("holds no captions with words; export the transcript again, or paste its text into a .txt file")
    return "\n".join(f"{speaker}: {words}" if speaker else words for speaker, words in turns)


def _turns(raw: str) -> Iterator[tuple[str | None, str]]:
    """The (speaker, words) of one caption; speaker is None where no voice tag names one."""
    pieces = _VOICE.split(raw)
    for speaker, words in [(None, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]:
        name = " ".join(html.unescape(speaker).split()) if speaker else None
        held = ""
        for line in html.unescape(_TAG.sub("", words)).split("\n"):
            line = line.strip()
            if held and (line.startswith("-") or _LABEL.match(line)):
                yield name, held
                held = line
            else:
                held = f"{held} {line}".strip()
        if held:
            yield name, held


def _goes_on(last: tuple[str | None, str], speaker: str | None, words: str) -> bool:
    if speaker or last[0]:
        return speaker == last[0]
    return last[1][-1] not in ".!?…:" and words[0].islower() and not _LABEL.match(words)
