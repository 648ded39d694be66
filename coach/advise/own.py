"""Passages of a program's own handbook, cited beside the cards: each by the follow-up that it fits, and by one alone."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from coach.assess.ladder import quoted
from coach.errors import ModelError
from coach.guidance.handbook import WORDS, Handbook
from coach.values import FollowUp, GuidanceHit, Signal

__all__ = ["WORDS", "PassageFor", "with_own"]

PassageFor = Callable[[str, str | None, Handbook], GuidanceHit | None]
"""(what a step says, the id of its card, whose handbook) -> the passage that fits, None where none does; raises ModelError."""

TELLING: Final = "Whom to tell, how soon and how, when somebody may come to harm or may be at risk"
"""What a mentor who has to tell staff needs of a handbook, whatever the note is about."""

_WROTE: Final = re.compile(r"^You wrote “[^”]*”(?:, [^.:]*)?\. ")
"""How a step begins whose words are another part of the note than its signal."""


def with_own(
    follow_ups: Sequence[FollowUp], signals: Sequence[Signal], handbook: Handbook | None, passage_for: PassageFor
) -> tuple[tuple[FollowUp, ...], tuple[GuidanceHit, ...]]:
    """The follow-ups with the passages they cite, the program's own first, and those passages. Without an encoder none is cited."""
    if handbook is None or not handbook.passages:
        return tuple(follow_ups), ()
    made, cited = [], {}
    for step in follow_ups:
        try:
            hit = passage_for(*_need(step, signals), handbook)
        except ModelError:
            return tuple(follow_ups), ()
        if hit is None or hit.id in cited:
            made.append(step)
        else:
            cited[hit.id] = hit
            made.append(replace(step, guidance=(hit.id, *step.guidance)))
    return tuple(made), tuple(cited.values())


def _need(step: FollowUp, signals: Sequence[Signal]) -> tuple[str, str | None]:
    """What to look for: the step without the note's own words, which would draw it to whatever they happen to name."""
    if step.kind == "escalate":
        return TELLING, None
    quote = quoted(signals[step.signals[0]].quote) if step.signals else ""
    words = _WROTE.sub("", step.text.removeprefix(f"You wrote {quote}. "), count=1)
    return f"{words.replace(quote, '') if quote else words} {step.why}", step.guidance[0] if step.guidance else None
