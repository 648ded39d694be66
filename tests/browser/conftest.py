"""A service on a real port and Debian's Chromium. Console errors and breaches of the content-security policy fail a test."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs the extra `dev`")

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from sqlalchemy import select

from api.app import create_app
from api.db.models import Program
from api.db.session import ALL
from api.samples import service as samples
from tests.api.conftest import CALM, GRAVE, HEAVY, House, SetClock, house_on, listening, quick_coach, settings_for
from tests.api.stock import stocked

CHROMIUM = os.environ.get("COACH_TEST_CHROMIUM") or shutil.which("chromium") or ""
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync"
).split()
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PASSWORD = "correct horse battery"
UNSPOKEN = "Call 3 with Sam. He figured I'd have read his draft by now, I never had it. He's behind on rent and hardly sleeps."


@dataclass
class Site:
    """A running service: `url`, and the house behind it, with an admin, a mentor and a member of staff."""

    url: str
    house: House


def database_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'data' / 'coach.db'}"


def opened_again(folder: Path, clock: SetClock) -> Any:
    """Another app on the database in a folder, as after a restart."""
    return create_app(settings_for(database_in(folder), folder), clock=clock, load_coach=quick_coach)


def furnished(folder: Path) -> House:
    """A program with a pair, notes of every kind and their flags."""
    house = house_on(database_in(folder), folder)
    pair = house.pair()
    for text in (CALM, UNSPOKEN, HEAVY, GRAVE):
        house.note(text, pair=pair)
        house.clock.on(days=14)
    return house


def with_weeks(house: House) -> None:
    """The program live, weeks of figures, and three notes drawn for a second look."""
    for _ in range(3):
        house.note(CALM)
    house.clock.on(days=7)
    live(house, True)
    with house.at.database.write(house.program) as session:
        samples.draw(house.at, session, house.program)
    stocked(house)


def live(house: House, on: bool) -> None:
    with house.at.database.write(ALL) as session:
        session.execute(select(Program)).scalar_one().live = on


@pytest.fixture(scope="package")
def site(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    require("reader")
    house = furnished(tmp_path_factory.mktemp("site"))
    with listening(house.app) as url:
        yield Site(url, house)
    house.at.database.engine.dispose()


@pytest.fixture(scope="package")
def browser(require: Callable[[str], None]) -> Iterator[Browser]:
    require("browser")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@contextmanager
def looking(browser: Browser, url: str, refused: bool = False, **more: Any) -> Iterator[Page]:
    """A page of its own; a console error or a fault in a script fails the test.

    `refused`: the test is refused something, of which the browser itself writes an error; any other fails it all the same.
    """
    context: BrowserContext = browser.new_context(base_url=url, **{"viewport": DESK, "locale": "en-CA", **more})
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    yield page
    context.close()
    wrong = [fault for fault in faults if not (refused and fault.startswith("Failed to load resource"))]
    assert wrong == [], wrong


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """On a page of any language."""
    page.goto("/sign-in")
    page.locator("input[name=email]").fill(f"{name}@example.org")
    page.locator("input[name=password]").fill(password)
    page.locator("main button.main").click()
    page.wait_for_url("**/")


def fits_its_place(image: Locator) -> None:
    """A picture is loaded, as large as it was drawn, and in the place that was kept for it."""
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    natural, shown, height = image.evaluate(
        "e => [e.naturalWidth, e.width, e.naturalHeight / e.naturalWidth - e.height / e.width]"
    )
    assert shown <= natural and shown >= 0.8 * natural, "its words are as large as those of the page"
    assert abs(height) < 0.01, "the place that was kept for it has its shape"


def tab_to(page: Page, words: str) -> None:
    """Tab until something that says `words`, or is labelled so, has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        at = "(e => (e.labels?.[0]?.innerText ?? '') + ' ' + (e.ariaLabel ?? '') + ' ' + (e.innerText ?? ''))(document.activeElement)"
        if words in page.evaluate(at):
            assert page.evaluate("document.activeElement.matches(':focus-visible')"), "what has the focus is seen to have it"
            return
    raise AssertionError(f"{words!r} cannot be reached by keyboard")


def weight(page: Page) -> int:
    """Bytes of the page and of all that it loaded, unpacked; those that the browser had kept count too."""
    every = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    return int(page.evaluate(f"{every}.reduce((sum, one) => sum + one.decodedBodySize, 0)"))


def shifted(page: Page) -> float:
    """How far things jumped after they were first seen, as browsers score it: 0 where nothing moved."""
    return float(page.evaluate(SHIFTS))


SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 30)));
})"""
