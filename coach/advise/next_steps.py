"""Follow-ups for this very note: chosen by what was found, worded with its own words, each citing a card.

Words: indexes/wording/follow_ups.toml. Care comes first, then what unblocks the pair, then what to be glad about.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.assess.ladder import quoted
from coach.errors import ContentError
from coach.taxonomy import ABOUT, LABELS, SUICIDAL, Level, family, rank
from coach.values import Card, Expectation, FollowUp, FollowUpKind, Note, Signal

CardFor = Callable[[str, str, Note], Card | None]
"""(label, quote, note) -> the card to cite, None where no card serves the label."""

_KINDS: tuple[FollowUpKind, ...] = ("ask", "do", "agree", "refer", "escalate")
_URGENT = "Tell program staff today what you saw, in the words of the note, and decide together who does what."
_EMERGENCY = (
    "If the person may be in danger now: call the emergency number, do not leave them alone, and keep them talking until help is "
    "there. Then tell program staff at once, whatever the hour."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the wording file; None means any."""

    label: str
    about: str | None
    minor: bool | None
    order: int
    kind: FollowUpKind
    text: str
    why: str


class NextSteps:
    """Loads the wording. Raises ContentError where an entry breaks its schema or a label has none for everybody."""

    def __init__(self, folder: Path, card_for: CardFor, most: int = 5) -> None:
        path = folder / "follow_ups.toml"
        try:
            self._steps = tuple(_step(e) for e in tomllib.loads(path.read_text(encoding="utf-8"))["step"])
        except (OSError, ValueError, KeyError) as error:
            raise ContentError(f"{path.name}: {type(error).__name__}: {error}") from None
        for label in LABELS:
            general = any(s.label == label and s.about is None and s.minor is None for s in self._steps)
            if not general and family(label) != "expectation":
                raise ContentError(f"{path.name}: {label} has no entry for everybody")
        self._card_for, self._most = card_for, most

    def compose(
        self, note: Note, signals: Sequence[Signal], level: Level, expectations: Sequence[Expectation]
    ) -> tuple[FollowUp, ...]:
        """At most `most`, never two for one label; at urgent and above the first one calls for help."""
        made = [(step.order, self._from_step(step, i, signals, note)) for step, i in self._chosen(signals, note)]
        made += [(6, self._from_expectation(e, signals, note)) for e in expectations]
        ordered = [f for _, f in sorted(made, key=lambda pair: pair[0])]
        if rank(level) >= 3:
            ordered = self._help_first(level, ordered, signals, note)
        return tuple(ordered[: self._most])

    def _chosen(self, signals: Sequence[Signal], note: Note) -> list[tuple[Step, int]]:
        best: dict[str, int] = {}
        for i, s in enumerate(signals):
            if _calls_for_step(s) and (s.label not in best or s.score > signals[best[s.label]].score):
                best[s.label] = i
        out = []
        for label, i in best.items():
            step = next((t for t in self._steps if _fits(t, signals[i], note)), None)
            if step and label.startswith(("distress.", "relationship.")):
                out.append((step, i))
        return out

    def _from_step(self, step: Step, i: int, signals: Sequence[Signal], note: Note) -> FollowUp:
        card = self._card_for(step.label, signals[i].quote, note)
        text = step.text.replace("{quote}", quoted(signals[i].quote))
        return FollowUp(step.kind, text, step.why, (i,), (card.id,) if card else ())

    def _from_expectation(self, e: Expectation, signals: Sequence[Signal], note: Note) -> FollowUp:
        quote = signals[e.signals[0]].quote
        card = self._card_for(f"expectation.{e.topic}", quote, note)
        whose = (
            "You may be counting on something that was never said" if e.holder == "mentor" else "Something may be unspoken here"
        )
        text = f"You wrote {quoted(quote)}. {whose}; early in the next session, ask: “{e.ask}”"
        return FollowUp("ask", text, e.statement, e.signals, (card.id,) if card else ())

    def _help_first(self, level: Level, ordered: list[FollowUp], signals: Sequence[Signal], note: Note) -> list[FollowUp]:
        grave = tuple(i for i, s in enumerate(signals) if s.label in SUICIDAL and s.assertion == "present")
        card = self._card_for("distress.suicide", note.text[:300], note)
        cards = (card.id,) if card and grave else ()
        if level == "emergency":
            return [
                FollowUp("escalate", _EMERGENCY, "The note reads as if somebody could be in danger now.", grave, cards),
                *ordered,
            ]
        if ordered and ordered[0].kind in ("escalate", "refer"):
            return ordered
        return [FollowUp("escalate", _URGENT, "The note reads as if somebody could be at risk.", grave, cards), *ordered]


def _calls_for_step(s: Signal) -> bool:
    """What holds now; a feared or denied suicide is left to the questions of the report."""
    return s.assertion == "present" and s.status is None


def _fits(step: Step, s: Signal, note: Note) -> bool:
    return (
        step.label == s.label
        and step.about in (None, s.about)
        and (step.minor is None or (step.minor == note.minor and s.about == "mentee"))
    )


def _step(e: dict[str, Any]) -> Step:
    if e["label"] not in LABELS or e["kind"] not in _KINDS or e.get("about") not in (None, *ABOUT) or "{quote}" not in e["text"]:
        raise ValueError(f"entry for {e.get('label')}: label, kind, about or {{quote}} is wrong")
    return Step(e["label"], e.get("about"), e.get("minor"), e["order"], e["kind"], e["text"], e["why"])
