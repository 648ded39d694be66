"""Which notes to look at again: the week that has ended, and how a sample is spread over the reader's levels. Pure functions."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LEVELS = ("none", "watch")
"""The levels below any flag, which the sample is spread over."""


def week_before(now: datetime, zone: str) -> tuple[str, datetime, datetime]:
    """The last whole week in a time zone: its Monday as a date, when it began and when it ended."""
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    ended = today - timedelta(days=today.weekday())
    monday = ended - timedelta(days=7)
    starts, ends = (datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC) for day in (monday, ended))
    return monday.isoformat(), starts, ends


def spread(size: int, counts: Mapping[str, int]) -> dict[str, int]:
    """How many to take of each level: by its share of the notes, and one of `watch` at least, where misses are likelier."""
    calm, watch = (counts.get(level, 0) for level in LEVELS)
    if calm + watch <= size:
        return {"none": calm, "watch": watch}
    fair = round(size * watch / (calm + watch))
    some = max(fair, 1) if size > 1 and watch else fair
    taken = max(min(some, watch), size - calm)
    return {"none": size - taken, "watch": taken}


def drawn(seed: str, size: int, groups: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Ids by level; the same seed draws the same from the same notes."""
    chance = random.Random(seed)
    take = spread(size, {level: len(groups.get(level, ())) for level in LEVELS})
    return {level: sorted(chance.sample(sorted(groups.get(level, ())), take[level])) for level in LEVELS}
