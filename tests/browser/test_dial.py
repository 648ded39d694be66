"""The alarm dial in a real browser: chosen and saved by keyboard, its effect on the program's own notes seen before it is saved."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import HEAVY, House, house_on, listening
from tests.api.test_dial import audit, dialled, put
from tests.browser.conftest import DESK, PHONE, Site, database_in, looking, shifted, sign_in, tab_to, weight
from tests.browser.test_flows import fits, violations

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def dialling(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A program of its own with six notes that its dial would raise at the last place alone."""
    require("reader")
    folder = tmp_path_factory.mktemp("dial")
    house = dialled(house_on(database_in(folder), folder))
    for _ in range(6):
        house.note(HEAVY)
    with listening(house.app) as url:
        yield Site(url, house)
    house.at.database.engine.dispose()


@pytest.fixture
def site(dialling: Site) -> Site:
    """The dial as new."""
    put(dialling.house, 1.0)
    return dialling


def alarms(house: House) -> float:
    return float(house.people["admin"].get("/v1/program").json()["rules"]["urgent_alarms"])


def choose_the_last_place(page: Page) -> None:
    tab_to(page, "Up to 5 in 100 calm notes")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=place][value='10']")).to_be_checked()


def test_the_dial_by_keyboard_alone_on_a_phone(browser: Browser, site: Site) -> None:
    before = len(audit(site.house))
    with looking(browser, site.url, viewport=PHONE) as page:
        sign_in(page, "admin")
        page.goto("/settings")
        tab_to(page, "Look at the dial")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="The alarm dial")).to_be_visible()
        assert page.get_by_role("button", name="Set the dial here").count() == 0, "nothing can be saved before it was seen"
        choose_the_last_place(page)
        tab_to(page, "See the effect")
        page.keyboard.press("Enter")
        said = "Of your last 6 notes, 0 were urgent or worse as they were read. With this place 6 would be."
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.locator("#effect")).to_be_in_viewport()
        assert alarms(site.house) == 1.0 and len(audit(site.house)) == before, "looking changes nothing"
        assert violations(page) == [] and fits(page)
        tab_to(page, "Set the dial here")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("The dial is set.")
        expect(page.locator("label", has_text="now").locator("input[name=place]")).to_have_value("10")
    assert alarms(site.house) == 10.0
    assert site.house.note(HEAVY)["report"]["triage"]["level"] == "urgent", "it holds for the next note"


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "no-javascript"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-CA", "fr-CA"])
def test_the_dial_can_be_read_in_every_form(
    browser: Browser, site: Site, scripts: bool, size: Any, scheme: Any, language: str
) -> None:
    with looking(browser, site.url, viewport=size, color_scheme=scheme, locale=language, java_script_enabled=scripts) as page:
        sign_in(page, "admin")
        for address in ("/settings/dial", "/settings/dial?place=10", "/settings/dial?place=5&done=1"):
            page.goto(address)
            expect(page.locator("#effect")).to_have_count(int("place" in address))
            if scripts:
                assert shifted(page) < 0.001 and violations(page) == [] and fits(page), address
                assert weight(page) < 100_000, address
        page.locator("input[name=place][value='10']").check()
        page.locator("form[action^='/settings/dial'] button").first.click()
        page.locator("form[action='/settings/dial/set'] button").click()
        expect(page.get_by_role("status")).to_be_visible()
    assert alarms(site.house) == 10.0


@pytest.mark.long
def test_a_dial_that_somebody_else_changed_meanwhile_is_not_set(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, refused=True) as page:
        sign_in(page, "admin")
        page.goto("/settings/dial?place=10")
        put(site.house, 2.0)
        page.get_by_role("button", name="Set the dial here").click()
        expect(page.get_by_role("alert")).to_contain_text("Read it again")
        assert violations(page) == [] and fits(page)
    assert alarms(site.house) == 2.0
