"""What around a word tells that it is a name: titles, kin, verbs, ages, heads of lines; and whether a word is one of the language."""

import re
from collections.abc import Sequence
from typing import Final

from coach.text.namelists import NameLists
from coach.text.words import Word

TITLES: Final = frozenset(
    "mr mrs ms miss mx dr prof professor doctor sir madam lady lord dame rev reverend pastor rabbi imam sheikh father sister "
    "brother aunt auntie aunty uncle nan nana coach sgt sergeant cpl corporal maj major col colonel capt captain lt lieutenant "
    "constable officer inspector ssgt pte private nurse mme mlle madame mademoiselle monsieur m frau herr señor señora don doña "
    "ustad hajji ate kuya baba mama deacon elder judge justice chief principal".split()
)
KIN: Final = frozenset(
    "colleague friend boss sister brother wife husband manager mentee mentor teacher neighbour neighbor cousin daughter son uncle aunt "
    "nephew niece partner girlfriend boyfriend roommate flatmate housemate tutor supervisor named called stepdad stepmum".split()
)
CALLS: Final = frozenset("with w saw called named met meet mentee".split())
CALLED_BEFORE: Final = frozenset("met w session call meeting chat sat spoke".split())
BEFORE_PLACE: Final = frozenset("in at from near to around outside across via towards toward into à au en chez vers".split())
BEFORE_EMPLOYER: Final = frozenset("for joined joining left leaving by chez".split())
MONTHS: Final = frozenset("may june april august jan mar dec jun mai avril juin août".split())
NEVER: Final = frozenset("mon tue tues wed weds thu thur thurs fri sat sun i'm i'd i've i'll".split())
"""Days, though some are names too, and the writer."""
NOT_SUBJECT: Final = frozenset("i you he she it we they this that these those there the a an my your his her our their".split())
"""After "Will", "May" or "Mark" these tell that it was the verb."""
_BEFORE_MONTH: Final = frozenset(
    "in by since until till last next this of from early late mid end before after during to through for and or every each on le en "
    "de fin début".split()
)
_VERBS: Final = frozenset(
    "is was has had did does can could will would said says came comes got gets went goes told asked thinks thought feels felt "
    "seems looked looks wants wanted took takes made makes knows knew let left sent keeps kept gave brought rang texted "
    "called showed shows still also just never always didn't doesn't isn't wasn't hasn't hadn't won't can't couldn't wouldn't "
    "and who whose whom arrived missed passed started finished cancelled turned sounded seemed cried laughed met hit put set cut "
    "read held spoke sat stood ran won lost found began rose broke wrote drove ate slept rings est a dit va avait était pense "
    "veut".split()
)
_AGE: Final = re.compile(r"\s?[,(]\s?\(?\d{1,2}\b|\s?\((?:he|she|they|age|aged|yr|year|\d)")
_HEAD: Final = re.compile(r"\s?(?:[,(–—:]|-\s|\r?\n|$)")
_ENDINGS: Final = ("s", "es", "ed", "d", "ing", "er", "r", "ly", "ness", "less", "ment", "able", "est")


def is_word(lists: NameLists, word: Word) -> bool:
    """A word of English, or one bent from it, or joined of such."""
    if word.key in lists.words:
        return True
    if word.key in lists.first or word.key in lists.last:
        return False
    if "-" in word.key or "'" in word.key:
        parts = [p for p in re.split("[-']", word.key) if p]
        return len(parts[0]) > 1 and all(p in lists.words or p in lists.capitals or len(p) < 3 for p in parts)
    stems = {word.key.removesuffix(ending) for ending in _ENDINGS} - {word.key}
    stems |= {s + "e" for s in stems} | {re.sub(r"(?:ies|ied)$", "y", word.key)}
    stems |= {word.key.removeprefix(p) for p in ("un", "re", "over", "mis", "non", "pre")}
    return any(len(s) > 2 and s in lists.words for s in stems)


def is_subject(lists: NameLists, text: str, found: Sequence[Word], i: int) -> bool:
    """Whether something tells that a word which may be a name is one: an ending, an age, the head of a line, a verb after it."""
    word = found[i]
    after = found[i + 1] if i + 1 < len(found) else None
    if word.owns or _AGE.match(text, word.end):
        return True
    if word.begins and word.key not in MONTHS and heads_line(text, word.start) and _HEAD.match(text, word.end):
        return True  # "Faith, Form 3", and a name that signs
    if not word.begins and word.key in MONTHS:
        return _is_person_in_may(text, found, i)
    if after is None or after.gap.strip(" ") or after.key in NOT_SUBJECT:
        return False
    if after.capital and not after.begins and after.key not in lists.capitals and after.key not in lists.frequent:
        return True
    return after.key in _VERBS or (after.key.endswith("ed") and after.key in lists.words)


def _is_person_in_may(text: str, found: Sequence[Word], i: int) -> bool:
    """Of a name that is a month, inside a sentence: somebody was met, or does something."""
    word, before = found[i], found[i - 1].key
    if before in _BEFORE_MONTH or re.match(r"\s\d", text[word.end : word.end + 2]) or re.search(r"\d\w*\s?$", word.gap):
        return False
    return before in CALLS or (i + 1 < len(found) and found[i + 1].key in _VERBS)


def heads_line(text: str, at: int) -> bool:
    """Whether a line begins at `at`, marks of a list aside."""
    return not text[max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1 : at].strip(" \t>*_•–-")


def is_bare(found: Sequence[Word]) -> bool:
    """Whether hardly a sentence begins with a capital, or all is in capitals: then capitals tell nothing."""
    heads = [w for w in found if w.begins]
    small = sum(not w.capital for w in heads)
    return small > 0.6 * len(heads) or sum(w.shouted for w in found) > 0.6 * len(found)
