"""Implicit expectations: a plain statement that stays a guess, and a question that checks it. Words: indexes/wording/."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coach import tables
from coach.errors import ContentError
from coach.taxonomy import TOPICS, kind
from coach.values import Expectation, Signal

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say it: for a topic and a holder ("any" too), where `when` is found in the quote (None: always).

    `{name}` in the statement stands for the named group of `when`: what the note gives, such as a time or a span. `card` is the
    guidance card for it, None where the topic's own is cited.
    """

    topic: str
    holder: str
    when: re.Pattern[str] | None
    statement: str
    ask: str
    card: str | None = None


class Unspoken:
    """Loads indexes/wording/expectations.toml. Raises ContentError where an entry breaks its schema or a topic has no last resort."""

    def __init__(self, folder: Path) -> None:
        path = folder / "expectations.toml"
        try:
            entries = tables.read(path)["entry"]
            self._wordings = tuple(_wording(e) for e in entries)
        except (ValueError, KeyError, re.error) as error:
            raise ContentError(f"{path.name}: {type(error).__name__}: {error}") from None
        for topic in TOPICS:
            if not any(w.topic == topic and w.holder == "any" and w.when is None for w in self._wordings):
                raise ContentError(f"{path.name}: topic {topic} has no entry for any holder without `when`")

    def find(self, signals: Sequence[Signal]) -> tuple[Expectation, ...]:
        """One expectation for each topic and holder that is implicit and present, in the order of the text."""
        groups: dict[tuple[str, str], list[int]] = {}
        for i, s in enumerate(signals):
            if s.status == "implicit" and s.assertion == "present":
                groups.setdefault((kind(s.label), s.about if s.about != "other" else "mentee"), []).append(i)
        return tuple(self._expectation(topic, holder, signals, rows) for (topic, holder), rows in groups.items())

    def _expectation(self, topic: str, holder: str, signals: Sequence[Signal], rows: list[int]) -> Expectation:
        words = " ".join(signals[i].quote for i in rows)
        w = next(
            w for w in self._wordings if w.topic == topic and w.holder in (holder, "any") and (not w.when or w.when.search(words))
        )
        statement = _filled(w.statement, w.when.search(words) if w.when else None)
        cards = (w.card,) if w.card else ()
        return Expectation(topic, "mentor" if holder == "mentor" else "mentee", statement, w.ask, tuple(rows), cards)

    @property
    def cards(self) -> frozenset[str]:
        """Ids of the guidance cards that the wording names."""
        return frozenset(w.card for w in self._wordings if w.card)


def _wording(e: dict[str, str]) -> Wording:
    if e["topic"] not in TOPICS or e["holder"] not in ("mentee", "mentor", "any"):
        raise ValueError(f"topic {e['topic']!r} or holder {e['holder']!r}")
    when = re.compile(e["when"], re.IGNORECASE) if e.get("when") else None
    for name in _SLOT.findall(e["statement"]):
        if not when or name not in when.groupindex:
            raise ValueError(f"topic {e['topic']!r}: {{{name}}} is no named group of `when`")
    return Wording(e["topic"], e["holder"], when, e["statement"], e["ask"], e.get("card"))


def _filled(statement: str, m: re.Match[str] | None) -> str:
    return _SLOT.sub(lambda slot: " ".join((m[slot[1]] or "").split()) if m else "", statement)
