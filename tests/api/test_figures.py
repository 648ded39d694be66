"""Figures over time, their intervals, their plots."""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from api.insights.intervals import missed_rate, wilson
from api.insights.periods import Counted, by_period
from api.web import charts
from tests.api.conftest import House, house_on
from tests.api.stock import stocked

PAGE = {"Accept": "text/html"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Nine weeks of many notes."""
    folder = tmp_path_factory.mktemp("figures")
    house = house_on(f"sqlite:///{folder / 'data' / 'coach.db'}", folder)
    stocked(house)
    yield house
    house.at.database.engine.dispose()


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 10, 0.0179, 0.4042), (15, 148, 0.0624, 0.1605), (1, 1, 0.2065, 1.0)],
)
def test_wilsons_interval_as_the_tables_give_it(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)


def test_a_missed_rate_of_fewer_than_five_looks_is_not_shown() -> None:
    looks = [("none", False)] * 4 + [("watch", True)] * 2
    found = missed_rate(looks)
    assert set(found) == {"all"} and found["all"].looked_at == 6 and found["all"].missed == 0.333


def counted(*days: tuple[str, int], level: str = "none") -> list[Counted]:
    return [Counted("notes", datetime.fromisoformat(f"{day}T12:00+00:00"), level) for day, n in days for _ in range(n)]


def test_weeks_begin_on_monday_in_the_programs_time_zone() -> None:
    late = [Counted("flags", datetime(2026, 11, 23, 3, 0, tzinfo=UTC), "urgent")] * 6  # still Sunday in Toronto
    found = by_period(late, datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC), "America/Toronto")
    assert [(p.begins, p.flags["urgent"]) for p in found] == [(date(2026, 11, 16), 6), (date(2026, 11, 23), None)]
    year = by_period([], datetime(2025, 1, 31, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC), "UTC")
    assert [p.begins for p in year][:2] == [date(2025, 1, 1), date(2025, 2, 1)] and len(year) == 15


@pytest.mark.parametrize(
    ("weeks", "shown"),
    [
        ((6, 0, 9), [6, None, 9]),
        ((6, 2, 9), [None, None, 9]),  # the level's total would tell the two, were they the only ones left out
        ((6, 4, 4), [6, None, None]),
        ((3, 0, 0), None),
    ],
)
def test_what_is_left_out_cannot_be_worked_out(weeks: tuple[int, ...], shown: list[int | None] | None) -> None:
    days = ("2026-11-02", "2026-11-09", "2026-11-16")
    rows = counted(*zip(days, weeks, strict=True))
    found = by_period(rows, datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC), "UTC")
    assert [p.notes.get("none", "left out") for p in found] == (shown or ["left out"] * 3)


def drawn(house: House, name: str, **more: Any) -> str:
    answer = house.people["staff"].get(f"/insights/{name}.svg", params={"days": 70, **more})
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["content-disposition"] == f'inline; filename="{name}.svg"'
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src" not in policy and "sandbox" in policy
    root = ElementTree.fromstring(answer.text)
    return " ".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))


def test_each_plot_has_an_alternative_and_a_table_that_says_the_same(busy: House) -> None:
    page = busy.people["staff"].get("/insights", params={"days": 70}, headers=PAGE).text
    for name, words in (("notes", "watch"), ("flags", "urgent"), ("times", "urgent: first look"), ("confirmed", "overwhelm")):
        card = page[page.index(f'<h2 id="{name}">') :]
        card = card[: card.index("</section>")]
        assert f'src="/insights/{name}.svg?days=70"' in card and 'alt="' in card and "<table" in card
        assert f'srcset="/insights/{name}.svg?days=70&amp;narrow=1"' in card
        assert words in drawn(busy, name) and words in card
    assert (
        "préoccupation"
        in busy.people["staff"].get("/insights/flags.svg?days=70&narrow=1", headers={"Accept-Language": "fr"}).text
    )


def test_plots_are_for_those_who_may_see_the_figures_and_not_of_nothing(busy: House) -> None:
    assert busy.people["mentor"].get("/insights/notes.svg").status_code == 404
    assert busy.client().get("/insights/notes.svg").status_code == 401
    assert busy.people["staff"].get("/insights/other.svg").status_code == 404
    assert busy.people["staff"].get("/insights/flags.svg", params={"days": 1}).status_code == 404


def test_the_table_for_a_spreadsheet_holds_the_same_numbers(busy: House) -> None:
    staff = busy.people["staff"]
    rows = list(csv.reader(io.StringIO(staff.get("/insights.csv?days=70").text)))
    found = staff.get("/v1/insights", params={"start": "2026-09-14T15:00:00+00:00"}).json()
    assert ["level", "urgent", str(found["by_level"]["urgent"])] in rows
    assert ["missed of all", "looked_at", str(found["missed"]["all"]["looked_at"])] in rows
    week = found["periods"][3]
    assert [f"notes from {week['begins']}", "none", str(week["notes"]["none"])] in rows
    assert ["first look of urgent, hours", "median", str(found["times"]["urgent"]["first_look"]["median"])] in rows
    assert all(len(row) == 3 for row in rows)


def test_plots_drawn_at_once_keep_their_words() -> None:
    """matplotlib's settings are of the whole process; with another's, words become outlines."""

    def one(n: int) -> bytes:
        return charts.parts([charts.Part(f"row {n}", 0.5, 0.4, 0.6, 20)], narrow=bool(n % 2))

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(one, range(12)))
    assert all(f"row {n} (20)</text>".encode() in svg for n, svg in enumerate(found))
