"""The rest of what people do, for each role, at phone and desk width; these are long, so `make test-full` runs them."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import CALM, GRAVE, HEAVY, listening
from tests.browser.conftest import DESK, PHONE, UNSPOKEN, Site, fits_its_place, furnished, looking, opened_again, sign_in
from tests.browser.test_flows import HOSTILE, fits, is_well, violations

pytestmark = pytest.mark.long
BOTH = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
DROP = """(words) => {
  const box = document.querySelector("#text"), carried = new DataTransfer();
  carried.items.add(new File([words], "note.txt", { type: "text/plain" }));
  box.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


@BOTH
def test_a_hostile_note_is_text_on_every_page_that_shows_it(browser: Browser, site: Site, size: Any) -> None:
    house = site.house
    pair = house.pair(mentee="<b>Robin</b>" + "x" * 60)
    note = house.note(HOSTILE, pair=pair)["note"]["id"]
    flag = next(f["id"] for f in house.flags() if f["note"] == note)
    for who, paths in {
        "mentor": (f"/notes/{note}", f"/pairs/{pair}", "/pairs", "/"),
        "staff": (f"/flags/{flag}", "/flags"),
    }.items():
        with looking(browser, site.url, viewport=size) as page:
            sign_in(page, who)
            for path in paths:
                page.goto(path)
                assert "owned" not in page.title() and fits(page), path
                assert page.locator("script:not([src])").count() == 0, path
                assert "\u202e" not in page.content(), path
            if who == "staff":
                page.goto(f"/flags/{flag}")
                expect(page.locator("blockquote.note").first).to_contain_text("He wants to die.")
                open_whole(page)
                expect(page.locator(".note")).to_contain_text("<script>")
                assert "owned" not in page.title() and fits(page)


def open_whole(page: Page) -> None:
    page.get_by_text("Open the whole note, with a reason").click()
    page.get_by_label("Reason, which the mentor will see").fill("To see what was said before it")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name="The whole note")).to_be_visible()


@BOTH
def test_a_file_is_chosen_or_dropped_onto_the_box(browser: Browser, site: Site, size: Any, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(CALM, encoding="utf-8")
    with looking(browser, site.url, viewport=size) as page:
        page.goto("/")
        page.set_input_files("[data-file] input", tmp_path / "note.txt")
        expect(page.get_by_label("Your note")).to_have_value(CALM)
        expect(page.get_by_label("Your note")).to_be_focused()
        page.evaluate(DROP, UNSPOKEN)
        expect(page.get_by_label("Your note")).to_have_value(UNSPOKEN)
        page.reload()
        expect(page.get_by_label("Your note")).to_have_value(UNSPOKEN)


def test_without_scripts_nothing_stands_there_that_needs_them(browser: Browser, site: Site) -> None:
    pair = site.house.people["mentor"].get("/v1/pairs").json()[0]["id"]
    with looking(browser, site.url, java_script_enabled=False) as page:
        page.goto("/")
        expect(page.locator(".js")).to_be_hidden()
        page.get_by_label("Your note").fill(UNSPOKEN)
        page.get_by_role("button", name="Read it").click()
        expect(page.locator("[data-copy]").first).to_be_hidden()
        sign_in(page, "mentor")
        page.goto(f"/pairs/{pair}")
        expect(page.locator("[data-print]")).to_be_hidden()
    with looking(browser, site.url) as page:
        page.goto("/")
        expect(page.locator(".js")).to_be_visible()


def test_the_question_is_copied_and_a_missed_line_is_taken_from_the_note(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(page, "mentor")
        page.get_by_label("Your note").fill(UNSPOKEN)
        page.get_by_role("button", name="Keep and read").click()
        asked = page.locator(".ask").first.inner_text()
        page.get_by_role("button", name="Copy the question").first.click()
        expect(page.get_by_text("✓ Copy the question")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == asked.strip("“”")
        page.get_by_text("Something was missed").click()
        page.locator(".note").select_text()
        expect(page.locator("[data-quote]")).to_have_value(re.compile("^Call 3 with Sam"))
        page.locator("[data-quote]").fill("I never had it")
        page.get_by_label("What they show").select_option("relationship.unprepared")
        page.get_by_role("button", name="Tell the coach").click()
        page.wait_for_url("**thanks=1**")


@BOTH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_pair_over_time_and_its_next_session(browser: Browser, site: Site, size: Any, scheme: Any) -> None:
    pair = site.house.people["mentor"].get("/v1/pairs").json()[0]["id"]
    with looking(browser, site.url, viewport=size, color_scheme=scheme) as page:
        sign_in(page, "mentor")
        page.get_by_role("link", name="My pairs").click()
        page.get_by_role("link", name="Robin").first.click()
        fits_its_place(page.locator("picture img"))
        assert page.locator("table.course tbody tr").count() >= 4
        is_well(page, "the pair")
        page.get_by_label("Day and hour").fill("2026-12-01T10:00")
        with page.expect_download() as calendar:
            page.get_by_role("button", name="Add to my calendar").click()
        assert "BEGIN:VEVENT" in Path(calendar.value.path()).read_text(encoding="utf-8")
        text = page.request.get(f"{site.url}/pairs/{pair}/brief.md")
        assert text.text().startswith("# The next session")
        page.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; }; }")
        page.get_by_role("button", name="Print").click()
        assert page.evaluate("window.printed") == 1
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="We agreed").first).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "no-javascript"])
@BOTH
def test_guidance_and_help_without_an_account(browser: Browser, site: Site, size: Any, scripts: bool) -> None:
    with looking(browser, site.url, viewport=size, java_script_enabled=scripts) as page:
        page.goto("/guidance")
        page.get_by_label("Describe the situation").fill("she has gone quiet since March")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("list", name="Found").get_by_role("link").first.click()
        expect(
            page.get_by_role("heading", name="Ask", exact=True).or_(page.get_by_role("heading", name="Do", exact=True)).first
        ).to_be_visible()
        page.get_by_role("link", name="Help lines").first.click()
        page.get_by_label("Where").select_option("CA-QC")
        page.get_by_role("button", name="Show").click()
        assert page.locator("main a[href^='tel:']").first.get_attribute("href") == "tel:911"
        assert fits(page)


@BOTH
def test_a_flag_is_found_by_filter_opened_commented_and_handed_over(browser: Browser, site: Site, size: Any) -> None:
    site.house.note(GRAVE)
    name = f"colleague{size['width']}"
    site.house.add(name, "staff")
    with looking(browser, site.url, viewport=size, color_scheme="dark") as page:
        sign_in(page, "staff")
        page.goto("/flags")
        page.get_by_label("Level").select_option("urgent")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**level=urgent**")
        page.reload()
        expect(page.get_by_label("Level")).to_have_value("urgent")
        expect(page.locator("[data-flag]", has_text="concern")).to_have_count(0)
        page.locator("[data-flag]", has=page.locator(".dot.urgent")).last.click()
        open_whole(page)
        assert violations(page) == [] and fits(page)
        page.get_by_role("link", name="Back to the flag").click()
        page.get_by_text("Words you can use").click()
        expect(page.get_by_text("When can I call you today?")).to_be_visible()
        assert violations(page) == [] and fits(page)
        page.locator("summary", has_text="Comment").click()
        page.get_by_label("Comment").fill("Left a message.")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("Left a message.")).to_be_visible()
        page.get_by_role("button", name="I take this").click()
        page.locator("summary", has_text="Hand over").click()
        page.locator("select[name=person]").select_option(label=name)
        page.get_by_role("button", name="Hand over").click()
        expect(page.get_by_text(f"being looked at: {name}")).to_be_visible()


@BOTH
def test_an_admin_keeps_contacts_services_keys_and_people(browser: Browser, site: Site, size: Any) -> None:
    with looking(browser, site.url, viewport=size) as page:
        sign_in(page, "admin")
        page.goto("/settings")
        contact = page.locator("form[action='/settings/contact']")
        contact.get_by_label("Name").fill("Duty desk")
        contact.get_by_label("Address").fill(f"desk{size['width']}@example.org")
        page.get_by_role("button", name="Add the contact").click()
        expect(page.get_by_text(f"desk{size['width']}@example.org")).to_be_visible()
        page.get_by_role("button", name="Send a test alert").last.click()
        expect(page.get_by_text("not tested yet").first).to_be_visible()
        service = page.locator("form[action='/settings/service']")
        service.get_by_label("Name").fill(f"Campus counselling {size['width']}")
        service.get_by_label("Telephone").fill("416 555 0100")
        page.get_by_role("button", name="Add the service").click()
        expect(page.get_by_text(f"Campus counselling {size['width']}")).to_be_visible()
        person = page.locator("form[action='/settings/member']")
        person.get_by_label("Name").fill("Ada")
        person.get_by_label("E-mail address").fill(f"ada{size['width']}@example.org")
        page.get_by_role("button", name="Invite").click()
        expect(page.get_by_role("status").filter(has_text="/setup#")).to_be_visible()
        key = page.locator("form[action='/settings/key']")
        key.get_by_label("Name").fill(f"LMS {size['width']}")
        key.get_by_label("analyze").check()
        page.get_by_role("button", name="Make a key").click()
        expect(page.get_by_role("status").filter(has_text="ck_")).to_be_visible()
        assert violations(page) == [] and fits(page)
        page.goto("/settings")
        expect(page.get_by_text("shown this once")).to_have_count(0)


@BOTH
def test_a_note_that_is_sent_while_the_server_is_away_is_kept_on_the_page(browser: Browser, tmp_path: Path, size: Any) -> None:
    house = furnished(tmp_path)
    before = len(house.people["mentor"].get("/v1/notes").json())
    with looking(browser, "http://127.0.0.1", refused=True, viewport=size) as page:
        with listening(house.app) as url:
            page.context.set_default_timeout(20_000)
            page.goto(f"{url}/sign-in")
            page.locator("input[name=email]").fill("mentor@example.org")
            page.locator("input[name=password]").fill("correct horse battery")
            page.get_by_role("button", name="Sign in").click()
            page.get_by_label("Your note").fill(HEAVY)
        port = int(url.rsplit(":", 1)[1])
        page.get_by_label("Your note").press_sequentially(" And one more line.")
        page.get_by_role("button", name="Keep and read").click()
        page.wait_for_url("chrome-error://**")
        with listening(opened_again(tmp_path, house.clock), port):
            page.goto(url)
            expect(page.get_by_label("Your note")).to_have_value(HEAVY + " And one more line.")
            page.get_by_role("button", name="Keep and read").click()
            expect(page.get_by_role("heading", name="The note")).to_be_visible()
    assert len(house.people["mentor"].get("/v1/notes").json()) == before + 1
    house.at.database.engine.dispose()
