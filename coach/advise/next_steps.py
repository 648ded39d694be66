"""Follow-ups for this very note: chosen by what was found, worded with its own words, each citing a card.

Words: indexes/wording/follow_ups.toml. Care comes first, then what unblocks the pair, then what to be glad about.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from coach.advise.steps import Lead, Step, load
from coach.assess.ladder import quoted
from coach.taxonomy import GRAVE, About, Level, kind, rank
from coach.values import Card, Expectation, FollowUp, Note, Signal

CardFor = Callable[[str, str, About], Card | None]
"""(label, quote, whose trouble it is) -> the card to cite in this report, None where no card serves the label."""

EXPECTATION_ORDER = 6
_GRAVEST = ("suicide", "harm_to_others", "harm_from_others", "self_harm", "hopelessness", "substance")


class NextSteps:
    """Loads the wording. Raises ContentError where an entry breaks its schema or a label has none for everybody."""

    def __init__(self, folder: Path, most: int = 5) -> None:
        self._wording = load(folder / "follow_ups.toml")
        self._most = most

    def compose(
        self, note: Note, signals: Sequence[Signal], level: Level, expectations: Sequence[Expectation], card_for: CardFor
    ) -> tuple[FollowUp, ...]:
        """At most `most`, never two that say the same; at urgent and above the first one calls for help."""
        made = [(step.order, self._from_step(step, rows, signals)) for step, rows in self._chosen(signals, note)]
        made += [(EXPECTATION_ORDER, self._from_expectation(e, signals, note)) for e in expectations]
        ordered = [f for _, f in sorted(made, key=lambda pair: pair[0])]
        if rank(level) >= 3:
            ordered = self._help_first(level, ordered, signals, note)
        return tuple(_cited(f, signals, card_for) for f in ordered[: self._most])

    def _chosen(self, signals: Sequence[Signal], note: Note) -> list[tuple[Step, tuple[int, ...]]]:
        """The step of each label with the signals it answers; a step that covers another label of the same person takes it in."""
        steps: dict[int, Step] = {}
        for i in _best(signals):
            step = self._wording.step(signals[i], note)
            if step:
                steps[i] = step
        by_whom = {(signals[i].about, covered): i for i, step in steps.items() for covered in step.covers}
        taken = {i: by_whom[key] for i in steps if (key := (signals[i].about, signals[i].label)) in by_whom and by_whom[key] != i}
        return [(step, (i, *sorted(j for j, into in taken.items() if into == i))) for i, step in steps.items() if i not in taken]

    def _from_step(self, step: Step, rows: tuple[int, ...], signals: Sequence[Signal]) -> FollowUp:
        return FollowUp(step.kind, step.text.replace("{quote}", quoted(signals[rows[0]].quote)), step.why, rows, ())

    def _from_expectation(self, e: Expectation, signals: Sequence[Signal], note: Note) -> FollowUp:
        """A question; where the wording has a ground rule for the topic, the rule to settle with it."""
        s = signals[e.signals[0]]
        rule = self._wording.step(replace(s, label=f"expectation.{e.topic}"), note)
        if rule:
            text = rule.text.replace("{quote}", quoted(s.quote)).replace("{ask}", e.ask)
            return FollowUp(rule.kind, text, e.statement, e.signals, e.guidance)
        whose = (
            "You may be counting on something that was never said" if e.holder == "mentor" else "Something may be unspoken here"
        )
        text = f"You wrote {quoted(s.quote)}. {whose}; early in the next session, ask: “{e.ask}”"
        return FollowUp("ask", text, e.statement, e.signals, e.guidance)

    def _help_first(self, level: Level, ordered: list[FollowUp], signals: Sequence[Signal], note: Note) -> list[FollowUp]:
        """At emergency one lead stands for every step that would tell staff about the same person; at urgent it comes where no
        grave signal has a step of its own."""
        i = _gravest(signals)
        if level == "urgent" and ordered and ordered[0].kind in ("escalate", "refer") and i in ordered[0].signals:
            return ordered
        lead = self._wording.lead(level, signals[i] if i is not None else None, note)
        first = self._from_lead(lead, i, signals, note)
        if level == "emergency" and i is not None:
            whose = signals[i].about
            ordered = [f for f in ordered if f.kind != "escalate" or signals[f.signals[0]].about != whose]
        return [first, *ordered]

    def _from_lead(self, lead: Lead, i: int | None, signals: Sequence[Signal], note: Note) -> FollowUp:
        if i is None:
            return FollowUp("escalate", lead.text, lead.why, (), ())
        text = f"You wrote {quoted(signals[i].quote)}. {lead.text}"
        return FollowUp("escalate", text, lead.why, (i,), ())


def _cited(f: FollowUp, signals: Sequence[Signal], card_for: CardFor) -> FollowUp:
    """With the card for its first signal, where it has none yet."""
    if f.guidance or not f.signals:
        return f
    s = signals[f.signals[0]]
    card = card_for(s.label, s.quote, s.about)
    return replace(f, guidance=(card.id,)) if card else f


def _best(signals: Sequence[Signal]) -> list[int]:
    """The surest present signal of each label; of a grave label, of each person, for each of them needs somebody."""
    best: dict[tuple[str, str], int] = {}
    for i, s in enumerate(signals):
        if s.assertion != "present" or s.status is not None:
            continue
        key = (s.label, s.about if s.label in GRAVE else "")
        if key not in best or (s.explicit, s.score) > (signals[best[key]].explicit, signals[best[key]].score):
            best[key] = i
    return list(best.values())


def _gravest(signals: Sequence[Signal]) -> int | None:
    """The signal that a call for help is about: the gravest kind, the pair before others, the surest."""
    grave = [i for i, s in enumerate(signals) if s.assertion == "present" and kind(s.label) in _GRAVEST]
    if not grave:
        return None
    return min(grave, key=lambda i: (_GRAVEST.index(kind(signals[i].label)), signals[i].about == "other", -signals[i].score))
