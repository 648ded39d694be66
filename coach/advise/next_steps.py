"""Follow-ups for this very note: chosen by what was found, worded with its own words, each citing a card.

Words: indexes/wording/follow_ups.toml. Care comes first, then what unblocks the pair, then what to be glad about.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from coach.advise import told as telling
from coach.advise.chosen import HARM, PROGRESS, best, denied, gravest, near_child, turned_round
from coach.advise.steps import Lead, Of, Step, load
from coach.advise.told import NOTHING, Told, around
from coach.assess.ladder import quoted
from coach.taxonomy import GRAVE, SUICIDAL, About, Level, family, rank
from coach.values import Card, Expectation, FollowUp, Note, Signal

CardFor = Callable[[str, str, About], Card | None]
"""(label, quote, whose trouble it is) -> the card to cite in this report, None where no card serves the label."""

EXPECTATION_ORDER = 6
CARE_ORDER = 4
"""From here on a step may be taken into another about the same words: a grave one has its own."""
SURER = 0.25
"""By so much a signal is surer than another about the same words whose step would come before its own."""
CAN_WAIT = 7
"""From here on a step waits for another day where somebody may be at risk."""
SHORT = 6
"""Words of a quote below which its whole sentence chooses the card, since fewer are near to anything; grave words say enough."""
_Made = tuple[float, FollowUp]
_Chosen = tuple[Step, tuple[int, ...], str]
"""An entry of the wording, the signals it answers, and the note's words for it."""
WORDS = (
    "You wrote {quote}. {lead}",
    "You wrote {quote}. Something may be unspoken here; early in the next session, ask: “{ask}”",
    "You wrote {quote}. You may be counting on something that was never said; early in the next session, ask: “{ask}”",
)
"""What is put together here, for translators."""
_SUBSTANCE = "distress.substance"
_OVER = SUICIDAL | {HARM, _SUBSTANCE}
"""What gets a word of its own where it is over."""


class NextSteps:
    """Loads the wording, and the cues of what a note tells beside its signals.

    Raises ContentError where an entry breaks its schema or a label has none for everybody.
    """

    def __init__(self, folder: Path, most: int = 5) -> None:
        self._wording = load(folder / "follow_ups.toml")
        self.cues = telling.load(folder / "told.toml")
        self._most = most

    @property
    def cards(self) -> frozenset[str]:
        """Ids of the guidance cards that the wording names."""
        return self._wording.cards

    def compose(
        self,
        note: Note,
        signals: Sequence[Signal],
        level: Level,
        expectations: Sequence[Expectation],
        card_for: CardFor,
        told: Told = NOTHING,
    ) -> tuple[FollowUp, ...]:
        """At most `most`, by `order`, then the surest first; never two that say the same; at urgent and above the first one calls for
        help. What is `told` beside the signals changes how a step is worded, never whether there is one."""
        chosen = [*self._chosen(signals, note, level, told), *self._over(signals, note, told)]
        made: list[_Made] = [(step.order, _from_step(step, rows, words)) for step, rows, words in chosen]
        made += [(EXPECTATION_ORDER, self._from_expectation(e, signals, note)) for e in expectations]
        made = _joined(sorted(made, key=lambda pair: (pair[0], -signals[pair[1].signals[0]].score)), signals)
        ordered = [f for order, f in made if rank(level) < 3 or order < CAN_WAIT]
        if any(_child_unsafe(s, note) for s in signals):
            ordered = [f for f in ordered if not _asks_more(f, signals)]
        if rank(level) >= 3:
            ordered = self._help_first(level, ordered, signals, note, told)
        shown = self._with_good(ordered[: self._most], signals, note, level, told)
        return tuple(_cited(f, signals, note, card_for) for f in shown)

    def _chosen(self, signals: Sequence[Signal], note: Note, level: Level, told: Told) -> Iterator[_Chosen]:
        """The step of each label with the signals it answers; a step that covers another label of the same person takes it in."""
        said_no = denied(signals)
        steps: dict[int, Step] = {}
        for i in best(signals, note):
            s = signals[i]
            if turned_round(s, signals, told):
                continue
            given = told.done | near_child(s, note)
            step = self._wording.step(s, note, asked=s.about in said_no, given=given, at_risk=rank(level) >= 3)
            if step:
                steps[i] = step
        gravest_last = sorted(steps.items(), key=lambda pair: -pair[1].order)
        by_whom = {(signals[i].about, covered): i for i, step in gravest_last for covered in step.covers}
        taken = {i: by_whom[key] for i in steps if (key := (signals[i].about, signals[i].label)) in by_whom and by_whom[key] != i}
        for i, step in steps.items():
            if i not in taken:
                yield step, (i, *sorted(j for j, into in taken.items() if into == i)), signals[i].quote

    def _over(self, signals: Sequence[Signal], note: Note, told: Told) -> Iterator[_Chosen]:
        """For heavy matters that are over, where none of the kind holds now: a kind word, or, where the one who did harm is said to
        be back, a question about safety."""
        now = {s.label for s in signals if s.assertion == "present" and s.about != "mentor"}
        if HARM not in now and (found := self._returned(signals, note, told)):
            yield from self._one("back", note, signals, *found)
            now.add(HARM)
        past = [i for i, s in enumerate(signals) if s.label in _OVER and s.assertion == "past" and s.about == "mentee"]
        for group in (SUICIDAL | {"distress.hopelessness"}, frozenset({HARM}), frozenset({_SUBSTANCE})):
            mine = [i for i in past if signals[i].label in group]
            if mine and not now & group:
                i = max(mine, key=lambda i: signals[i].score)
                yield from self._one("past", note, signals, i, signals[i].quote)

    def _one(self, of: Of, note: Note, signals: Sequence[Signal], i: int, words: str) -> Iterator[_Chosen]:
        if step := self._wording.step(signals[i], note, of=of):
            yield step, (i,), words

    def _returned(self, signals: Sequence[Signal], note: Note, told: Told) -> tuple[int, str] | None:
        """The harm that is not said to hold now, and the sentence by which whoever may have done it is back."""
        for i, s in enumerate(signals):
            if s.label == HARM and s.assertion != "present" and s.about != "mentor":
                who = self.cues.kin(around(note, s))
                for back in told.back:
                    if not who or not back.kin or who & back.kin:
                        return i, back.words
        return None

    def _with_good(
        self, shown: list[FollowUp], signals: Sequence[Signal], note: Note, level: Level, told: Told
    ) -> list[FollowUp]:
        """Last of all a word for what went well. In a heavy note in the place of a step that is not about care where there is no room; not
        at emergency. In a light one by what the cues hear, where the reader saw no progress.
        """
        if rank(level) <= rank("watch") and told.good and not _praises(shown, signals):
            word = self._wording.step(_good(told.good), note)
            return [*shown[: self._most - 1], _from_step(word, (), told.good)] if word else shown
        if level not in ("concern", "urgent") or _praises(shown, signals):
            return shown
        i = next((i for i in best(signals, note) if signals[i].label == PROGRESS), None)
        words = signals[i].quote if i is not None else told.good
        if words is None or not shown:
            return shown
        step = self._wording.step(_good(words), note, of="good")
        if step is None or (len(shown) == self._most and _is_care(shown[-1], signals)):
            return shown
        return [*shown[: self._most - 1], _from_step(step, () if i is None else (i,), words)]

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

    def _help_first(
        self, level: Level, ordered: list[FollowUp], signals: Sequence[Signal], note: Note, told: Told
    ) -> list[FollowUp]:
        """At emergency one lead stands for every step that would tell staff about the same person; at urgent it comes where the
        gravest signal has no step that calls for help; that step comes first otherwise. Where the lead keeps to the
        answer that was given, a question on its own card about the same words would say the same."""
        i = gravest(signals, note, told)
        own = [f for f in ordered if f.kind in ("escalate", "refer") and i in f.signals]
        if level == "urgent" and own:
            return [own[0], *(f for f in ordered if f is not own[0])]
        asked = bool(denied(signals) & ({signals[i].about} if i is not None else {"mentee"}))
        lead = self._wording.lead(level, signals[i] if i is not None else None, note, asked=asked, given=told.done)
        first = self._from_lead(lead, i, signals, note)
        if level == "emergency" and i is not None:
            whose = signals[i].about
            ordered = [f for f in ordered if f.kind != "escalate" or signals[f.signals[0]].about != whose]
        if lead.asked and lead.card:
            ordered = [f for f in ordered if not (f.kind == "ask" and f.guidance == (lead.card,) and i in f.signals)]
        return [first, *ordered]

    def _from_lead(self, lead: Lead, i: int | None, signals: Sequence[Signal], note: Note) -> FollowUp:
        if i is None:
            return FollowUp("escalate", lead.text, lead.why, (), ())
        text = f"You wrote {quoted(signals[i].quote)}. {lead.text}"
        step = self._wording.step(signals[i], note)
        card = lead.card or (step.card if step else None)
        return FollowUp("escalate", text, lead.why, (i,), (card,) if card else ())


def _good(words: str) -> Signal:
    """What went well, as a step is chosen for it."""
    return Signal(PROGRESS, 0, 0, words, "mentee", "present", None, 1.0, ())


def _from_step(step: Step, rows: tuple[int, ...], words: str) -> FollowUp:
    return FollowUp(step.kind, step.text.replace("{quote}", quoted(words)), step.why, rows, (step.card,) if step.card else ())


def _child_unsafe(s: Signal, note: Note) -> bool:
    """Harm to a child, now: it is for trained people to ask then."""
    young = bool(note.minor) if s.about == "mentee" else bool(near_child(s, note))
    return s.label == HARM and s.assertion == "present" and s.about != "mentor" and young


def _asks_more(f: FollowUp, signals: Sequence[Signal]) -> bool:
    """Whether a step asks about trouble of the mentee's that is not grave by itself."""
    s = signals[f.signals[0]] if f.signals else None
    return f.kind == "ask" and s is not None and family(s.label) == "distress" and s.label not in GRAVE


def _praises(shown: Sequence[FollowUp], signals: Sequence[Signal]) -> bool:
    return any(f.signals and signals[f.signals[0]].label == PROGRESS for f in shown)


def _is_care(f: FollowUp, signals: Sequence[Signal]) -> bool:
    """Whether a step is about somebody's trouble, or calls for help."""
    return f.kind in ("escalate", "refer") or bool(f.signals and family(signals[f.signals[0]].label) == "distress")


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
            place, first = out[at]
            first, second = (f, first) if _surer(f, first, signals) and place >= CARE_ORDER else (first, f)
            out[at] = (place, replace(first, signals=tuple(dict.fromkeys((*first.signals, *second.signals)))))
    return out


def _surer(f: FollowUp, kept: FollowUp, signals: Sequence[Signal]) -> bool:
    return signals[f.signals[0]].score > signals[kept.signals[0]].score + SURER


def _same(kept: FollowUp, f: FollowUp, signals: Sequence[Signal]) -> bool:
    """Whether the second would come to the mentor as a repetition of the first; what is gone well is always said."""
    a, b = signals[kept.signals[0]], signals[f.signals[0]]
    if family(a.label) == family(b.label) == "expectation" and a.label == b.label:
        return True
    overlap = a.start < b.end and b.start < a.end
    care = (family(a.label) == "distress", family(b.label) == "distress")
    if all(care) and a.about == b.about != "mentee" and a.label not in GRAVE and (a.about == "mentor" or b.label not in GRAVE):
        return True
    return overlap and care[0] == care[1] and (a.about == b.about or not care[0]) and b.label != "relationship.progress"


def _cited(f: FollowUp, signals: Sequence[Signal], note: Note, card_for: CardFor) -> FollowUp:
    """With the card for its first signal, where it has none yet."""
    if f.guidance or not f.signals:
        return f
    s = signals[f.signals[0]]
    words = s.quote if s.label in GRAVE or len(s.quote.split()) >= SHORT else around(note, s)
    card = card_for(s.label, words, s.about)
    return replace(f, guidance=(card.id,)) if card else f
