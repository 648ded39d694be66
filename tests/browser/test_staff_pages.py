"""Second looks, figures and settings in a real browser: by keyboard alone, at phone and desk width, with and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.api.conftest import HEAVY
from tests.browser.conftest import DESK, PHONE, Site, fits_its_place, live, looking, sign_in, tab_to, with_weeks
from tests.browser.test_flows import fits, violations

GUIDE = "# Leave\n\nA mentor who is ill writes to the office before nine.\n\n# Money\n\nThe fund pays for buses.\n"


@pytest.fixture(scope="module")
def staffed(site: Site) -> Iterator[Site]:
    """The program gone live, with weeks of figures and three notes drawn for a second look."""
    with_weeks(site.house)
    yield site
    live(site.house, False)


def test_second_looks_by_keyboard_alone(browser: Browser, staffed: Site) -> None:
    with looking(browser, staffed.url, viewport=PHONE, color_scheme="dark") as page:
        sign_in(page, "staff")
        page.goto("/flags")
        tab_to(page, "What did we miss?")
        page.keyboard.press("Enter")
        page.wait_for_url("**/flags/sample")
        page.wait_for_load_state()
        waiting = page.locator("[data-flag]").count()  # three, and one more for each test before that kept a calm note
        assert waiting >= 3
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="A second look")).to_be_visible()
        assert violations(page) == [] and fits(page)
        tab_to(page, "How grave")
        page.keyboard.type("concern")
        tab_to(page, "Kind")
        page.keyboard.type("money")
        tab_to(page, "Raise a flag")
        page.keyboard.press("Enter")
        expect(page.get_by_text("A flag was raised")).to_be_visible()
        page.wait_for_load_state()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="A second look")).to_be_visible()
        tab_to(page, "Nothing was missed")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Nothing was missed in it")).to_be_visible()
        expect(page.locator("[data-flag]")).to_have_count(waiting - 2)


def test_a_document_on_its_way_says_how_far_it_is(browser: Browser, staffed: Site, tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text(GUIDE, encoding="utf-8")
    seen: list[str] = []
    with looking(browser, staffed.url) as page:
        page.expose_function("saw", lambda words: seen.append(words))
        sign_in(page, "admin")
        page.goto("/settings")
        watch = "new MutationObserver(() => saw(document.querySelector('[data-says]').textContent))"
        page.evaluate(f"{watch}.observe(document.querySelector('[data-says]'), {{ childList: true }})")
        page.set_input_files("input[type=file]", tmp_path / "guide.md")
        page.get_by_role("button", name="Add the document").click()
        expect(page.get_by_text("The document was added.")).to_be_visible()
        expect(page.get_by_text("guide.md")).to_be_visible()
        assert "Being sent…" in seen and "It has arrived" in seen[-1]
        page.set_input_files("input[type=file]", tmp_path / "guide.md")
        page.get_by_role("button", name="Add the document").click()
        page.wait_for_url("**/settings?added=*")
        expect(page.locator("[data-upload]")).to_be_visible()


@pytest.mark.long
def test_a_refused_document_and_a_lost_connection_are_said(browser: Browser, staffed: Site, tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text(GUIDE, encoding="utf-8")
    with browser.new_context(base_url=staffed.url) as context:  # the browser itself writes an error for each of the two
        page = context.new_page()
        sign_in(page, "admin")
        page.goto("/settings")
        (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4")
        page.set_input_files("input[type=file]", tmp_path / "broken.pdf")
        page.get_by_role("button", name="Add the document").click()
        expect(page.locator("[data-fault]")).to_contain_text("broken.pdf: damaged")
        expect(page.locator("input[type=file]")).to_be_focused()
        page.route("**/settings/document", lambda route: route.abort())
        page.set_input_files("input[type=file]", tmp_path / "guide.md")
        page.get_by_role("button", name="Add the document").click()
        expect(page.locator("[data-fault]")).to_contain_text("The connection was lost")


@pytest.mark.long
def test_a_document_is_added_without_javascript(browser: Browser, staffed: Site, tmp_path: Path) -> None:
    (tmp_path / "plain.md").write_text(GUIDE, encoding="utf-8")
    with looking(browser, staffed.url, java_script_enabled=False) as page:
        sign_in(page, "admin")
        page.goto("/settings")
        page.set_input_files("input[type=file]", tmp_path / "plain.md")
        page.get_by_role("button", name="Add the document").click()
        expect(page.get_by_text("The document was added.")).to_be_visible()
        expect(page.get_by_text("plain.md")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-CA", "fr-CA"])
def test_the_figures_fit_and_can_be_read(browser: Browser, staffed: Site, size: Any, scheme: Any, language: str) -> None:
    with looking(browser, staffed.url, viewport=size, color_scheme=scheme, locale=language) as page:
        sign_in(page, "staff")
        page.goto("/insights?days=70")
        assert violations(page) == [] and fits(page)
        for image in page.locator("picture img").all():
            fits_its_place(image)
        assert page.locator("picture img").count() == 4


@pytest.mark.long
def test_settings_by_keyboard_alone(browser: Browser, staffed: Site) -> None:
    with looking(browser, staffed.url, viewport=PHONE) as page:
        sign_in(page, "admin")
        page.goto("/settings")
        tab_to(page, "Unflagged notes staff look at again")
        page.keyboard.press("Control+a")
        page.keyboard.type("7")
        page.keyboard.press("Enter")
        page.wait_for_url("**/settings#program")
        expect(page.locator("[name=weekly_sample]")).to_have_value("7")
        tab_to(page, "Days a note is kept")
        page.keyboard.type("3650")
        tab_to(page, "See what that would do")
        page.keyboard.press("Enter")
        expect(page.get_by_text("At the next purge no note would go")).to_be_in_viewport()
        assert violations(page) == [] and fits(page)
        tab_to(page, "Keep notes for 3650 days")
        page.keyboard.press("Enter")
        expect(page.get_by_text("3650 days after the note came")).to_be_visible()


@pytest.mark.long
def test_flags_are_ticked_and_decided_together_by_keyboard_and_a_fault_keeps_the_filters(browser: Browser, staffed: Site) -> None:
    for _ in range(2):
        staffed.house.note(HEAVY)
    with browser.new_context(base_url=staffed.url) as context:  # the browser itself writes an error for the refusal
        page = context.new_page()
        sign_in(page, "staff")
        page.goto("/flags?level=concern&state=open")
        count = page.locator("[data-flag]").count()
        tab_to(page, "tick")
        page.keyboard.press("Space")
        tab_to(page, "Decide the ticked ones together")
        page.keyboard.press("Enter")
        tab_to(page, "Why")
        page.keyboard.type("Seen")
        page.locator("[name=flag]").first.evaluate("e => { e.checked = false }")  # as if nothing had been ticked
        with page.expect_response("**/flags/batch"):
            page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("select[name=level]").first).to_have_value("concern")
        expect(page.locator("[data-flag]")).to_have_count(count)
