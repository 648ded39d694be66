"""What people do, in a real browser. axe-core finds no fault on any page; console errors fail each test (conftest.looking)."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import CALM, GRAVE, listening
from tests.browser.conftest import (
    DESK,
    PHONE,
    UNSPOKEN,
    Site,
    furnished,
    looking,
    opened_again,
    shifted,
    sign_in,
    weight,
)
from tests.browser.screenshots import pages, states

HOSTILE = "<script>document.title='owned'</script> " + "a" * 20_000 + " \u202e reversed \u200b hidden 😀 He wants to die."


def violations(page: Page) -> list[str]:
    """What axe-core finds, by rule and place."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['target']}" for v in found for n in v["nodes"]]


def fits(page: Page) -> bool:
    """No page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def is_well(page: Page, where: str) -> None:
    """Accessible, no wider than the screen, under 100 KB, and nothing in it jumped."""
    assert shifted(page) < 0.001, where
    assert violations(page) == [], where
    assert fits(page), where
    assert weight(page) < 100_000, where


SIZES = [
    pytest.param(PHONE, "light", id="light-phone"),
    pytest.param(DESK, "dark", id="dark-desk"),
    pytest.param(PHONE, "dark", id="dark-phone", marks=pytest.mark.long),
    pytest.param(DESK, "light", id="light-desk", marks=pytest.mark.long),
]


def test_a_jump_would_be_seen(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.goto("/")
        assert shifted(page) == 0
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.evaluate("document.querySelector('main').style.paddingTop = '300px'")
        assert shifted(page) > 0.01


@pytest.mark.parametrize(("size", "scheme"), SIZES)
def test_every_page_is_accessible_light_and_steady_and_fits(browser: Browser, site: Site, size: Any, scheme: Any) -> None:
    for who in ("", "mentor", "staff", "admin"):
        with looking(browser, site.url, viewport=size, color_scheme=scheme) as page:
            if who:
                sign_in(page, who)
            for address in [a for w, a in pages(site.house) if w == who]:
                page.goto(address)
                is_well(page, address)


@pytest.mark.parametrize(
    ("size", "scheme"), [SIZES[0], *(pytest.param(*s.values, id=s.id, marks=pytest.mark.long) for s in SIZES[1:])]
)
def test_what_forms_answer_with_is_accessible_light_and_steady_and_fits(
    browser: Browser, site: Site, size: Any, scheme: Any
) -> None:
    for state in states(site.house):
        with looking(browser, site.url, viewport=size, color_scheme=scheme) as page:
            if state.who:
                sign_in(page, state.who)
            state.act(page)
            is_well(page, state.name)


def test_paste_and_read_by_keyboard_alone(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, viewport=PHONE) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        for _ in range(3):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "text":
                break
        page.keyboard.type(UNSPOKEN)
        while page.evaluate("document.activeElement.className") != "main":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What may be unspoken")).to_be_visible()
        expect(page.get_by_text("Nobody has been told")).to_be_visible()


def test_paste_and_read_without_javascript(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, java_script_enabled=False) as page:
        page.goto("/")
        page.get_by_label("Your note").fill(GRAVE)
        page.get_by_role("button", name="Read it").click()
        expect(page.get_by_role("heading", name="Please act today")).to_be_visible()
        page.locator("mark a").first.click()
        assert "#s" in page.url


def test_a_hostile_note_is_text_and_breaks_no_layout(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, viewport=PHONE) as page:
        page.goto("/")
        page.get_by_label("Your note").fill(HOSTILE)
        page.get_by_role("button", name="Read it").click()
        expect(page.locator(".note")).to_contain_text("<script>")
        assert "owned" not in page.title()
        assert fits(page)


def test_a_draft_survives_a_reload_and_goes_when_the_note_is_read(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.goto("/")
        page.get_by_label("Your note").fill(CALM)
        page.reload()
        expect(page.get_by_label("Your note")).to_have_value(CALM)
        page.get_by_role("button", name="Read it").click()
        page.get_by_role("link", name="Read another note").click()
        expect(page.get_by_label("Your note")).to_have_value("")


def test_a_server_that_was_killed_in_the_middle_of_typing_loses_no_words(browser: Browser, tmp_path: Path) -> None:
    house = furnished(tmp_path)
    with looking(browser, "http://127.0.0.1") as page:
        with listening(house.app) as url:
            page.goto(url)
            page.get_by_label("Your note").fill(CALM)
        port = int(url.rsplit(":", 1)[1])
        page.get_by_label("Your note").press_sequentially(" And one more line.")
        with listening(opened_again(tmp_path, house.clock), port):
            page.goto(url)
            expect(page.get_by_label("Your note")).to_have_value(CALM + " And one more line.")
            page.get_by_role("button", name="Read it").click()
            expect(page.get_by_role("heading", name="The note")).to_be_visible()
    house.at.database.engine.dispose()


def test_a_mentor_keeps_a_note_judges_it_and_notes_an_agreement(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, viewport=PHONE) as page:
        sign_in(page, "mentor")
        page.get_by_label("Your note").fill(UNSPOKEN)
        page.get_by_label("Whom it is about").select_option(label="Robin")
        page.get_by_role("button", name="Keep and read").click()
        expect(page.get_by_role("heading", name="What may be unspoken")).to_be_visible()
        page.get_by_text("Why, and is it right?").first.click()
        page.get_by_role("button", name="This is wrong").first.click()
        page.wait_for_url("**thanks=1**")
        page.get_by_role("link", name="The next session").click()
        page.get_by_role("button", name="We agreed").first.click()
        expect(page.get_by_text("said or agreed").first).to_be_visible()


def test_staff_work_the_desk_by_keyboard(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        sign_in(page, "staff")
        page.goto("/flags")
        page.keyboard.press("j")
        expect(page.locator("[data-flag]").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="The lines that gave rise to it")).to_be_visible()
        page.keyboard.press("c")
        expect(page.get_by_role("button", name="Give it back")).to_be_visible()
        page.get_by_label("confirmed").check()
        page.get_by_label("Why", exact=True).fill("Spoke with them.")
        page.get_by_role("button", name="Decide").click()
        page.wait_for_url("**done=**")
        expect(page.get_by_role("button", name="Take it back")).to_be_visible()
        page.keyboard.press("u")
        expect(page.get_by_role("button", name="Give it back")).to_be_visible()  # as it stood before: taken, not decided


def test_new_flags_are_announced_without_moving_the_list(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        sign_in(page, "staff")
        page.goto("/flags")
        before = page.locator("[data-flag]").count()
        site.house.note(GRAVE)
        expect(page.get_by_text("Something has changed")).to_be_visible(timeout=15_000)
        assert page.locator("[data-flag]").count() == before
        page.get_by_text("Something has changed").click()
        expect(page.locator("[data-flag]")).to_have_count(before + 1)


def test_a_one_time_code_leaves_the_address_and_reaches_the_form(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.goto("/acknowledge#cs_not_a_real_one")
        assert "#" not in page.url
        expect(page.locator("input[name=token]")).to_have_value("cs_not_a_real_one")


def test_the_pages_speak_french(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, locale="fr-CA") as page:
        page.goto("/")
        assert page.locator("html").get_attribute("lang") == "fr"
        page.locator("textarea").fill(GRAVE)
        page.locator("form button.main").click()
        expect(page.get_by_role("heading", name="Agissez aujourd'hui, s'il vous plaît")).to_be_visible()
        expect(page.get_by_text("Des mots qui évoquent le suicide").first).to_be_visible()
        assert violations(page) == [] and fits(page)
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="What happened in your session?")).to_be_visible()
