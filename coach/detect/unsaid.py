"""Words that say of a matter that it was never spoken of, or that take it for granted: an expectation told with them is unspoken, whatever
the heads say."""

import re
from typing import Final

_NOT: Final = (
    r"(?:never|(?:ha[sd]|have|did)(?:n['’]?t| not)|nobody|no one|neither of us)"
    r"(?: (?:yet|once|even|really|ever|actually|has|had|have|openly))*"
)
_UNSAID: Final = re.compile(
    rf"\b{_NOT} (?:talked? (?:about|of|over|through)|sp(?:eak|oke|oken) (?:about|of)|discuss(?:ed)?|mention(?:ed)?"
    r"|said (?:anything|a word|so|as much)|say (?:anything|a word|so)|brought (?:it|that|this|the \w+) up|raised (?:it|that|this))\b"
    r"|\b(?:goes|went|going) without saying\b|\b(?:never|not|n['’]t) (?:come|came) up\b"
    r"|\bjamais (?:parlé|dit|discuté|évoqué)|\bn['’]en (?:a|avons|ont) jamais\b",
    re.IGNORECASE,
)
_GRANTED: Final = re.compile(
    r"\b(?:that|this|it|which)(?:['’]s| is| was) (?:just |surely |only |exactly )?what (?:a |the |real |good |proper |any )?"
    r"(?:mentors?|coach(?:es)?|you['’]re|a mentor['’]s)\b(?: (?:do|does|is|are))?(?: (?:for|there for|about))?"
    r"|\bis(?:n['’]t| not) that what\b"
    r"|\b(?:mentors?|coach(?:es)?|you) (?:are|were|is|was) (?:surely )?(?:supposed|meant) to\b"
    r"|\b(?:I|she|he|they)(?:['’]d| had)? (?:thought|figured|assumed|reckoned) (?:that )?"
    r"(?:(?:a )?mentors?|you['’]d|you would|you were|we['’]d)\b"
    r"|,? isn['’]t it\b",
    re.IGNORECASE,
)
"""A picture of how it goes without saying: "that's what mentors do, isn't it"."""
_SAID: Final = re.compile(r"\b(?:agreed|agreement|promised|we said|our rule|as arranged)\b|\bconvenu", re.IGNORECASE)


def unsaid(sentence: str) -> bool:
    """Whether the sentence tells that something was not talked about, or takes it for granted, and of no agreement beside it."""
    return bool(_UNSAID.search(sentence) or _GRANTED.search(sentence)) and not _SAID.search(sentence)
