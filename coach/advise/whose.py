"""Whose trouble a signal is, looked at once more for advice: by the sentences around it, by the speaker, by who was written to.

Only advice is told otherwise by it: levels, reasons and the signals of a report stay as they were heard. Each rule leaves what it is
not sure of as it was; no grave matter of a mentee's is ever made the mentor's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from coach.advise.chosen import HARM
from coach.advise.told import MENTOR, Cues
from coach.assess.safety import CHILDS_AGE, SILENCE_REACH, child_struck
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
_SAYS: Final = r"(?:says|said|(?:keeps?|kept) (?:on )?saying)"
_LEAD_IN: Final = (
    r"(?P<before>\W*(?:\w{1,20},? ){0,2}?(?:(?:\w{1,20},? ){0,4}?(?:said|says|mentioned|let slip|told me|tells me) (?:that )?)?)"
)
_FRIEND_WROTE = tuple(
    re.compile(
        rf"{_LEAD_IN}(?P<whose>{whose}) (?P<kin>{_KIN})\b(?: (?P<name>[A-Z][\w-]+))?(?: (?!me\b)[\w'’-]+){{0,6}}? "
        rf"(?:(?P<tells>{_TELLS} {whom})|{_SAYS})\b(?:(?! (?:he|she|they)\b) [\w'’-]+){{0,4}}?(?: (?P<they>he|she|they)\b)?"
    )
    for whose, whom in (("[Hh]is", "him"), ("[Hh]er", "her"), ("[Tt]heir", "them"))
)
"""'His friend Jonah from the floor above has been texting him ...', 'Her dad says he ...': what is grave in it is the friend's."""
_GRAVE_WORD = re.compile(r"\b(?:die|dying|dead|kill|suicid|hurt|harm|end it)", re.IGNORECASE)
_MALE = re.compile(r"(?:he|him|his|himself)\b|.*(?:brother|dad|father|boyfriend|uncle|husband)$", re.IGNORECASE)
_FEMALE = re.compile(r"(?:she|her|hers|herself)\b|.*(?:sister|mum|mom|mother|girlfriend|aunt|wife)$", re.IGNORECASE)
_BROUGHT_IN = re.compile(
    r"\b(?P<whose>[Hh]is|[Hh]er) (?P<kin>(?:older |younger |little |big |wee |baby |kid |twin |half-?|step-?|ex-?)*"
    r"(?:brother|sister|mum|mom|mother|dad|father|girlfriend|boyfriend|husband|wife|aunt|uncle))\b(?!['’]s)"
    rf"(?:(?: [A-Z][\w-]+)?,? \(?(?:aged? |is |who is )?{CHILDS_AGE})?"
)
_PRONOUN: Final = {"m": re.compile(r"\b(?:he|him|his|himself)\b", re.I), "f": re.compile(r"\b(?:she|her|hers|herself)\b", re.I)}
_HURTS: Final = (
    r"(?:hit(?:s|ting)?|beat(?:s|en|ing)?|slap(?:s|ped|ping)?|kick(?:s|ed|ing)?|punch(?:es|ed|ing)?|push(?:es|ed|ing)?|shov(?:es|ed|ing)|"
    r"grab(?:s|bed|bing)?|chok(?:es|ed|ing)|touch(?:es|ed|ing)?|grop(?:es|ed|ing)|kiss(?:es|ed|ing)?|forc(?:es|ed|ing)|hurt(?:s|ing)?|"
    r"burn(?:s|ed|t|ing)?|belt(?:s|ed)|lock(?:s|ed|ing)?|follow(?:s|ed|ing)?|threaten(?:s|ed|ing)?|bull(?:ies|ied|ying)|attack(?:s|ed)|"
    r"rap(?:es|ed)|abus(?:es|ed|ing)|(?:shout|scream|yell)(?:s|ed|ing)? at)"
)
_DONE_TO = re.compile(
    rf"\b{_HURTS} (?:(?P<whom>him|her)\b|(?P<whose>his) (?:arm|leg|face|hair|neck|wrist|hand|knee|back|shoulder|bottom|body)\b)|"
    rf"\b(?P<who>he|she) (?:was|is|gets?|got|has been|had been|is being|was being|keeps getting) (?:\w+ly )?{_HURTS}\b",
    re.IGNORECASE,
)
"""Whom something was done to: "touched her leg", "she was hit"."""
_TOLD_TO = re.compile(rf"\b{_TELLS} (?:him|her)\b")
_SUBJECT = re.compile(r"\b(?:he|she|himself|herself)\b", re.IGNORECASE)
_DONE_AT_HOME = re.compile(
    r"\b(?:[Hh]is|[Hh]er|[Tt]heir) (?:step-?|ex-?)?"
    r"(?:dad|father|mum|mom|mother|boyfriend|girlfriend|husband|wife|partner|ex|brother|uncle|landlord) (?:\w+ly )?"
    r"(?:threw|throws|smash\w*|kick\w*|punch\w*|broke|breaks|slam\w*|lock\w*|took|takes|hit|hits|shov\w*|push\w*|grab\w*)\b"
    r"(?! (?:(?:his|her|their|the|a|an|my) )?(?:\w+ )?(?:mother|mum|mom|dad|father|sister|brother|wife|girlfriend|boyfriend|son"
    r"|daughter|kids?|child|children|bab(?:y|ies)|girl|boy|woman|man|dog|cat)\b)(?! [A-Z])"
)
"""What one of the mentee's own did, to nobody else who is named: "His stepdad threw a plate"."""
_BACK: Final = 2
"""Sentences back in which a relative may have been brought in of whom a mere "he" or "she" is said."""
_NAME_FIRST = re.compile(
    r"\W*(?:(?:[Tt]his|[Ll]ast) \w+ |(?:[Tt]hen|[Tt]oday|[Nn]ow|[Yy]esterday) )?([A-Z][\w-]+) (?!(?:told|tells|rang|texted) me\b)"
)


def as_told(note: Note, signals: Sequence[Signal], sentences: Sequence[Sentence], cues: Cues) -> tuple[Signal, ...]:
    """The signals, in the same order, with `about` (and `who`) as the note has it on a second look.

    What is felt or threatened where a child is struck stands as the harm to that child, since that comes first.
    """
    at = [_home(s, sentences) for s in signals]
    mine, friends = _about_the_mentor(note, sentences), _in_danger(signals, at, sentences)
    known = any(_ours(x) for x in sentences)
    made = []
    for s, n in zip(signals, at, strict=True):
        if _hurts_a_child(s, note):
            made.append(replace(s, label=HARM, about="other"))
            continue
        whose = _whose(s, sentences[n], n in mine, known, cues) if n is not None else None
        friend = (_friend(s, sentences[n], friends) or _relative(s, n, sentences)) if n is not None else None
        made.append(replace(s, about="other", who=s.who or friend) if friend else replace(s, about=whose) if whose else s)
    return tuple(replace(s, about="other") if _their_silence(s, made) else s for s in made)


def _home(s: Signal, sentences: Sequence[Sentence]) -> int | None:
    """Number of the sentence in which a signal begins."""
    return next((n for n, x in enumerate(sentences) if x.start <= s.start < x.end), None)


def _ours(sentence: Sentence) -> bool:
    """Whether the mentor speaks, in a transcript that says so."""
    return (sentence.speaker or "").lower() in MENTOR


def _whose(s: Signal, sentence: Sentence, mine: bool, known: bool, cues: Cues) -> About | None:
    """The mentor's, where the mentee was taken for it and the sentence says so; the mentee's, where harm by one of their own hit nobody
    else who is named; None to leave it.

    `mine`: it follows an "It's me."; `known`: the transcript says which speaker is the mentor.
    """
    if s.label == HARM and s.about == "other" and s.who is None and _DONE_AT_HOME.search(sentence.text):
        return "mentee"
    if s.about != "mentee" or s.label in GRAVE:
        return None
    if sentence.speaker is not None:
        return _spoken(s, sentence) if known else None
    if (conduct := cues.mine.get(kind(s.label))) and family(s.label) == "relationship" and conduct.search(s.quote):
        return "mentor"
    if family(s.label) != "distress" and s.label not in _OWN_CONDUCT:
        return None
    before = sentence.text[: max(0, s.start - sentence.start)] + s.quote
    load = family(s.label) == "distress" and cues.burdens(sentence.text)
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
        m = _wrote(sentences[n].text)
        named = m["name"] if m else s.who if s.about == "other" else None
        if named and re.fullmatch(r"[A-Z][\w-]+", named):
            found.add(named)
    return frozenset(found)


def _friend(s: Signal, sentence: Sentence, friends: frozenset[str]) -> str | None:
    """Who else is in danger by this sentence: it tells what a friend wrote to the mentee, or begins with one of whom that is known."""
    if s.about != "mentee" or s.label not in _THEIR_DANGER or sentence.speaker is not None:
        return None
    if m := _wrote(sentence.text):
        return m["name"] or "somebody close"
    m = _NAME_FIRST.match(sentence.text)
    return m[1] if m and m[1] in friends else None


def _their_silence(s: Signal, signals: Sequence[Signal]) -> bool:
    """Whether a silence follows on somebody else's words of suicide and on none of the mentee's: it is that person who is silent."""
    near = {
        o.about
        for o in signals
        if o.label == "distress.suicide" and o.assertion == "present" and o.start <= s.start <= o.end + SILENCE_REACH
    }
    return s.label == "relationship.gone_dark" and s.about == "mentee" and near == {"other"}


def _hurts_a_child(s: Signal, note: Note) -> bool:
    """Whether a child is struck by the words around, who is not the mentee that the note is of."""
    return (
        family(s.label) == "distress"
        and s.label not in SUICIDAL
        and (s.about != "mentee" or not note.minor)
        and child_struck(s, note)
    )


def _wrote(text: str) -> re.Match[str] | None:
    """What a friend or relative told the mentee, or says, of themselves; None where it may be of the mentee."""
    for cue in _FRIEND_WROTE:
        m = cue.match(text)
        if m and not _GRAVE_WORD.search(m["before"]) and _of_themselves(m):
            return m
    return None


def _of_themselves(m: re.Match[str]) -> bool:
    """ "Her dad says he ..." is the dad's, "her dad says she ..." is hers; told to the mentee, it may be a "he" for both."""
    kin, mentee, they = _sex(m["kin"]), _sex(m["whose"]), _sex(m["they"] or "")
    if they and kin and they != kin:
        return False
    return bool(m["tells"]) or bool(they and mentee and they != mentee)


def _sex(word: str) -> str | None:
    return "m" if _MALE.match(word) else "f" if _FEMALE.match(word) else None


def _relative(s: Signal, n: int, sentences: Sequence[Sentence]) -> str | None:
    """Of whom a mere "he" is said after "her brother rang", or "she" after "his sister": nobody of that sex stood in the note before. Of
    harm it is whoever something was done to.
    """
    if s.about != "mentee" or s.label not in _THEIR_DANGER | {HARM} or sentences[n].speaker is not None:
        return None
    for at in range(n, max(-1, n - _BACK - 1), -1):
        until = s.start - sentences[n].start if at == n else len(sentences[at].text)
        for m in _BROUGHT_IN.finditer(sentences[at].text, 0, max(0, until)):
            kin, mentee = _sex(m["kin"]), _sex(m["whose"])
            before = [*(x.text for x in sentences[:at]), sentences[at].text[: m.start()]]
            known = kin is None or kin == mentee or any(_PRONOUN[kin].search(x) for x in before)
            if kin and not known and _meant(s, sentences[n]) == {kin}:
                return m[0]
    return None


def _meant(s: Signal, sentence: Sentence) -> set[str | None]:
    """Of which sex those are whose trouble a signal is."""
    return _done_to(sentence.text) if s.label == HARM else _said_of(s, sentence)


def _said_of(s: Signal, sentence: Sentence) -> set[str | None]:
    """Of which sex the words of a signal are; where they say nothing, the last word before them that does."""
    found = _SUBJECT.findall(_TOLD_TO.sub("", s.quote))
    before = _SUBJECT.findall(_TOLD_TO.sub("", sentence.text[: max(0, s.start - sentence.start)]))
    return {_sex(word) for word in found or before[-1:]}


def _done_to(text: str) -> set[str | None]:
    """Of which sex those are to whom something was done."""
    return {_sex(m["whom"] or m["whose"] or m["who"]) for m in _DONE_TO.finditer(text)}
