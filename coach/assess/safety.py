"""The floor that nothing lowers (docs/report-contract.md, "The floor"): one function a sentence of the contract.

Each takes the signals and the note and gives the least level it demands, or None. `floor` is the graver of all.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from coach.taxonomy import GRAVE, LABEL_NAMES, SUICIDAL, Level, family, higher
from coach.values import READER_SURE, Note, Signal

_DANGER = SUICIDAL | {"distress.harm_to_others"}
_HARMED = "distress.harm_from_others"
_SILENT = "relationship.gone_dark"
SILENCE_REACH = 300
"""Characters after words of suicide in which a silence is taken for that person's, now."""
_WHO = (
    r"(?:psychologist|psychiatrist|psych nurse|gp|doctor|nurses?|crisis team|camhs|caps|mental health team|care team|social worker|"
    r"therapist|counsell?or|paramedics|ambulance|employee health|safeguarding|police|hospital)"
)
_IN_HANDS = re.compile(
    rf"\b(?:{_WHO} (?:and \w+ )?(?:(?:is|are|was|were) (?:now )?(?:with|seeing|on it|looking)|has|have|had|took|already|now)\b|"
    rf"{_WHO}['’](?:s|ve|re)? (?:on it|got|with|seen)\b|"
    rf"(?:with|seeing|sees|has|under|by) (?:an?|the|his|her|their) (?:\w+ )?{_WHO}\b|"
    r"(?:is|are|was|were|been|now|back|safe|still) (?:in|at) (?:the )?(?:hospital|er|ed|a ?& ?e|rehab|care)\b|"
    r"(?:taken|brought|drove|rushed|flown|went|got|gone) (?:\w+ ){0,3}(?:in )?to (?:the )?(?:hospital|er|ed|a ?& ?e|clinic)\b|"
    r"admitted|hospitali[sz]ed|sectioned|inpatient|on (?:a|the) (?:\w+ )?(?:ward|unit)\b|under the care|being looked after|"
    r"in (?:safe|good|professional) hands|(?:crisis line|helpline) (?:triage|shift)\b|callers\b|"
    r"so that['’]s (?:in hand|looked after)|on a (?:suicide )?watch\b)",
    re.IGNORECASE,
)
"""Words that say professionals have a person; a hospital as a place of work is none of them."""
_NOT_YET = re.compile(
    r"\b(?:no|not|never|nobody|none|refus\w+|without|if|should|until|waiting|wants?|need\w*|\w+n['’]t|isnt|wont|hasnt|arent)\b",
    re.IGNORECASE,
)
HANDS_REACH = 350
"""Characters on either side of a signal in which professionals that are named count for that person."""

_TAUGHT = re.compile(
    r"\b(?:course|training|trained|module|policy|polic(?:ies|y)|poster|leaflet|webinar|workshop|slides?|handbook|procedure|refresher|"
    r"role.?play|scenario|case study|curriculum|lesson|film|novel|play|book|chapter|story|script|character|episode|song|"
    r"orientation|flow ?chart|induction)\b",
    re.IGNORECASE,
)
_ANYBODY = re.compile(r"\b(?:if|when|what if|where) (?:a|an|any|some|somebody|someone|anybody|anyone)\b", re.IGNORECASE)
_PASS_ON = re.compile(r"\bif\b[^.!?]{0,100}\b(?:i['’]d|i would) have to\b", re.IGNORECASE)
"""Rules for whoever it may be, and what a mentor says they would have to pass on."""
_IF = re.compile(
    r"\b(?:if (?!(?:she|he|i|they) (?:was|were|wasn|weren|wer)\b)|unless|the day|next time|one more)\b", re.IGNORECASE
)
_TAKEN_BACK = re.compile(
    r"\b(?:took (?:it|that) (?:straight )?back|takes? it back|didn['’]?t mean (?:it|that)|doesn['’]?t mean (?:it|that)|all talk|"
    r"(?:only|just|was) (?:venting|joking|mad|angry)|was (?:only |just )?talk|"
    r"calmed down and said|would never|wouldn['’]?t really|not going to do anything|"
    r"not gonna touch|never (?:touch|hurt|lay)|thought about what he['’]d really do)\b",
    re.IGNORECASE,
)
_TAKEN_UP_AGAIN = re.compile(
    r"\b(?:sort of did|kind of did|then (?:he|she|they) said maybe|but (?:he|she|they) (?:did|meant)|still says)\b", re.IGNORECASE
)
_AFRAID = re.compile(r"\b(?:afraid|scared|worr(?:y|ied|ies)|fears?|frightened|terrified|dreads?)\b", re.IGNORECASE)
_FEAR = re.compile(
    r"\b(?:afraid|scared|worr(?:y|ied|ies)|fears?|frightened|terrified|might|could|wouldn['’]?t want (?:him|her|them) alone|"
    r"don['’]?t know what (?:he|she|they)['’]?d do)\b",
    re.IGNORECASE,
)

CHILDS_AGE: Final = r"(?:1[0-7]|[1-9])(?=[).,;]|$| and\b)(?![.,:]\d)"
"""After whoever it is of: "his sister, 11, ..."."""
_CHILD: Final = (
    r"(?:(?:their|her|his|the|our) (?:\w+ )?(?:lads?|boys?|girls?)|sons?|daughters?|kids?|child(?:ren)?|toddlers?|bab(?:y|ies)|bairns?|"
    r"infants?|(?:little|wee|baby|kid) (?:one|boy|girl|lad|lass|brother|sister|cousin)s?|niece|nephew|grand(?:son|daughter|child\w*)|"
    r"(?:\d|1[0-7]|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen)[- ]years?[- ]olds?|"
    rf"(?:brother|sister|cousin|friend|neighbour|boy|girl|lad)s?,? \(?(?:aged? |is |who is |who['’]s )?{CHILDS_AGE}|"
    r"enfants?|fils|(?:leur|sa|ma) fille|bébé|petite? (?:frère|s(?:œ|oe)ur)|neveu|nièce)\b"
)
_GROWN = re.compile(
    r"\b(?:grown|adult|inner child|like a (?:child|kid)|(?:is|aged?|turned|who['’]s|son,|daughter,) (?:1[89]|[2-9]\d)\b|"
    r"(?:1[89]|[2-9]\d)[- ](?:year|ans))",
    re.IGNORECASE,
)
_BLOW: Final = (
    r"(?:hits?|hitting|smack(?:s|ed|ing)?|slap(?:s|ped|ping)?|beats?|beating|thrash(?:es|ed|ing)?|belt(?:s|ed|ing)|punch(?:es|ed|ing)?|"
    r"kick(?:s|ed|ing)?|whack(?:s|ed|ing)?|wallop(?:s|ed|ing)?|spank(?:s|ed|ing)?|whip(?:s|ped|ping)?|throttl(?:es|ed|ing)|"
    r"chok(?:es|ed|ing)|burn(?:s|ed|t|ing)|frapp(?:e|er|ait|é)|bat(?:tre|tu)?|gifl(?:e|er|é)|cogn(?:e|er|é))"
)
_STRUCK = re.compile(
    rf"\b{_BLOW}(?: (?:on|up|about|aussi|souvent|encore))?(?: (?:her|his|their|the|my|our|both|all|of|one|wee|young|leurs?|ses|son|sa|"
    rf"l['’]|les|mes|de|six|\w+ year old)){{0,3}} ?{_CHILD}(?!['’]| (?:at|hard|the hardest|worst)\b)|"
    rf"\b{_CHILD}\b[^.!?;]{{0,25}} (?:gets?|got|is|are|being|been|was|were|est|sont) (?:being |getting |often |still )?"
    r"(?:hit|smacked|slapped|beaten|thrashed|punched|kicked|whacked|spanked|whipped|choked|burn(?:ed|t)|frappée?s?|battue?s?)\b|"
    rf"\b(?:child|kid|lad|boy|girl|niece|nephew|little one)['’]s (?:step-?)?"
    rf"(?:dad|father|mum|mom|mother|uncle|aunt|minder|carer|\w+friend) {_BLOW} (?:him|her|them)\b",
    re.IGNORECASE,
)
_A_CHILD = re.compile(rf"\b{_CHILD}", re.IGNORECASE)
_AGE_OF_A_CHILD = re.compile(rf"\b{CHILDS_AGE}$")
_ABOUT_TO_ACT = re.compile(
    r"\b(?:has|have|had|got|made|worked out) (?:a|the|his|her|their|it all) plan(?:ned)?\b(?! (?:b|for|with)\b)|"
    r"\bplan(?:s|ned|ning)? (?:to|on) (?:end|kill|die|dying|ending|killing)|"
    r"\b(?:picked|chosen|chose|settled on|fixed|decided on|set) (?:a |the |his |her |their )?"
    r"(?:day|date|night|place|tree|spot|tonight|tomorrow)\b|"
    r"\b(?:do it|end (?:it|his|her|my|their)(?: (?:life|all))?|kill (?:him|her|my|them)sel(?:f|ves)|die)\b[^.!?]{0,20}"
    r"\b(?:tonight|tomorrow|this (?:evening|afternoon|weekend))\b|"
    r"\b(?:got(?: hold of)?|has|have|had|bought|saved(?: up)?) (?:what|all|everything)(?: that)? (?:he|she|they|i) needs?\b|"
    r"\beverything (?:he|she|they|i) needs? is\b|"
    r"\b(?:swallowed|took|taken) (?:the whole|a whole|all (?:the|her|his|of)|a (?:lot|handful|bottle|packet|strip) of)\b",
    re.IGNORECASE,
)
"""Beside words of suicide: a plan, a time, a place, what is needed at hand, something taken."""
_NOT_ABOUT_TO = re.compile(
    r"\b(?:no|not|never|without|den\w+|nor|if|any|whether|ask\w*|used to|years ago|back then|last year|once)\b|n['’]t\b",
    re.IGNORECASE,
)
_SENTENCE_REACH = 300
_NOT_NOW = re.compile(
    r"\b(?:never|not|no|nobody|used to|would|might|could|may|if|unless|stopped|afraid|without|years ago|jamais|ne|pas|si)\b|n['’]t\b",
    re.IGNORECASE,
)
"""Words before a blow by which it is none, or none now."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A least level, why in plain words, and the index of the signal that demands it."""

    level: Level
    reason: str
    signal: int


def floor(signals: Sequence[Signal], note: Note) -> tuple[Demand, ...]:
    """Every demand of the floor, gravest first."""
    found = [d for i, s in enumerate(signals) for rule in RULES if (d := rule(i, s, note)) is not None]
    found += out_of_reach(signals)
    return tuple(sorted(found, key=lambda d: ("emergency", "urgent", "concern", "watch", "none").index(d.level)))


def least(demands: Sequence[Demand]) -> Level:
    """The level that all demands together ask for at least."""
    level: Level = "none"
    for d in demands:
        level = higher(level, d.level)
    return level


def taught(signal: Signal, note: Note) -> bool:
    """Taught material and policy, which move nothing: what to do if anybody ever says such a thing."""
    sentence = whole_sentence(signal, note)
    if signal.assertion != "hypothetical" or _AFRAID.search(sentence):
        return False
    if signal.about != "other":
        return bool(_PASS_ON.search(sentence))
    return bool(_ANYBODY.search(sentence) or _TAUGHT.search(note.text[max(0, signal.start - 120) : signal.end + 120]))


def in_hands(signal: Signal, note: Note) -> bool:
    """Whether the note says, near the signal, that professionals have the person. Said to be missing or only wished for is no."""
    lead = max(0, signal.start - HANDS_REACH)
    near = note.text[lead : signal.end + HANDS_REACH]
    for m in _IN_HANDS.finditer(near):
        before = near[max(0, m.start() - 30) : m.start()]
        cut = max(before.rfind(c) for c in ".!?\n;")
        if not _NOT_YET.search(before[cut + 1 :] + m[0] + near[m.end() : m.end() + 12]):
            return True
    return False


def present_danger(i: int, s: Signal, note: Note) -> Demand | None:
    """An explicit suicide phrase, or self-harm or violence about to happen, that is present: at least urgent.

    About somebody else: unless the same note says that professionals have them. A conditional threat has its own rule.
    """
    if s.label not in _DANGER or s.assertion != "present" or not _explicit(s):
        return None
    if in_hands(s, note) if s.about == "other" else _conditional(s, note):
        return None
    return Demand("urgent", _PRESENT[s.label], i)


def about_to_act(i: int, s: Signal, note: Note) -> Demand | None:
    """Plain words of suicide in whose sentence a plan, a time, a place or the means at hand stands: an emergency by the guide.

    More than the contract's floor asks. About somebody else: unless the same note says that professionals have them.
    """
    if s.label != "distress.suicide" or s.assertion != "present" or not _explicit(s):
        return None
    if _conditional(s, note) or (s.about == "other" and in_hands(s, note)):
        return None
    close = _holds(_ABOUT_TO_ACT, _NOT_ABOUT_TO, whole_sentence(s, note, _SENTENCE_REACH), 35)
    return Demand("emergency", _PRESENT[s.label], i) if close else None


def conditional_threat(i: int, s: Signal, note: Note) -> Demand | None:
    """A conditional threat by the person: at least urgent, concern where it is taken back in the same note.

    An explicit wish to die is never taken back by a sentence that follows it.
    """
    if s.label not in _DANGER or s.assertion != "present" or s.about == "other" or not _conditional(s, note):
        return None
    if not (_explicit(s) or s.score >= READER_SURE):
        return None
    lasting = s.explicit and s.label in SUICIDAL
    level: Level = "concern" if not lasting and _taken_back(note.text[s.end : s.end + 400]) else "urgent"
    return Demand(level, _IF_SO, i)


def fear_for_somebody(i: int, s: Signal, note: Note) -> Demand | None:
    """Another's fear for a named person: at least concern."""
    if s.label not in SUICIDAL or s.assertion != "hypothetical" or taught(s, note):
        return None
    if not _FEAR.search(whole_sentence(s, note)):
        return None
    return Demand("concern", _FEARED, i)


def any_mention(i: int, s: Signal, note: Note) -> Demand | None:
    """Any suicide or self-harm signal about a real person, whatever its assertion: at least watch."""
    if s.label not in SUICIDAL or taught(s, note):
        return None
    return Demand("watch", _MENTIONED[s.assertion], i)


def out_of_reach(signals: Sequence[Signal]) -> list[Demand]:
    """Words of suicide, and then nobody could reach them: an emergency by the guide, whatever else the note says."""
    silent = [s.start for s in signals if s.label == _SILENT and s.assertion == "present" and s.score >= READER_SURE]
    return [
        Demand("emergency", _PRESENT[s.label], i)
        for i, s in enumerate(signals)
        if s.label == "distress.suicide" and s.assertion == "present" and _explicit(s)
        if any(s.start <= at <= s.end + SILENCE_REACH for at in silent)
    ]


def harm_going_on(i: int, s: Signal, note: Note) -> Demand | None:
    """Plain words of being beaten, shut in, watched, blackmailed or menaced (an explicit phrase), present: at least urgent.

    The guide's level for abuse and an unsafe home; more than the contract's floor asks. About somebody else: unless the same note
    says that professionals have them.
    """
    if s.label != _HARMED or s.assertion != "present" or not s.explicit or (s.about == "other" and in_hands(s, note)):
        return None
    return Demand("urgent", _HARMED_REASON, i)


def child_named(s: Signal, note: Note) -> bool:
    """Whether a child, and nobody who is said to be grown, is named in the sentence of a signal."""
    sentence = whole_sentence(s, note, _SENTENCE_REACH)
    return bool(_A_CHILD.search(sentence)) and not _GROWN.search(sentence)


def young(words: str) -> bool:
    """Whether the words that name somebody name a child, by a word for one or by an age."""
    return bool(_A_CHILD.search(words) or _AGE_OF_A_CHILD.search(words))


def child_struck(s: Signal, note: Note) -> bool:
    """Whether the sentence of a signal says that a child is struck, now: not that it never was, is feared to be or was once."""
    sentence = whole_sentence(s, note, _SENTENCE_REACH)
    if s.assertion != "present" or _GROWN.search(sentence):
        return False
    return _holds(_STRUCK, _NOT_NOW, sentence, 40)


def child_hurt(i: int, s: Signal, note: Note) -> Demand | None:
    """A child is struck, whoever it is and whatever was heard in that sentence: at least urgent, unless professionals have the child.

    More than the contract's floor asks: whoever tells of it may be calm or only angry, and the reader hears no more than that.
    """
    if family(s.label) != "distress" or not child_struck(s, note) or in_hands(s, note):
        return None
    return Demand("urgent", _CHILD_HURT, i)


def minor_at_risk(i: int, s: Signal, note: Note) -> Demand | None:
    """A minor with a present harm, self-harm or suicide signal: at least urgent."""
    if note.minor is not True or s.label not in GRAVE or s.assertion != "present" or s.about != "mentee":
        return None
    return Demand("urgent", _MINOR, i)


RULES: tuple[Callable[[int, Signal, Note], Demand | None], ...] = (
    present_danger,
    about_to_act,
    conditional_threat,
    fear_for_somebody,
    any_mention,
    harm_going_on,
    child_hurt,
    minor_at_risk,
)

_PRESENT = {
    "distress.suicide": "Words of suicide or of not wanting to live",
    "distress.self_harm": "Words of hurting oneself",
    "distress.harm_to_others": "A threat to hurt somebody",
}
_MENTIONED = {
    "present": "A sign that somebody may be thinking of suicide or self-harm",
    "negated": "Suicide or self-harm was asked about or denied; worth another gentle look",
    "past": "Suicide or self-harm in the past was touched on",
    "hypothetical": "Suicide or self-harm was spoken of as something feared or possible",
}
_IF_SO = "Said what they might do if something happens: the wish is there now"
_FEARED = "Somebody fears for a person's life or safety"
_HARMED_REASON = LABEL_NAMES[_HARMED].capitalize()
_CHILD_HURT = "A child is being hurt"
_MINOR = "A person under 18 may be at risk"
WORDS = (*_PRESENT.values(), *_MENTIONED.values(), _IF_SO, _FEARED, _CHILD_HURT, _MINOR)
"""Every reason, for translators."""


def _explicit(s: Signal) -> bool:
    return s.explicit or (s.label in SUICIDAL and s.score >= READER_SURE)


def _conditional(s: Signal, note: Note) -> bool:
    return bool(_IF.search(_sentence(s, note)))


def _holds(said: re.Pattern[str], unless: re.Pattern[str], sentence: str, reach: int) -> bool:
    """Whether `said` stands in the sentence without an `unless` in it or in the `reach` characters before it."""
    return any(not unless.search(sentence, max(0, m.start() - reach), m.end()) for m in said.finditer(sentence))


def _sentence(s: Signal, note: Note, reach: int = 100) -> str:
    """The signal with what stands before it back to the sentence's start, `reach` characters at most."""
    before = note.text[max(0, s.start - reach) : s.start]
    cut = max(before.rfind(c) for c in ".!?\n")
    return before[cut + 1 :] + s.quote


def whole_sentence(s: Signal, note: Note, reach: int = 100) -> str:
    """The sentence around the signal, `reach` characters to either side at most."""
    after = note.text[s.end : s.end + reach]
    cut = min((i for c in ".!?\n" if (i := after.find(c)) >= 0), default=len(after))
    return _sentence(s, note, reach) + after[:cut]


def _taken_back(after: str) -> bool:
    m = _TAKEN_BACK.search(after)
    return m is not None and not _TAKEN_UP_AGAIN.search(after[m.end() : m.end() + 80])
