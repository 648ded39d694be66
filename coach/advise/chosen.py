"""Which signals advice is about: the surest of each kind, the gravest of all, and what is not to be taken for one."""

import re
from collections.abc import Sequence

from coach.advise.told import CHILD, Told, around
from coach.assess.safety import child_named, young
from coach.taxonomy import GRAVE, SUICIDAL, About, kind
from coach.values import Note, Signal

PROGRESS = "relationship.progress"
HARM = "distress.harm_from_others"
_HURT = frozenset({HARM, "distress.harm_to_others"})
_I_ASKED = re.compile(r"\b(?:I|[Ww]e) (?:\w{1,20},? ){0,3}?asked\b|^\W*[Aa]sked\b")
_YOU = re.compile(r"\byou(?:r|rself)?\b", re.IGNORECASE)
_ENDS_ASKING = re.compile(r"[^.!?\n]*\?")
_MENTORS_LINE = re.compile(r"\W*(?:[\[(]?\d[\d:.]{0,9}[\])]?\s*)?(?:Me|Mentor|Coach):")
_GRAVEST = ("suicide", "harm_to_others", "harm_from_others", "self_harm", "hopelessness", "substance")


def denied(signals: Sequence[Signal]) -> frozenset[About]:
    """Of whom the note says that suicide or self-harm is not so."""
    return frozenset(s.about for s in signals if s.label in SUICIDAL and s.assertion == "negated")


def best(signals: Sequence[Signal], note: Note) -> list[int]:
    """The surest present signal of each label; of a grave label, of each person, for each of them needs somebody.

    The words of whoever it is about come before the mentor's question about it, and what was done before the mentor's praise.
    """
    found: dict[tuple[str, str], tuple[tuple[bool, bool, float], int]] = {}
    for i, s in enumerate(signals):
        if s.assertion != "present" or s.status is not None:
            continue
        key = (s.label, s.about if s.label in GRAVE else "")
        own = not _asked(s, note) if s.label in GRAVE else s.label != PROGRESS or not _said_by_mentor(s, note)
        sure = (own, s.explicit, s.score)
        if key not in found or sure > found[key][0]:
            found[key] = sure, i
    return [i for _, i in found.values()]


def _asked(s: Signal, note: Note) -> bool:
    """Whether the signal stands in a question of the mentor's: "Are you thinking of ...?", "I asked whether ..."."""
    sentence = around(note, s)
    return bool(_I_ASKED.search(sentence) or (_YOU.search(sentence) and _ENDS_ASKING.match(note.text[s.end : s.end + 200])))


def _said_by_mentor(s: Signal, note: Note) -> bool:
    """Whether the signal stands in a line that is headed "Me:" or "Mentor:"."""
    return bool(_MENTORS_LINE.match(note.text[note.text.rfind("\n", 0, s.start) + 1 : s.start]))


def near_child(s: Signal, note: Note) -> frozenset[str]:
    """What stands in `given` for harm to or by somebody else in whose sentence a child is named, or who was named as a child before."""
    child = s.about == "other" and s.label in _HURT and (child_named(s, note) or young(s.who or ""))
    return frozenset({CHILD}) if child else frozenset()


def elsewhere(signals: Sequence[Signal]) -> bool:
    """Whether it is somebody else who has to be handed over: in graver trouble, by kind, than anything that is the mentee's."""
    worst = {
        about: min(
            (
                _GRAVEST.index(kind(s.label))
                for s in signals
                if s.assertion == "present" and s.about == about and kind(s.label) in _GRAVEST
            ),
            default=len(_GRAVEST),
        )
        for about in ("mentee", "other")
    }
    return worst["other"] < min(worst["mentee"], _GRAVEST.index("substance"))


def turned_round(s: Signal, signals: Sequence[Signal], told: Told) -> bool:
    """Whether a threat to others was only read into the sentence by which somebody who does harm is back, where harm to the same
    person was read as well; a phrase that says it outright is none of these."""
    if s.label != "distress.harm_to_others" or s.explicit or not any(s.quote in back.words for back in told.back):
        return False
    return any(o.label == HARM and o.about == s.about and o.start < s.end and s.start < o.end for o in signals)


def gravest(signals: Sequence[Signal], note: Note, told: Told) -> int | None:
    """The signal that a call for help is about: the gravest kind, the pair before others, no mentor's question, the surest."""
    grave = [i for i, s in enumerate(signals) if s.assertion == "present" and kind(s.label) in _GRAVEST]
    grave = [i for i in grave if not turned_round(signals[i], signals, told)]
    if not grave:
        return None

    def rank_of(i: int) -> tuple[int, bool, bool, float]:
        s = signals[i]
        return _GRAVEST.index(kind(s.label)), s.about == "other", _asked(s, note), -s.score

    return min(grave, key=rank_of)
