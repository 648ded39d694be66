"""The next session on one page, from a pair's reports in order: what is still unspoken, open or dropped, what has changed.

A pure function of the reports and of what the pair's own ledger says. Words: indexes/wording/brief.toml.
"""

import itertools
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from coach import tables
from coach.errors import ContentError
from coach.taxonomy import LABEL_NAMES, STAGES, About, family, rank
from coach.values import Brief, ExpectationState, Report, Session, Signal, Standing

Ledger = Mapping[tuple[str, About], Standing]
"""What the pair itself has noted of (topic, holder); it overrides what the notes show."""

CONTACT = ("relationship.gone_dark", "relationship.missed_meetings", "relationship.over_contact")
QUIET = 2.0
"""A silence this many times the pair's usual gap, and of a fortnight at least, is worth a line."""
FORTNIGHT = 14
KNOWN = 2
"""Sessions before the last that it takes to know a pair's usual."""
MOST = 4
"""Lines in each part of the page."""
ORDER: tuple[ExpectationState, ...] = ("broken", "unspoken", "asked", "agreed", "closed")


class Briefs:
    """Makes briefs. Raises ContentError where the wording lacks a text. `reword` says a finished brief in another language."""

    def __init__(self, folder: Path, reword: Callable[[Brief], Brief] = lambda brief: brief) -> None:
        self._reword = reword
        path = folder / "brief.toml"
        self._words: dict[str, Any] = tables.read(path)
        missing = [f"agenda.{stage}" for stage in STAGES if not self._words.get("agenda", {}).get(stage)]
        missing += [name for name in _LINES if name not in self._words.get("lines", {})]
        if missing:
            raise ContentError(f"{path.name}: no text for {', '.join(missing)}")

    def brief(
        self,
        sessions: Sequence[Session],
        today: date | None = None,
        ledger: Ledger | None = None,
        settled: frozenset[str] | None = None,
    ) -> Brief:
        """The brief after `sessions`, the earliest first.

        `settled` holds the texts of follow-ups that are done or dropped; those of all sessions that are not in it are then open.
        None where nobody keeps their state: the last session's are shown.
        """
        standing = tuple(_standing(sessions, ledger or {}))
        if not sessions:
            return self._reword(Brief(0, "none", standing, (), (), (), None, tuple(self._words["first"])))
        last = sessions[-1].report
        dropped = tuple(self._dropped(sessions))[:MOST]
        made = Brief(
            sessions=len(sessions),
            level=last.triage.level,
            expectations=standing,
            open=tuple(_open(sessions, settled))[:MOST],
            dropped=dropped,
            changes=tuple(self._changes(sessions))[:MOST],
            quiet=self._quiet(sessions, today),
            agenda=tuple(self._agenda(last, standing, dropped)),
        )
        return self._reword(made)

    def _line(self, name: str, **given: object) -> str:
        return str(self._words["lines"][name]).format(**given)

    def _agenda(self, last: Report, standing: Sequence[Standing], dropped: Sequence[str]) -> Iterator[str]:
        """Care first, then one thing to bring into the open, then what was dropped, then the work that fits the stage."""
        level = rank(last.triage.level)
        if level >= rank("concern"):
            yield self._words["care"]["grave" if level >= rank("urgent") else "heavy"]
        waiting = [s for s in standing if s.state in ("unspoken", "broken") and s.ask]
        if waiting:
            yield self._words["open"][waiting[0].state].replace("{ask}", str(waiting[0].ask))
        if dropped:
            yield self._words["dropped"]
        yield from self._words["agenda"][last.stage.name]

    def _dropped(self, sessions: Sequence[Session]) -> Iterator[str]:
        """What weighed on one of the two and is not mentioned in the last note in any way, the latest first."""
        mentioned = {s.label for s in sessions[-1].report.signals}
        told: set[str] = set()
        for back, session in enumerate(reversed(sessions[:-1]), 1):
            for label in sorted(_held(session.report, "distress") - mentioned - told):
                told.add(label)
                what = LABEL_NAMES[label]
                yield self._line("dropped_before" if back == 1 else "dropped", what=what[0].upper() + what[1:], ago=back)

    def _changes(self, sessions: Sequence[Session]) -> Iterator[str]:
        """The last session against the pair's own usual."""
        before, last = [s.report for s in sessions[:-1]], sessions[-1].report
        if len(before) < KNOWN:
            return
        usual = statistics.median(rank(r.triage.level) for r in before)
        if abs(rank(last.triage.level) - usual) > 0.5:
            yield self._line("graver" if rank(last.triage.level) > usual else "lighter", level=last.triage.level)
        known = set().union(*(_held(r) for r in before))
        for label in sorted(_held(last) - known):
            yield self._line("new", what=LABEL_NAMES[label])
        recent = [*before[-2:], last]
        for label in CONTACT:
            if all(label in _held(r) for r in recent):
                yield self._line("again", what=LABEL_NAMES[label])
        if not any(s.label == "relationship.progress" and _holds(s) for r in recent for s in r.signals):
            yield self._line("no_progress")

    def _quiet(self, sessions: Sequence[Session], today: date | None) -> str | None:
        """How long it has been, against the pair's own rhythm."""
        days = sorted(s.on for s in sessions if s.on is not None)
        gaps = [(b - a).days for a, b in itertools.pairwise(days) if b > a]
        if today is None or len(gaps) < KNOWN:
            return None
        usual, since = statistics.median(gaps), (today - days[-1]).days
        if since < max(FORTNIGHT, QUIET * usual):
            return None
        return self._line("quiet", since=since, usual=round(usual))


_LINES = ("dropped", "dropped_before", "graver", "lighter", "new", "again", "no_progress", "quiet")


def _standing(sessions: Sequence[Session], ledger: Ledger) -> Iterator[Standing]:
    """Unspoken where it was only guessed; agreed once it was said; broken where it shows again after that."""
    seen: dict[tuple[str, About], Standing] = {}
    for number, session in enumerate(sessions, 1):
        spoken = {s.label.split(".")[1] for s in session.report.signals if s.status == "explicit" and s.assertion == "present"}
        guessed = {(e.topic, e.holder): e for e in session.report.expectations}
        for key, e in guessed.items():
            old = seen.get(key)
            state: ExpectationState = "broken" if old and old.state in ("agreed", "broken") else "unspoken"
            seen[key] = Standing(e.topic, e.holder, e.statement, e.ask, state, old.since if old else number)
        for key, one in seen.items():
            if key not in guessed and one.topic in spoken:
                seen[key] = replace(one, state="agreed")
    for key, noted in ledger.items():
        seen[key] = replace(noted, since=seen[key].since if key in seen else noted.since)
    left = (one for one in seen.values() if one.state != "closed")
    yield from sorted(left, key=lambda s: (ORDER.index(s.state), -s.since))


def _open(sessions: Sequence[Session], settled: frozenset[str] | None) -> Iterator[str]:
    """Texts of the follow-ups that wait, the latest first, none twice."""
    told: set[str] = set()
    for session in reversed(sessions[-1:] if settled is None else sessions):
        for follow_up in session.report.follow_ups:
            if follow_up.text not in told and follow_up.text not in (settled or ()):
                told.add(follow_up.text)
                yield follow_up.text


def _held(report: Report, *families: str) -> set[str]:
    """Labels that held at a session, of one of the pair; of distress and the relationship, less progress, by default."""
    wanted = families or ("distress", "relationship")
    return {s.label for s in report.signals if _holds(s) and family(s.label) in wanted and s.label != "relationship.progress"}


def _holds(s: Signal) -> bool:
    return s.assertion == "present" and s.about != "other"
