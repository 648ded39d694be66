"""Notes and flags by week and level, months where the time is longer than a year. Pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from api.insights.intervals import LEAST

MOST_WEEKS = 54


class Counted(NamedTuple):
    """One note or flag, when its note came, and its level."""

    what: Literal["notes", "flags"]
    at: datetime
    level: str


class Period(BaseModel):
    """A week, from its Monday, or a month. Counts by level, None where there are fewer than five; a level that has no count at all
    that could be shown is left out.
    """

    begins: date
    notes: dict[str, int | None]
    flags: dict[str, int | None]


def by_period(counted: Iterable[Counted], start: datetime, end: datetime, zone: str) -> list[Period]:
    """Every period from `start` to `end` in order; the first and the last may be cut short. Every period names the same levels."""
    place = ZoneInfo(zone)
    monthly = end - start > timedelta(weeks=MOST_WEEKS)
    days = _begins(start.astimezone(place).date(), (end - timedelta(microseconds=1)).astimezone(place).date(), monthly)
    counts: dict[str, dict[str, Counter[date]]] = {"notes": {}, "flags": {}}
    for one in counted:
        counts[one.what].setdefault(one.level, Counter())[_begin(one.at.astimezone(place).date(), monthly)] += 1
    shown = {what: {level: _shown(found, days) for level, found in levels.items()} for what, levels in counts.items()}
    shown = {what: {level: row for level, row in levels.items() if any(row)} for what, levels in shown.items()}
    return [Period(begins=d, notes=_at(shown["notes"], n), flags=_at(shown["flags"], n)) for n, d in enumerate(days)]


def _at(levels: Mapping[str, Sequence[int | None]], n: int) -> dict[str, int | None]:
    return {level: levels[level][n] for level in sorted(levels)}


def _begin(day: date, monthly: bool) -> date:
    return day.replace(day=1) if monthly else day - timedelta(days=day.weekday())


def _begins(first: date, last: date, monthly: bool) -> list[date]:
    out = [_begin(first, monthly)]
    while (following := _begin(out[-1] + timedelta(days=31 if monthly else 7), monthly)) <= last:
        out.append(following)
    return out


def _shown(found: Counter[date], days: Sequence[date]) -> list[int | None]:
    """Small counts are not shown, none at all among them; where those left out are few together, the smallest that is shown goes
    too: the total of the level stands elsewhere on the page, and what is left of it would tell them.
    """
    out: list[int | None] = [found[d] if found[d] >= LEAST else None for d in days]
    hidden = sum(found[d] for d, n in zip(days, out, strict=True) if n is None)
    large = [n for n in out if n is not None]
    if 0 < hidden < LEAST and large:
        out[out.index(min(large))] = None
    return out
