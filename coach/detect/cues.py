"""Assertion and person by cues with a reach (the ConText idea: Harkema and others, J. Biomed. Inform. 42, 2009).

The cues are data: indexes/cues/<language>.toml. Plain regular expressions, each tried on one sentence, in linear time.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.errors import ContentError
from coach.taxonomy import About, Assertion
from coach.values import Sentence

_KINDS: tuple[Assertion, ...] = ("negated", "hypothetical", "past")
_SIDES = ("before", "after", "answer", "stop", "not")
_ME = re.compile(r"\b(?:i|i'm|i’m|i've|i’ve|me|my|myself)\b", re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:ask(?:ed)?|any (?:thoughts|plans|talk)|check(?:ed)?|screen(?:ed)?|did (?:she|he|they) ever|whether)\b|\?",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"[\"“”«»]|(?<!\w)['‘]|['’](?!\w)")
_SELF = frozenset({"me", "i", "mentor", "myself"})
SURE, FAIR, UNMARKED = 0.85, 0.7, 0.6


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the cues say; `certain` is lower where no cue or several kinds of cue were found; `cue` the words that decided."""

    assertion: Assertion
    about: About
    certain: float
    who: str | None = None
    cue: str | None = None


Cues = Mapping[str, Mapping[str, re.Pattern[str] | None]]


class CueJudge:
    """Loads every <language>.toml of a folder. Raises ContentError where a file breaks its shape or an expression its syntax."""

    def __init__(self, folder: Path) -> None:
        self._cues = {path.stem: _load(path) for path in sorted(folder.glob("*.toml"))}
        if "en" not in self._cues:
            raise ContentError(f"{folder.name}: en.toml is missing")

    def judge(self, text: str, sentence: Sentence, before: Sentence | None, start: int, end: int, label: str) -> Judgement:
        """Judge the finding at `start`:`end` of `sentence`; `before` is the sentence before, None at the start of a note."""
        cues = self._cues.get(sentence.language, self._cues["en"])
        left, right = text[sentence.start : start], text[end : sentence.end]
        about, who = self._person(cues, left, sentence, label)
        found = {k: cue for k in _KINDS if (cue := _cue(cues[k], left, right))}
        answer = _answered(cues["negated"]["answer"], text, sentence, end)
        if answer and "negated" not in found and _ASKED.search(sentence.text):
            return Judgement("negated", about, SURE, who, answer)
        for name in _KINDS:
            if name in found:
                return Judgement(name, about, SURE if len(found) == 1 else UNMARKED, who, found[name])
        return Judgement("present", about, FAIR if about != "other" else UNMARKED, who)

    def _person(self, cues: Cues, left: str, sentence: Sentence, label: str) -> tuple[About, str | None]:
        other = cues["other"]["before"]
        hit = other.search(left) if other else None
        if hit and label != "distress.harm_from_others":
            return "other", hit[0].strip()
        inside = sentence.speaker is not None and sentence.speaker.lower() not in _SELF
        quoted = len(_QUOTES.findall(left)) % 2 == 1
        if _ME.search(left[-40:]) and not quoted and not inside and not _ASKED.search(sentence.text):
            return "mentor", None
        return "mentee", None


def _cue(cues: Mapping[str, re.Pattern[str] | None], left: str, right: str) -> str | None:
    """The words of a cue whose reach holds the finding, None where there is none."""
    reach = _after_last(cues["stop"], left)
    hit = _last(cues["before"], _blank(cues["not"], reach))
    if hit:
        return hit
    after, stop = cues["after"], cues["stop"]
    cut = stop.search(right) if stop else None
    found = after.search(right[: cut.start()] if cut else right) if after else None
    return found[0].strip() if found else None


def _after_last(stop: re.Pattern[str] | None, text: str) -> str:
    ends = [m.end() for m in stop.finditer(text)] if stop else []
    return text[ends[-1] :] if ends else text


def _blank(look_alikes: re.Pattern[str] | None, text: str) -> str:
    return look_alikes.sub(lambda m: "#" * len(m[0]), text) if look_alikes else text


def _last(cue: re.Pattern[str] | None, text: str) -> str | None:
    hits = [m[0] for m in cue.finditer(text)] if cue else []
    return hits[-1].strip() if hits else None


def _answered(answer: re.Pattern[str] | None, text: str, sentence: Sentence, end: int) -> str | None:
    """A "no" in the rest of the sentence or in the one right after it."""
    after = text[end : min(len(text), sentence.end + 90)]
    hit = answer.search(after[sentence.end - end :].lstrip()) or answer.search(after[: sentence.end - end]) if answer else None
    return hit[0].strip() if hit else None


def _load(path: Path) -> Cues:
    try:
        data: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
        return {k: {side: _join(data[k].get(side, [])) for side in _SIDES} for k in (*_KINDS, "other")}
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise ContentError(f"{path.name}: {type(error).__name__}: {error}") from None


def _join(expressions: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{e})" for e in expressions), re.IGNORECASE) if expressions else None
