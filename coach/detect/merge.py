"""Findings of several detectors -> signals: what overlaps under one label becomes one signal that names all its sources.

Assertion and person come from the trained heads where the reader saw the place, corrected by the cues (coach/detect/assertion.py),
which alone judge what only a phrase rule found. An explicit phrase of suicide or self-harm is `present` unless a cue says
otherwise, or the heads are very sure and the words could mean it. What a language model found ("model") is joined last and only
adds: a signal of the others keeps its words, assertion and person, so that no answer of a model lowers what they earn. Where the
settings let it decide (`decided`), what the trained reader saw alone is set aside, for the level of the note and nothing else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from coach.detect.backing import bears_out
from coach.detect.unsaid import unsaid
from coach.taxonomy import GRAVE, SUICIDAL, About, Assertion, family
from coach.values import READER_SURE, Finding, Sentence, Signal


class Judged(Protocol):
    """What the cues say of one place."""

    @property
    def assertion(self) -> Assertion: ...
    @property
    def about(self) -> About: ...
    @property
    def certain(self) -> float: ...
    @property
    def who(self) -> str | None: ...


class Judge(Protocol):
    """Anything that judges assertion and person by cues."""

    def judge(self, text: str, sentence: Sentence, before: Sentence | None, start: int, end: int, label: str) -> Judged: ...


SURE = 0.75
"""Probability from which the heads' own assertion stands against a cue."""

MODEL = "model"
"""The source of a language model's findings."""

DIFFER = 0.55
"""How certain an assertion is at most where the language model judges otherwise."""

GRAVE_SURE = 0.8
"""The same for an explicit phrase of suicide or self-harm, which stays `present` below it."""


_ASKED = re.compile(r"\bask(?:ed|ing)?\b|\?|\bquestion\b|\bdemandé\b", re.IGNORECASE)


def merge(text: str, sentences: Sequence[Sentence], findings: Sequence[Finding], judge: Judge) -> tuple[Signal, ...]:
    """Signals in the order of the text. `findings` may come in any order."""
    signals, added = _both(text, sentences, findings, judge)
    for signal, _ in added:
        _join(signals, signal)
    return _in_order(signals)


def decided(
    text: str, sentences: Sequence[Sentence], findings: Sequence[Finding], judge: Judge
) -> tuple[tuple[Signal, ...], tuple[Signal, ...]]:
    """The signals where a language model's answer decides, and what is set aside, both in the order of the text.

    Its assertion and person stand, whatever the cues say, but for what the others saw that is grave. Of what the embedded detectors
    saw stays what the model judges alike, what rests on a phrase, and what is grave and sure enough for the floor. The rest is set
    aside, and so is all that stands in `signals` otherwise than the embedded detectors judged it: it still counts for the level, so
    that no answer lowers it.
    """
    own, heard = _both(text, sentences, findings, judge)
    added = [replace(signal, assertion=said, certain=1.0) for signal, said in heard]
    stays = []
    for s in own:
        alike = next((m for m in added if _alike(s, m)), None)
        if alike:
            stays.append(s if s.label in GRAVE else replace(s, about=alike.about, who=alike.who, certain=1.0))
        elif "phrases" in s.sources or (s.label in GRAVE and s.score >= READER_SURE):
            stays.append(s)
    for signal in added:
        _join(stays, signal)
    shown = {_judgement(s) for s in stays}
    return _in_order(stays), _in_order([s for s in own if _judgement(s) not in shown])


def _both(
    text: str, sentences: Sequence[Sentence], findings: Sequence[Finding], judge: Judge
) -> tuple[list[Signal], list[tuple[Signal, Assertion]]]:
    """The signals of the embedded detectors, and those of a language model with the assertion that it gave itself."""
    embedded, model = ([f for f in findings if (f.source == MODEL) is wanted] for wanted in (False, True))
    own = [_signal(text, sentences, group, judge) for group in _groups(embedded)]
    return (
        [replace(s, assertion="present", certain=DIFFER) if _answered_yes(s, own, sentences) else s for s in own],
        [(_signal(text, sentences, group, judge), group[0].assertion) for group in _groups(model)],
    )


def _answered_yes(s: Signal, signals: Sequence[Signal], sentences: Sequence[Sentence]) -> bool:
    """Whether a question about suicide or self-harm, taken as denied, is answered by words in the next sentence that hold now."""
    if s.label not in SUICIDAL or s.assertion != "negated":
        return False
    at = next(_touched(sentences, s.start, s.end), None)
    if at is None or at + 1 >= len(sentences) or not _ASKED.search(sentences[at].text):
        return False
    after = sentences[at + 1]
    return any(
        o.label == s.label and o.about == s.about and o.assertion == "present" and o.start < after.end and after.start < o.end
        for o in signals
    )


def _judgement(s: Signal) -> tuple[object, ...]:
    return s.label, s.start, s.end, s.assertion, s.about, s.status


def _in_order(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    return tuple(sorted(signals, key=lambda s: (s.start, s.end, s.label)))


def _same_place(a: Signal, b: Signal) -> bool:
    return a.label == b.label and a.start < b.end and b.start < a.end


def _alike(a: Signal, b: Signal) -> bool:
    return _same_place(a, b) and (a.assertion, a.status) == (b.assertion, b.status)


def _join(signals: list[Signal], added: Signal) -> None:
    """Add the model's signal to those of the embedded detectors.

    Where one of the same label overlaps it, that one stands: it gains the model as a source where both judge alike, and where
    they differ the doubt is kept in `certain`, so that the report asks.
    """
    same = [i for i, s in enumerate(signals) if _same_place(s, added)]
    for i in same:
        s = signals[i]
        if _alike(s, added):
            signals[i] = replace(s, sources=tuple(sorted({*s.sources, MODEL})))
        else:
            signals[i] = replace(s, certain=min(s.certain, DIFFER))
    if not same:
        signals.append(added)


def _groups(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one label (and status) that overlap, together."""
    groups: list[list[Finding]] = []
    for f in sorted(findings, key=lambda f: (f.label, f.status or "", f.start)):
        last = groups[-1] if groups else None
        if last and last[0].label == f.label and last[0].status == f.status and f.start < max(x.end for x in last):
            last.append(f)
        else:
            groups.append([f])
    return groups


def _signal(text: str, sentences: Sequence[Sentence], group: list[Finding], judge: Judge) -> Signal:
    best = max(group, key=lambda f: (f.source != "phrases", f.score))
    start, end = _span(group, best)
    assertion, about, certain, who = _judged(text, sentences, group, start, end, judge)
    score = 1.0
    for f in group:
        score *= 1 - min(f.score, 0.999)
    sources = tuple(sorted({f.source for f in group}))
    explicit = any(f.explicit for f in group)
    return Signal(
        best.label,
        start,
        end,
        text[start:end],
        about,
        assertion,
        "implicit" if best.status == "explicit" and _unsaid(sentences, start, end) else best.status,
        round(1 - score, 4),
        sources,
        who,
        explicit,
        certain,
    )


def _unsaid(sentences: Sequence[Sentence], start: int, end: int) -> bool:
    return any(unsaid(sentences[i].text) for i in _touched(sentences, start, end))


def _touched(sentences: Sequence[Sentence], start: int, end: int) -> Iterator[int]:
    """Numbers of the sentences that `start`:`end` is in, wholly or in part."""
    return (i for i, s in enumerate(sentences) if s.start < end and start < s.end)


def _span(group: list[Finding], best: Finding) -> tuple[int, int]:
    """The reader's clause, widened to the phrases inside the same sentence; never over 400 characters."""
    start, end = min(f.start for f in group), max(f.end for f in group)
    return (start, end) if end - start <= 400 else (best.start, best.end)


def _judged(
    text: str, sentences: Sequence[Sentence], group: list[Finding], start: int, end: int, judge: Judge
) -> tuple[Assertion, About, float, str | None]:
    cue, index, a, b, mixed = _cue(text, sentences, group, start, end, judge)
    read = next((f for f in group if f.source in ("reader", MODEL)), None)
    if read is None:
        return cue.assertion, cue.about, cue.certain, cue.who
    following = sentences[index + 1].text if index + 1 < len(sentences) else ""
    grave = read.label in SUICIDAL and any(f.explicit for f in group)
    unbacked = grave and not bears_out(read.assertion, text[a:b], sentences[index].text, following)
    assertion, certain = (cue.assertion, cue.certain) if mixed else _assertion(read, cue, grave, unbacked)
    return assertion, read.about, certain, cue.who if read.about == "other" else None


def _cue(
    text: str, sentences: Sequence[Sentence], group: list[Finding], start: int, end: int, judge: Judge
) -> tuple[Judged, int, int, int, bool]:
    """What the cues say of the group, with the sentence and the place that they judged, its first phrase or all of it; and whether
    phrases beside it are judged otherwise.

    Of several explicit phrases of suicide or self-harm one that holds now speaks for all: "no, no plan, but some mornings he'd be glad
    not to wake up" denies a plan and tells of a wish. The heads give one judgement for both and cannot speak against it.
    """
    phrases = sorted((f for f in group if f.source == "phrases"), key=lambda f: f.start)
    made = []
    for a, b in [(f.start, f.end) for f in phrases] or [(start, end)]:
        index = next(_touched(sentences, a, b), 0)
        before = sentences[index - 1] if index else None
        made.append((judge.judge(text, sentences[index], before, a, b, group[0].label), index, a, b))
    if group[0].label not in SUICIDAL:
        return *made[0], False
    holds = next((m for m, f in zip(made, phrases, strict=False) if f.explicit and m[0].assertion == "present"), made[0])
    mixed = holds[0].assertion == "present" and any(m[0].assertion != "present" for m in made)
    return *holds, mixed


def _assertion(read: Finding, cue: Judged, grave: bool, unbacked: bool) -> tuple[Assertion, float]:
    """Heads and cues together. Where they differ the surer wins, and the doubt is kept in `certain`.

    `grave` marks an explicit phrase of suicide or self-harm, `unbacked` one where no word of the note could mean what the heads
    say of it (coach/detect/backing.py).
    """
    if family(read.label) == "expectation" or cue.assertion == read.assertion:
        return read.assertion, max(read.certain, cue.certain)
    if cue.assertion == "present" and cue.certain >= SURE:  # a question that was answered yes, or "no, just ..."
        return "present", cue.certain
    if unbacked:
        return cue.assertion, 0.5
    if grave and cue.assertion == "present" and read.certain < GRAVE_SURE:
        return "present", 0.5
    if cue.assertion != "present" and cue.certain >= SURE and read.certain < SURE:
        return cue.assertion, 0.55
    return read.assertion, min(read.certain, 0.59) if cue.certain >= SURE else read.certain
