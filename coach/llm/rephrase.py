"""A language model rewords what the rules chose; code checks each piece, and what does not hold stays as it was composed.

Off by default. At urgent and emergency nothing is reworded: there every word was weighed.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from coach.llm.asking import Asker, rows_of
from coach.llm.breaker import Breaker
from coach.llm.faithful import Limits, Near, Piece, fault
from coach.llm.prompt import PromptFile, fence
from coach.llm.protocol import Backend
from coach.taxonomy import Level, rank
from coach.values import Brief, FollowUp, Report, SecondReading

INPUTS: Final = frozenset({"steps", "fence", "schema"})
LONG: Final = "what it would have to reword is longer than it is asked about."


class MaskedPart(Protocol):
    """A piece without its names; `restore` puts them back into what was said of it."""

    @property
    def text(self) -> str: ...

    def restore(self, said: str) -> str: ...


MaskParts = Callable[[str, Sequence[str]], Sequence[MaskedPart]]
"""(the note that the pieces come from, the pieces) -> the pieces without names."""


class _AsItIs:
    """A piece that is shown unmasked."""

    def __init__(self, text: str) -> None:
        self.text = text

    def restore(self, said: str) -> str:
        return said


class Rephraser:
    """Safe to share between threads. With `mask` the model sees no names; `near` says how alike sentences are.

    `card` gives the words of a card by its id, None where it is none (a passage of a program's own handbook is not put to a model).
    """

    def __init__(
        self,
        prompt: PromptFile,
        backend: Backend,
        seconds: float,
        max_chars: int,
        limits: Limits,
        near: Near,
        card: Callable[[str], str | None],
        mask: MaskParts | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self._prompt, self._backend, self._mask = prompt, backend, mask
        self._max_chars, self._limits, self._near, self._card = max_chars, limits, near, card
        self._asker = Asker(seconds, breaker)

    def report(self, report: Report, note: str) -> Report:
        """The report with its follow-ups reworded, each with its composed words, and what came of asking."""
        if not report.follow_ups or not _may(report.triage.level):
            return report
        said, told = self._reworded(self._pieces(report.follow_ups), note)
        steps = (replace(f, text=s, composed=f.text) if s else f for f, s in zip(report.follow_ups, said, strict=True))
        return replace(report, follow_ups=tuple(steps), rephrased=told)

    def brief(self, brief: Brief) -> Brief:
        """The brief with its agenda reworded; the rest quotes and counts, and stays."""
        if not brief.agenda or not _may(brief.level):
            return brief
        said, told = self._reworded([Piece(line) for line in brief.agenda], "")
        return replace(brief, agenda=tuple(s or line for s, line in zip(said, brief.agenda, strict=True)), rephrased=told)

    def question(self, follow_ups: Sequence[FollowUp], note: str) -> str:
        """What would be asked about these, in words; nothing is sent."""
        pieces = self._pieces(follow_ups)
        return "\n\n".join(m.content for m in self._messages(pieces, self._shown(pieces, note)))

    def agenda_question(self, brief: Brief) -> str:
        """The same of a brief."""
        pieces = [Piece(line) for line in brief.agenda]
        return "\n\n".join(m.content for m in self._messages(pieces, self._shown(pieces, "")))

    def _pieces(self, follow_ups: Sequence[FollowUp]) -> list[Piece]:
        def cards(f: FollowUp) -> tuple[tuple[str, str], ...]:
            return tuple((ident, text) for ident in f.guidance if (text := self._card(ident)) is not None)

        return [Piece(f.text, f.why, cards(f)) for f in follow_ups]

    def _reworded(self, pieces: Sequence[Piece], note: str) -> tuple[tuple[str | None, ...], SecondReading]:
        """For each piece its new words, None where the composed ones stand; never raises."""
        name, none = self._backend.name, (None,) * len(pieces)
        if sum(len(p.text) + len(p.why) for p in pieces) + len(note) > self._max_chars:
            return none, SecondReading(name, LONG)
        asked = self._asker.ask(lambda: self._ask(pieces, note))
        sent_to = self._backend.sent_to if asked.sent else None
        if asked.answer is None:
            return none, SecondReading(name, asked.fault, sent_to=sent_to)
        said, dropped = asked.answer
        return said, SecondReading(name, None, sum(s is not None for s in said), dropped, sent_to)

    def _ask(self, pieces: Sequence[Piece], note: str) -> tuple[tuple[str | None, ...], tuple[tuple[str, int], ...]] | None:
        until = time.monotonic() + self._asker.seconds
        shown = self._shown(pieces, note)
        rows = rows_of(self._backend, self._messages(pieces, shown), self._prompt.schema, "steps", until)
        return None if rows is None else self._checked(rows, pieces, shown)

    def _shown(self, pieces: Sequence[Piece], note: str) -> list[MaskedPart]:
        """Of each piece its text, then its why."""
        parts = [part for p in pieces for part in (p.text, p.why)]
        return list(self._mask(note, parts)) if self._mask else [_AsItIs(part) for part in parts]

    def _messages(self, pieces: Sequence[Piece], shown: Sequence[MaskedPart]) -> tuple[Any, ...]:
        rows = [
            {"n": n, "text": shown[2 * n - 2].text, "why": shown[2 * n - 1].text, "cards": [_row(*c) for c in p.cards]}
            for n, p in enumerate(pieces, 1)
        ]
        steps = json.dumps(rows, ensure_ascii=False, indent=1)
        return self._prompt.render(steps=steps, fence=fence(steps))

    def _checked(
        self, rows: Sequence[Any], pieces: Sequence[Piece], shown: Sequence[MaskedPart]
    ) -> tuple[tuple[str | None, ...], tuple[tuple[str, int], ...]]:
        """One rewording a piece: what is missing, or comes twice, is dropped as "type"."""
        given: dict[int, list[Any]] = {n: [] for n in range(1, len(pieces) + 1)}
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("n"), int) and row["n"] in given:
                given[row["n"]].append(row)
        said, dropped = [], Counter[str]()
        for n, piece in enumerate(pieces, 1):
            row = given[n][0] if len(given[n]) == 1 else {}
            text = row.get("text")
            text = shown[2 * n - 2].restore(text) if isinstance(text, str) else text
            broken = fault(text, row.get("cards"), piece, self._limits, self._near)
            dropped.update([broken] if broken else [])
            said.append(None if broken else str(text).strip())
        return tuple(said), tuple(sorted(dropped.items()))


class Silent:
    """Stands where a model that was asked for could not be set up: reports and briefs say why."""

    def __init__(self, name: str, reason: str) -> None:
        self._told = SecondReading(name, reason)

    def report(self, report: Report, note: str) -> Report:
        del note
        return replace(report, rephrased=self._told) if report.follow_ups and _may(report.triage.level) else report

    def brief(self, brief: Brief) -> Brief:
        return replace(brief, rephrased=self._told) if brief.agenda and _may(brief.level) else brief


def _may(level: Level) -> bool:
    return rank(level) < rank("urgent")


def _row(ident: str, text: str) -> dict[str, str]:
    return {"id": ident, "text": text}
