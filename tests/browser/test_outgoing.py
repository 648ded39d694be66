"""Before a language model elsewhere is asked: its words are shown, to the byte, in a real browser, and sent only once agreed to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import listening
from tests.api.test_agreed import NOTE, allow, app_with, elsewhere, house_with
from tests.browser.conftest import DESK, PHONE, Site, looking, shifted, sign_in, tab_to, weight
from tests.browser.test_flows import fits, violations
from tests.llm.standin import Standin

pytestmark = pytest.mark.long

TYPED = (
    "Met Dana Whitfield in Leeds.\n\nShe is <b>behind</b> on “rent” again & cries 🎉.\n\tShe works for Northfield Consulting Ltd."
)


class Far(NamedTuple):
    """A service, and the model elsewhere that it may ask."""

    site: Site
    model: Standin


@pytest.fixture(scope="module")
def running(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    require("llm")
    require("reader")
    with elsewhere() as model:
        house = house_with(model, tmp_path_factory.mktemp("far"))
        allow(house)
        with listening(house.app) as url:
            yield Far(Site(url, house), model)
        house.at.database.engine.dispose()


@pytest.fixture
def far(running: Far) -> Far:
    """With a model that has not been asked yet."""
    running.model.asked.clear()
    return running


def shown(page: Page) -> list[dict[str, str]]:
    """What stands in the page's boxes, in order."""
    found = page.locator("pre.outgoing")
    return [{"role": one.get_attribute("data-role") or "", "content": one.text_content() or ""} for one in found.all()]


def first_step(page: Page, text: str = TYPED) -> None:
    page.goto("/")
    page.locator("#text").fill(text)
    page.locator("main button.main").click()
    page.wait_for_selector("pre.outgoing[data-role=user]")


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "no-javascript"])
def test_what_a_browser_shows_is_what_is_sent_once_agreed_to(browser: Browser, far: Far, scripts: bool) -> None:
    with looking(browser, far.site.url, java_script_enabled=scripts) as page:
        first_step(page)
        expect(page.get_by_role("heading", name="Before anything is sent")).to_be_visible()
        assert far.model.asked == [], "looking sends nothing"
        words = shown(page)
        assert "Dana" not in str(words) and "[PERSON_1]" in words[-1]["content"]
        page.get_by_role("button", name="Send this, then read").click()
        expect(page.get_by_text("The text was sent to the language model at")).to_be_visible()
        (asked,) = far.model.asked
        assert asked["messages"] == words
        expect(page.locator(".note")).to_contain_text("Dana Whitfield")


def test_by_keyboard_on_a_phone_the_nearest_key_sends_nothing(browser: Browser, far: Far) -> None:
    with looking(browser, far.site.url, viewport=PHONE) as page:
        sign_in(page, "mentor")
        first_step(page)
        expect(page.get_by_role("button", name="Read without the language model").first).to_be_focused()
        assert violations(page) == [] and fits(page)
        page.keyboard.press("Enter")
        expect(page.locator("#note")).to_be_visible()
        assert far.model.asked == [] and "/notes/" in page.url
        first_step(page, TYPED + " Once more.")
        tab_to(page, "Send this, then read")
        page.keyboard.press("Enter")
        expect(page.get_by_text("The text was sent to the language model at")).to_be_visible()
        assert len(far.model.asked) == 1 and "/notes/" in page.url


@pytest.mark.long
def test_the_note_can_be_changed_and_what_is_then_sent_is_shown_anew(browser: Browser, far: Far) -> None:
    with looking(browser, far.site.url) as page:
        first_step(page)
        page.get_by_role("button", name="Change the note").click()
        expect(page.get_by_label("Your note")).to_have_value(TYPED)
        page.get_by_label("Your note").press_sequentially(" And more.")
        page.get_by_role("button", name="Read it").click()
        expect(page.locator("pre.outgoing").last).to_contain_text("And more.")
        assert far.model.asked == []


@pytest.mark.long
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-CA", "fr-CA"])
def test_the_page_can_be_read_in_every_form(browser: Browser, far: Far, size: Any, scheme: Any, language: str) -> None:
    with looking(browser, far.site.url, viewport=size, color_scheme=scheme, locale=language) as page:
        first_step(page, NOTE + "a" * 20_000)
        assert shifted(page) < 0.001 and violations(page) == [] and fits(page)
        for fold in page.locator("details.outgoing:not([open]) summary").all():
            fold.click()
        assert violations(page) == [] and fits(page)
        first_step(page)
        assert weight(page) < 100_000


@pytest.mark.long
def test_a_server_that_is_killed_between_the_two_steps_sends_nothing_and_loses_no_words(
    browser: Browser, require: Callable[[str], None], tmp_path: Path
) -> None:
    require("llm")
    with elsewhere() as model:
        house = house_with(model, tmp_path)
        with looking(browser, "http://127.0.0.1", refused=True) as page:
            with listening(house.app) as url:
                page.goto(url)
                page.locator("#text").fill(TYPED)
                page.get_by_role("button", name="Read it").click()
                page.wait_for_selector("pre.outgoing[data-role=user]")
            port = int(url.rsplit(":", 1)[1])
            page.get_by_role("button", name="Send this, then read").click()
            page.wait_for_url("chrome-error://**")
            assert model.asked == []
            with listening(app_with(model, tmp_path, house.clock), port):
                page.goto(url)
                expect(page.get_by_label("Your note")).to_have_value(TYPED)
                page.get_by_role("button", name="Read it").click()
                words = shown(page)
                page.get_by_role("button", name="Send this, then read").click()
                expect(page.locator("#note")).to_be_visible()
                assert [asked["messages"] for asked in model.asked] == [words]
        house.at.database.engine.dispose()
