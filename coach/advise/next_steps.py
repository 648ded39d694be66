"""Follow-ups for this very note: chosen by what was found, worded with its own words, each citing a card.

Words: indexes/wording/follow_ups.toml. Care comes first, then what unblocks the pair, then what to be glad about.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from coach.advise.steps import Lead, Step, load
from coach.assess.ladder import quoted
from coach.taxonomy import GRAVE, SUICIDAL, About, Level, family, kind, rank
from coach.values import Card, Expectation, FollowUp, Note, Signal

CardFor = Callable[[str, str, About], Card | None]
"""(label, quote, whose trouble it is) -> the card to cite in this report, None where no card serves the label."""

EXPECTATION_ORDER = 6
CARE_ORDER = 4
"""From here on a step may be taken into another about the same words: a grave one has its own."""
CAN_WAIT = 7
"""From here on a step waits for another day where somebody may be at risk."""
_Made = tuple[float, FollowUp]
WORDS = (
    "You wrote {quote}. {lead}",
    "You wrote {quote}. Something may be unspoken here; early in the next session, ask: “{ask}”",
    "You wrote {quote}. You may be counting on something that was never said; early in the next session, ask: “{ask}”",
)
"""What is put together here, for translators."""
_GRAVEST = ("suicide", "harm_to_others", "harm_from_others", "self_harm", "hopelessness", "substance")


class NextSteps:
    """Loads the wording. Raises ContentError where an entry breaks its schema or a label has none for everybody."""

    def __init__(self, folder: Path, most: int = 5) -> None:
        self._wording = load(folder / "follow_ups.toml")
        self._most = most

    def compose(
        self, note: Note, signals: Sequence[Signal], level: Level, expectations: Sequence[Expectation], card_for: CardFor
    ) -> tuple[FollowUp, ...]:
        """At most `most`, by `order`, then the surest first; never two that say the same; at urgent and above the first one calls for
        help."""
        made: list[_Made] = [(step.order, self._from_step(step, rows, signals)) for step, rows in self._chosen(signals, note)]
        made += [(EXPECTATION_ORDER, self._from_expectation(e, signals, note)) for e in expectations]
        made = _joined(sorted(made, key=lambda pair: (pair[0], -signals[pair[1].signals[0]].score)), signals)
        ordered = [f for order, f in made if rank(level) < 3 or order < CAN_WAIT]
        if rank(level) >= 3:
            ordered = self._help_first(level, ordered, signals, note)
        return tuple(_cited(f, signals, card_for) for f in ordered[: self._most])

    def _chosen(self, signals: Sequence[Signal], note: Note) -> list[tuple[Step, tuple[int, ...]]]:
        """The step of each label with the signals it answers; a step that covers another label of the same person takes it in."""
        denied = {s.about for s in signals if s.label in SUICIDAL and s.assertion == "negated"}
        steps: dict[int, Step] = {}
        for i in _best(signals):
            step = self._wording.step(signals[i], note, asked=signals[i].about in denied)
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
        """At emergency one lead stands for every step that would tell staff about the same person; at urgent it comes where the
        gravest signal has no step that calls for help; that step comes first otherwise."""
        i = _gravest(signals)
        own = [f for f in ordered if f.kind in ("escalate", "refer") and i in f.signals]
        if level == "urgent" and own:
            return [own[0], *(f for f in ordered if f is not own[0])]
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


def _joined(made: Sequence[_Made], signals: Sequence[Signal]) -> list[_Made]:
    """Without steps that say the same: of one topic, or again about words that a step of the same family already answers.

    What is left out is named among the signals of the one that stays.
    """
    out: list[_Made] = []
    for order, f in made:
        at = next((n for n, (_, kept) in enumerate(out) if order >= CARE_ORDER and _same(kept, f, signals)), None)
        if at is None:
            out.append((order, f))
        else:
            first = out[at][1]
            out[at] = (out[at][0], replace(first, signals=tuple(dict.fromkeys((*first.signals, *f.signals)))))
    return out


def _same(kept: FollowUp, f: FollowUp, signals: Sequence[Signal]) -> bool:
    """Whether the second would come to the mentor as a repetition of the first; what is gone well is always said."""
    a, b = signals[kept.signals[0]], signals[f.signals[0]]
    if family(a.label) == family(b.label) == "expectation" and a.label == b.label:
        return True
    overlap = a.start < b.end and b.start < a.end
    care = (family(a.label) == "distress", family(b.label) == "distress")
    return overlap and care[0] == care[1] and (a.about == b.about or not care[0]) and b.label != "relationship.progress"


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
