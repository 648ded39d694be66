"""What the coach could not tell, with the one question that would settle it."""

import re
from collections.abc import Iterator, Sequence

from coach.taxonomy import SUICIDAL, family
from coach.values import Sentence, Signal, Uncertain

UNSURE = 0.6
"""Certainty of the assertion below which the report asks instead of guessing."""

_QUESTIONS = {
    "present": "Is this so now, or was it then, or is it a worry about what might come?",
    "negated": "Did they say it is not so, or was it simply not talked about?",
    "past": "Is this over, or does it still go on?",
    "hypothetical": "Has this happened, or is it something feared?",
}
_WHOSE = (
    "Are these words your mentee's, or your own? If they are your own: please speak today with somebody you trust or with one of "
    "the lines named here. You matter as much as anybody in your notes."
)
WORDS = (*_QUESTIONS.values(), _WHOSE)
"""Every question, for translators."""
_FIRST_PERSON = re.compile(r"\s*(?:\w+[,:]? ){0,2}I(?:['’]\w+)?\b")
_REPORTED = re.compile(r"[\"“”«»]|\b(?:said|says|told|texted|wrote|goes|was like|ask(?:ed|s|ing)?|put it to|wondered)\b")


def doubts(signals: Sequence[Signal], sentences: Sequence[Sentence], most: int = 4) -> tuple[Uncertain, ...]:
    """Whose words of suicide are, where a note's writer may mean themself; then the least certain distress signals, at most `most`.

    In the order of the text.
    """
    asked = dict.fromkeys(_perhaps_own(signals, sentences), _WHOSE)
    unsure = [i for i, s in enumerate(signals) if family(s.label) == "distress" and s.certain < UNSURE and i not in asked]
    for i in sorted(unsure, key=lambda i: signals[i].certain)[: max(0, most - len(asked))]:
        asked[i] = _QUESTIONS[signals[i].assertion]
    return tuple(Uncertain(i, asked[i]) for i in sorted(asked))


def _perhaps_own(signals: Sequence[Signal], sentences: Sequence[Sentence]) -> Iterator[int]:
    """The first signal of suicide or self-harm told as "I", by no named speaker and in no quotation, that was taken as the mentee's."""
    for i, s in enumerate(signals):
        if s.label not in SUICIDAL or s.assertion != "present" or s.about != "mentee":
            continue
        home = next((x for x in sentences if x.start <= s.start < x.end), None)
        if home and home.speaker is None and _FIRST_PERSON.match(home.text) and not _REPORTED.search(home.text):
            yield i
            return
