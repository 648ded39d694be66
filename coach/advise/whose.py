"""Whose trouble a signal is, looked at once more for advice: by the sentences around it, by the speaker, by who was written to.

Only advice is told otherwise by it: levels, reasons and the signals of a report stay as they were heard. Each rule leaves what it is
not sure of as it was; no grave matter of a mentee's is ever made the mentor's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from coach.advise.told import MENTOR, Cues
from coach.taxonomy import GRAVE, SUICIDAL, About, family, kind
from coach.values import Note, Sentence, Signal

_OWN_CONDUCT: Final = frozenset(f"relationship.{k}" for k in ("missed_meetings", "unprepared", "gone_dark", "over_contact"))
_SAID_IN_TALK: Final = frozenset(
    f"relationship.{k}" for k in ("confidence_breach", "missed_meetings", "unprepared", "over_reach")
)
_THEIR_DANGER: Final = SUICIDAL | {"distress.harm_to_others", "distress.hopelessness"}
_I = re.compile(r"\W*(?:\w{1,20}[,.]? ){0,2}?(?:I|I['’]\w+|My)\b")
_YOU = re.compile(r"\W*(?:\w{1,20}[,.]? ){0,2}?(?:[Yy]ou|[Yy]ou['’]\w+)\b")
_ABOUT_ME = re.compile(
    r"\W*(?:(?:it['’]s|its|it is|this is|now) me\b(?! (?:who|that))|as for me\b|on my side\b|my own state\b)", re.IGNORECASE
)
_ABOUT_THEM = re.compile(r"\b(?:she|he|they|her|his|their|mentee)\b", re.IGNORECASE)
_BY_NAME = re.compile(
    r"\W*(?!(?:I|It|This|That|There|What|Here|My|Mine|Nobody|Nothing|Everything)\b)[A-Z][\w-]+"
    r"(?:['’]s| (?:is|was|has|had|hasn['’]t|isn['’]t|wasn['’]t|said|says|told|came|looks|looked|seems|seemed|wants|cried|sounds))\b"
)
_KIN: Final = (
    r"(?:best |old |older |younger |little |big |half-?|step-?|ex-?)?"
    r"(?:friend|mate|flatmate|roommate|room-mate|housemate|classmate|colleague|neighbour|neighbor|cousin|sister|brother|mum|mom|mother|"
    r"dad|father|girlfriend|boyfriend|partner|ex|aunt|uncle|teammate)"
)
_TELLS: Final = (
    r"(?:texts?|texted|texting|messages|messaged|messaging|writes|wrote to|writing to|sends|sent|sending|tells|told|telling|"
    r"calls|called|calling|rings|rang|ringing|said to|says to)"
)
_FRIEND_WROTE = re.compile(
    "|".join(
        rf"\W*(?:\w{{1,20}},? ){{0,2}}?{whose} {_KIN}\b(?: (?P<name{n}>[A-Z][\w-]+))?(?: (?!me\b)[\w'’-]+){{0,6}}? {_TELLS} {whom}\b"
        for n, (whose, whom) in enumerate((("[Hh]is", "him"), ("[Hh]er", "her"), ("[Tt]heir", "them")))
    )
)
"""'His friend Jonah from the floor above has been texting him ...': what is grave in that sentence is the friend's."""
_NAME_FIRST = re.compile(
    r"\W*(?:(?:[Tt]his|[Ll]ast) \w+ |(?:[Tt]hen|[Tt]oday|[Nn]ow|[Yy]esterday) )?([A-Z][\w-]+) (?!(?:told|tells|rang|texted) me\b)"
)


def as_told(note: Note, signals: Sequence[Signal], sentences: Sequence[Sentence], cues: Cues) -> tuple[Signal, ...]:
    """The signals, in the same order, with `about` (and `who`) as the note has it on a second look."""
    at = [_home(s, sentences) for s in signals]
    mine, friends = _about_the_mentor(note, sentences), _in_danger(signals, at, sentences)
    known = any(_ours(x) for x in sentences)
    made = []
    for s, n in zip(signals, at, strict=True):
        whose = _whose(s, sentences[n], n in mine, known, cues) if n is not None else None
        friend = _friend(s, sentences[n], friends) if n is not None else None
        made.append(replace(s, about="other", who=s.who or friend) if friend else replace(s, about=whose) if whose else s)
    return tuple(made)


def _home(s: Signal, sentences: Sequence[Sentence]) -> int | None:
    """Number of the sentence in which a signal begins."""
    return next((n for n, x in enumerate(sentences) if x.start <= s.start < x.end), None)


def _ours(sentence: Sentence) -> bool:
    """Whether the mentor speaks, in a transcript that says so."""
    return (sentence.speaker or "").lower() in MENTOR


def _whose(s: Signal, sentence: Sentence, mine: bool, known: bool, cues: Cues) -> About | None:
    """The mentor's, where the mentee was taken for it and the sentence says so; None to leave it.

    `mine`: it follows an "It's me."; `known`: the transcript says which speaker is the mentor.
    """
    if s.about != "mentee" or s.label in GRAVE:
        return None
    if sentence.speaker is not None:
        return _spoken(s, sentence) if known else None
    if (conduct := cues.mine.get(kind(s.label))) and family(s.label) == "relationship" and conduct.search(s.quote):
        return "mentor"
    if family(s.label) != "distress" and s.label not in _OWN_CONDUCT:
        return None
    before = sentence.text[: max(0, s.start - sentence.start)] + s.quote
    load = family(s.label) == "distress" and cues.ours.search(sentence.text)
    return "mentor" if load or (mine and not _ABOUT_THEM.search(before)) else None


def _spoken(s: Signal, sentence: Sentence) -> About | None:
    """In a transcript: what the mentor says of "I" is the mentor's, and so is what the mentee lays at the mentor's door ("You ...")."""
    if family(s.label) == "distress":
        return "mentor" if _ours(sentence) and _I.match(sentence.text) and not _YOU.match(s.quote) else None
    if s.label not in _SAID_IN_TALK:
        return None
    fits = _I.match(sentence.text) if _ours(sentence) else _YOU.match(sentence.text)
    return "mentor" if fits else None


def _about_the_mentor(note: Note, sentences: Sequence[Sentence]) -> frozenset[int]:
    """Numbers of the sentences that follow an "It's me." in its paragraph, up to one that begins with somebody else."""
    mine, on, last = set(), False, 0
    for n, sentence in enumerate(sentences):
        if "\n\n" in note.text[last : sentence.start] or _ABOUT_THEM.match(sentence.text) or _BY_NAME.match(sentence.text):
            on = False
        on = on or bool(_ABOUT_ME.match(sentence.text))
        if on:
            mine.add(n)
        last = sentence.end
    return frozenset(mine)


def _in_danger(signals: Sequence[Signal], at: Sequence[int | None], sentences: Sequence[Sentence]) -> frozenset[str]:
    """Names of friends and relatives whose words to the mentee are grave, or who were heard as somebody else in danger."""
    found = set()
    for s, n in zip(signals, at, strict=True):
        if s.label not in _THEIR_DANGER or n is None or s.assertion != "present":
            continue
        m = _FRIEND_WROTE.match(sentences[n].text)
        named = _name(m) if m else s.who if s.about == "other" else None
        if named and re.fullmatch(r"[A-Z][\w-]+", named):
            found.add(named)
    return frozenset(found)


def _friend(s: Signal, sentence: Sentence, friends: frozenset[str]) -> str | None:
    """Who else is in danger by this sentence: it tells what a friend wrote to the mentee, or begins with one of whom that is known."""
    if s.about != "mentee" or s.label not in _THEIR_DANGER or sentence.speaker is not None:
        return None
    if m := _FRIEND_WROTE.match(sentence.text):
        return _name(m) or "somebody close"
    m = _NAME_FIRST.match(sentence.text)
    return m[1] if m and m[1] in friends else None


def _name(m: re.Match[str]) -> str | None:
    return next((given for given in m.groups() if given), None)
