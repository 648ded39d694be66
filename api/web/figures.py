"""The figures: a page of plots with their tables, the plots as images, and all of it as CSV."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from api.accounts.service import program_of
from api.deps import Service
from api.errors import NotFound
from api.insights.intervals import wilson
from api.insights.service import Insights, Share, Times, figures
from api.services import Services
from api.web import charts, words
from api.web.desk import STAFF, names_of
from api.web.language import SIGN, Words, colon, moment
from api.web.pages import page, plotted, under
from api.web.viewer import Looking, Viewer, member

router = APIRouter(include_in_schema=False)
READERS = (*STAFF, "auditor")
LONGEST = 3660
"""Days that figures look back at most."""
ORDER = tuple(words.LEVEL_NAMES)


def span(days: int = 30) -> int:
    """The days that were chosen, within bounds."""
    return min(max(days, 1), LONGEST)


Days = Annotated[int, Depends(span)]


@router.get("/insights")
def insights(request: Request, looking: Looking, at: Service, days: Days) -> Response:
    who = member(looking, *READERS)
    with at.database.read(who.program) as session:
        found = _figures(at, session, who.program, days)
        return page(
            request,
            looking,
            "insights.html",
            figures=found,
            days=days,
            names=names_of(session),
            weeks={what: _rows(found, what) for what in ("notes", "flags")},
            begins=_named(found, looking, "d MMM y"),
            by_level={level: found.by_level[level] for level in ORDER if level in found.by_level},
            shares=_shares(found),
            looks=words.LOOKS,
            waits=_waits(found),
            plots={name: charts.pixels(p.rows(found) * p.row + charts.BELOW) for name, p in PLOTS.items() if p.rows(found)},
            widths=(charts.pixels(charts.WIDE), charts.pixels(charts.NARROW)),
        )


def _figures(at: Services, session: Session, program: str, days: int) -> Insights:
    now = at.clock()
    return figures(session, now - timedelta(days=days), now, program_of(session, program).timezone)


class Interval(NamedTuple):
    """A share of decided flags that was confirmed, with Wilson's interval."""

    cases: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, given: Share) -> "Interval":
        return cls(given.decided, given.confirmed, *wilson(round(given.confirmed * given.decided), given.decided))


def _rows(found: Insights, what: str) -> dict[str, list[int | None]]:
    """Level -> a number for each period, gravest last."""
    periods: list[dict[str, int | None]] = [getattr(p, what) for p in found.periods]
    return {level: [p[level] for p in periods] for level in ORDER if periods and level in periods[0]}


def _named(found: Insights, looking: Viewer, shape: str) -> list[str]:
    """The periods by the day they begin."""
    return [moment(datetime(p.begins.year, p.begins.month, p.begins.day), looking.language, "UTC", shape) for p in found.periods]


@router.get("/insights/{name}.svg")
def plot(name: str, looking: Looking, at: Service, days: Days, narrow: bool = False) -> Response:
    """A plot of the page as an image."""
    who = member(looking, *READERS)
    if name not in PLOTS:
        raise NotFound("There is no such plot.")
    with at.database.read(who.program) as session:
        found = _figures(at, session, who.program, days)
    if not PLOTS[name].rows(found):
        raise NotFound("There is too little to draw.")
    return plotted(PLOTS[name].draw(found, looking, narrow), name)  # one of PLOTS by now


def _bars(what: str) -> Callable[[Insights, Viewer, bool], bytes]:
    def draw(found: Insights, looking: Viewer, narrow: bool) -> bytes:
        translate = Words(looking.language).gettext
        rows = {code: (translate(words.LEVEL_NAMES[code]), numbers) for code, numbers in _rows(found, what).items()}
        return charts.bars(_named(found, looking, "d MMM"), rows, narrow)

    return draw


def _waits(found: Insights) -> list[tuple[str, str, Times]]:
    """(level, which wait, times) of what can be shown, the gravest first."""
    rows = [
        (level, look, getattr(found.times[level], look))
        for level in reversed(ORDER)
        if level in found.times
        for look in words.LOOKS
    ]
    return [row for row in rows if row[2].median is not None]


def _spans(found: Insights, looking: Viewer, narrow: bool) -> bytes:
    translate = Words(looking.language).gettext
    day = "d" if looking.language == "en" else "j"
    rows = [
        charts.Span(
            f"{translate(words.LEVEL_NAMES[level])}{colon(looking.language)} {translate(words.LOOKS[look])}",
            times.median or 0,
            times.p90 or 0,
        )
        for level, look, times in _waits(found)
    ]
    return charts.spans(rows, narrow, day)


def _shares(found: Insights) -> dict[str, Interval]:
    """By kind, the most frequent first."""
    shares = {kind: Interval.of(share) for kind, share in found.confirmed_by_kind.items()}
    return dict(sorted(shares.items(), key=lambda item: -item[1].cases))


def _parts(found: Insights, looking: Viewer, narrow: bool) -> bytes:
    translate = Words(looking.language).gettext
    rows = [charts.Part(translate(words.label(kind)), s.share, s.low, s.high, s.cases) for kind, s in _shares(found).items()]
    return charts.parts(rows, narrow, SIGN.get(looking.language, "%"))


class Plot(NamedTuple):
    """`rows` counts what it shows, none at all where there is too little; `row` is the height of each, in inches."""

    rows: Callable[[Insights], int]
    row: float
    draw: Callable[[Insights, Viewer, bool], bytes]


PLOTS = {
    "notes": Plot(lambda found: len(_rows(found, "notes")), charts.BARS, _bars("notes")),
    "flags": Plot(lambda found: len(_rows(found, "flags")), charts.BARS, _bars("flags")),
    "times": Plot(lambda found: len(_waits(found)), charts.ROW, _spans),
    "confirmed": Plot(lambda found: len(found.confirmed_by_kind), charts.ROW, _parts),
}


@router.get("/insights.csv")
def insights_csv(looking: Looking, at: Service, days: Days) -> Response:
    """The same as lines of group, name, number. A number that is too small to show is left empty."""
    who = member(looking, *READERS)
    with at.database.read(who.program) as session:
        found = _figures(at, session, who.program, days)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["group", "name", "number"])
    writer.writerows(_lines(found))
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=under("insights.csv", kept=True))


def _lines(found: Insights) -> Iterator[tuple[str, str, object]]:
    yield from (("notes", "all", found.notes), ("notes", "not fully read", found.not_fully_read))
    for group, rows in (("level", found.by_level), ("kind", found.by_kind), ("expectation", found.topics)):
        yield from ((group, name, number) for name, number in rows.items())
    for what in ("notes", "flags"):
        for period in found.periods:
            yield from ((f"{what} from {period.begins}", level, n) for level, n in getattr(period, what).items())
    for level, look, times in _waits(found):
        yield f"{words.LOOKS[look]} of {level}, hours", "median", times.median
        yield f"{words.LOOKS[look]} of {level}, hours", "90th percentile", times.p90
    for kind, share in _shares(found).items():
        yield from ((f"confirmed of {kind}", part, round(n, 3)) for part, n in share._asdict().items())
    for name, missed in found.missed.items():
        yield from ((f"missed of {name}", part, n) for part, n in missed.model_dump().items())
