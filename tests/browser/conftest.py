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

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from api.app import create_app
from tests.api.conftest import CALM, GRAVE, HEAVY, House, SetClock, house_on, listening, quick_coach, settings_for

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
def looking(browser: Browser, url: str, **more: Any) -> Iterator[Page]:
    """A page of its own; a console error or a fault in a script fails the test."""
    context: BrowserContext = browser.new_context(base_url=url, **{"viewport": DESK, "locale": "en-CA", **more})
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    yield page
    context.close()
    assert faults == [], faults


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
