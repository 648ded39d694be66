"""One's own account in a real browser: a new password by keyboard, what is wrong said, and every other session ended."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PASSWORD, PHONE, Site, looking, sign_in, tab_to
from tests.browser.test_flows import fits, violations

NEW = "velvet otter hums at noon"


def newcomer(site: Site, name: str, role: str = "mentor") -> None:
    """Somebody whose password this test may change."""
    if name not in site.house.people:
        site.house.add(name, role)


def give(page: Page, old: str, new: str, again: str) -> None:
    """The form, by keyboard alone."""
    for label, words in (("Password now", old), ("New password, fifteen", new), ("The new password again", again)):
        tab_to(page, label)
        page.keyboard.press("Control+a")
        page.keyboard.type(words)
    tab_to(page, "Change the password")
    page.keyboard.press("Enter")


@pytest.mark.long
def test_a_new_password_by_keyboard_alone_on_a_phone(browser: Browser, site: Site) -> None:
    newcomer(site, "changer")
    with looking(browser, site.url) as elsewhere, looking(browser, site.url, viewport=PHONE) as page:
        sign_in(elsewhere, "changer")
        sign_in(page, "changer")
        tab_to(page, "changer")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()
        give(page, PASSWORD, NEW, NEW)
        expect(page.get_by_role("status")).to_contain_text("Your password has been changed")
        assert violations(page) == [] and fits(page)
        page.goto("/pairs")
        expect(page.get_by_role("heading", name="My pairs")).to_be_visible()
        elsewhere.goto("/pairs")
        assert "/sign-in" in elsewhere.url, "every other session has ended"
        sign_in(elsewhere, "changer", NEW)


@pytest.mark.long
@pytest.mark.parametrize(
    ("old", "new", "again", "says"),
    [
        ("not the password at all", NEW, NEW, "is not right"),
        (PASSWORD, NEW, NEW + "!", "not written the same way twice"),
        (PASSWORD, "password password password", "password password password", "Choose"),
    ],
)
def test_what_is_wrong_is_said_and_no_password_comes_back(
    browser: Browser, site: Site, old: str, new: str, again: str, says: str
) -> None:
    newcomer(site, "slipper")
    with looking(browser, site.url, viewport=PHONE, refused=True) as page:
        sign_in(page, "slipper")
        page.goto("/account")
        give(page, old, new, again)
        expect(page.get_by_role("alert")).to_contain_text(says)
        for name in ("old", "new", "again"):
            expect(page.locator(f"input[name={name}]")).to_have_value("")
        assert violations(page) == [] and fits(page)


@pytest.mark.long
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "no-javascript"])
def test_the_account_page_in_every_form(browser: Browser, site: Site, size: Any, scheme: Any, scripts: bool) -> None:
    name = f"{scheme}-{size['width']}-{scripts}".lower()
    newcomer(site, name)
    with looking(browser, site.url, viewport=size, color_scheme=scheme, java_script_enabled=scripts, locale="fr-CA") as page:
        sign_in(page, name)
        page.goto("/account")
        if scripts:
            assert violations(page) == [] and fits(page)
        for field, words in (("old", PASSWORD), ("new", NEW), ("again", NEW)):
            page.locator(f"input[name={field}]").fill(words)
        page.locator("main button.main").click()
        expect(page.get_by_role("status")).to_be_visible()
