"""Detected signals -> the finished report: assessment first, then advice, in one place and in order."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from coach.advise.handoff import Handoffs
from coach.advise.next_steps import CardFor, NextSteps
from coach.advise.numbers import Numbers
from coach.advise.own import PassageFor, with_own
from coach.advise.referrals import referrals
from coach.advise.registry import Resources
from coach.advise.whose import as_told
from coach.assess.doubt import doubts
from coach.assess.ladder import triage, whole_note
from coach.assess.stages import stage
from coach.assess.unspoken import Unspoken
from coach.guidance.handbook import Handbook
from coach.values import Expectation, GuidanceHit, Heard, Note, Report


@dataclass(frozen=True, slots=True)
class Adviser:
    """`picker` gives what picks the cards of one report; `hit` shows a card by its id; `passage_for` finds one of a handbook."""

    resources: Resources
    numbers: Numbers
    unspoken: Unspoken
    next_steps: NextSteps
    handoffs: Handoffs
    picker: Callable[[Note], CardFor]
    hit: Callable[[str], GuidanceHit]
    passage_for: PassageFor
    max_resources: int

    def report(self, note: Note, heard: Heard, urgent_from: float | None = None, handbook: Handbook | None = None) -> Report:
        """The whole report; every index and every card id in it is sound. `urgent_from` as in coach/assess/ladder.py.

        `handbook` is the program's own; passages of it that fit a follow-up are cited beside its card.
        """
        full = heard.read == "full"
        weighed = (*heard.signals, *heard.aside)
        level = triage(weighed, heard.reading, note, full=full, urgent_from=urgent_from)
        level = replace(level, signals=tuple(i for i in level.signals if i < len(heard.signals)))
        card_for = self.picker(note)
        expectations = tuple(_with_card(e, heard, card_for) for e in self.unspoken.find(heard.signals))
        cues = self.next_steps.cues
        told, signals = cues.told(heard.sentences), as_told(note, heard.signals, heard.sentences, cues)
        follow_ups = self.next_steps.compose(note, signals, level.level, expectations, card_for, told)
        follow_ups, own = with_own(follow_ups, heard.signals, handbook, self.passage_for)
        resources = referrals(self.resources, note, signals, level.level, full=full, most=self.max_resources)
        handoff = self.handoffs.lines(note, signals, level.level, told.done) if resources else ()
        cited = dict.fromkeys(g for part in (follow_ups, expectations) for item in part for g in item.guidance)
        cited |= dict.fromkeys(line.guidance for line in handoff)
        passages = {hit.id: hit for hit in own}
        return Report(
            id=note.id,
            language=heard.language,
            read=heard.read,
            read_reason=heard.reason,
            triage=level,
            stage=stage(heard.reading),
            signals=heard.signals,
            uncertain=doubts(heard.signals, heard.sentences),
            expectations=expectations,
            follow_ups=follow_ups,
            guidance=tuple(passages.get(g) or self.hit(g) for g in cited),
            resources=resources,
            model_name=heard.model_name,
            model_version=heard.model_version,
            corrections=self.numbers.find(note.text),
            handoff=handoff,
            second=heard.second,
            aside=heard.aside,
            whole=whole_note(level.level, weighed, heard.reading, note, full=full, urgent_from=urgent_from),
        )


def _with_card(e: Expectation, heard: Heard, card_for: CardFor) -> Expectation:
    """With the card of its topic, where its wording names none."""
    if e.guidance:
        return e
    card = card_for(f"expectation.{e.topic}", heard.signals[e.signals[0]].quote, e.holder)
    return replace(e, guidance=(card.id,)) if card else e
