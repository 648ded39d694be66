"""Whether the words of a note bear out what the trained heads say of a grave phrase: that it is denied, over, only supposed, or so.

The heads judge a sentence by its neighbours too, and now and then carry a mood over ("He thought I would have read it. He says he
wants to die." was read as denied). A phrase of suicide or self-harm may be turned down by them only where the words around it
could mean so. English alone, as the trained reader is.
"""

import re

from coach.taxonomy import Assertion

_DENIES = re.compile(
    r"\b(?:no|not|never|nor|none|neither|nothing|nope|nah|without|cannot|deni(?:es|ed|al)|deny(?:ing)?|hardly)\b|n['’]t\b", re.I
)
_OPEN = re.compile(
    r"(?:n['’]t|\b(?:not|never|cannot)) (?:really |quite |actually |even |want to |able to )?"
    r"(?:know|sure|certain|say|tell|answer|reply|respond)\w*|\bno (?:answer|reply|idea|comment)\b",
    re.I,
)
"""What answers a question neither way: "I don't know" is no denial."""
_ASKS = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|question|whether|wonder(?:s|ed)?|check(?:ed)?)\b|\?|^\W*(?:does|do|did|is|are|was|were|has|have|had)\b",
    re.I,
)
_SUPPOSES = re.compile(
    r"\b(?:if|when|whenever|would|could|might|should|suppose|imagin\w+|in case|unless|fear\w*|afraid|worr\w+|scared|train\w*|"
    r"course|taught|teach\w*|polic\w+|module|what to do|role.?play\w*)\b",
    re.I,
)
_NOW = re.compile(
    r"\b(?:wants?|wish(?:es)?|is|are|am|feels?|thinks?|plans?|keeps?|hopes?|means|intends?|can['’]?t|going to)\b|['’](?:s|re|m)\b",
    re.I,
)
_THEN = re.compile(
    r"\b(?:ago|years?|months?|back then|back when|used to|once|last|then|before|since|at the time|in (?:19|20)\d\d|"
    r"as a (?:child|kid|teen\w*)|no longer|any ?more|over now|earlier|formerly|aged?)\b",
    re.I,
)


_DENIED = re.compile(
    r"^\W*(?:(?:she|he|they|[A-Z]\w+)(?: just)? (?:said|says|goes|answered|replied|told me)[,:]? *[\"“‘']?)?"
    r"(?:oh |god |christ |well |honestly )*,? ?"
    r"(?:no|nope|nah|never)\b(?![ ,]*(?:one|idea|answer|reply|comment|point|reason|way|plan|longer))",
    re.I,
)
_AND_YET = re.compile(
    r"\b(?:but|yes|yeah|sometimes|maybe|though|except|only|just|not (?:really|yet|today|now|tonight)|any ?more|lately)\b", re.I
)
"""What stands beside a "no" that is not a whole one."""


def bears_out(assertion: Assertion, phrase: str, sentence: str, following: str) -> bool:
    """`following` is the next sentence, which may hold the answer to a question; "" where there is none.

    A "not" of the phrase itself ("doesn't want to be alive") denies nothing. A question that was answered with a whole "no" in the
    sentence after it is not `present`.
    """
    if assertion == "present":
        asked = sentence.rstrip("\"”’') \n").endswith("?")
        return not (asked and _DENIED.search(following) and not _AND_YET.search(following))
    if assertion == "negated":
        around, then = _OPEN.sub(" ", sentence.replace(phrase, " ", 1)), _OPEN.sub(" ", following)
        return bool(_DENIES.search(around)) or (bool(_ASKS.search(around)) and bool(_DENIES.search(then)))
    if assertion == "hypothetical":
        return bool(_SUPPOSES.search(sentence))
    return not _NOW.search(phrase) or bool(_THEN.search(sentence))
