"""Pictures of every page, at both widths, in both schemes and both languages: python -m tests.browser.screenshots FOLDER [WORD]

With a word, of those pages alone whose name holds it.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.api.conftest import GRAVE, House, listening
from tests.api.test_agreed import NOTE, elsewhere, house_with
from tests.browser.conftest import CHROMIUM, DESK, FLAGS, PHONE, furnished, looking, sign_in, with_weeks

SPANISH = "Hoy hablamos de su trabajo y de la entrevista. Dice que quiere cambiar."


EAGER = """() => Promise.all([...document.images].map((one) => { one.loading = "eager"; return one.decode(); }))"""


class State(NamedTuple):
    """A page that a form answers with; `act` leads there, in any language."""

    name: str
    who: str
    act: Callable[[Page], None]


def main(folder: Path, word: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        house = furnished(Path(place))
        with_weeks(house)
        every = (
            [State(named(who, address), who, going(address)) for who, address in pages(house)] + states(house) + only_staffed()
        )
        with listening(house.app) as url:
            shoot(browser, url, [state for state in every if word in state.name], folder)
        house.at.database.engine.dispose()
        with tempfile.TemporaryDirectory() as other, elsewhere() as far:
            house = house_with(far, Path(other))
            with listening(house.app) as url:
                shoot(browser, url, [state for state in [State("outgoing", "", outgoing)] if word in state.name], folder)
            house.at.database.engine.dispose()
        browser.close()


def shoot(browser: Browser, url: str, every: list[State], folder: Path) -> None:
    for language in ("en", "fr"):
        for width, size in (("phone", PHONE), ("desk", DESK)):
            for scheme in ("light", "dark"):
                for who in sorted({state.who for state in every}):
                    given: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "locale": f"{language}-CA"}
                    with looking(browser, url, refused=True, **given) as page:
                        if who:
                            sign_in(page, who)
                        for state in [s for s in every if s.who == who]:
                            state.act(page)
                            page.evaluate(EAGER)
                            name = f"{state.name}-{who or 'out'}-{language}-{width}-{scheme}.png"
                            page.screenshot(path=folder / name, full_page=True)


def named(who: str, address: str) -> str:
    parts = [part for part in address.split("?")[0].split("/") if part]
    if len(parts) < 2:
        return parts[0] if parts else "start"
    return f"{parts[0]}-{parts[1] if parts[1] in ('sample', 'dial') else 'one'}"


def going(address: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.goto(address)
        if address == "/":
            page.locator("#text").fill(GRAVE)

    return act


def pages(house: House) -> list[tuple[str, str]]:
    """(who, address) of every page."""
    mentor, staff = house.people["mentor"], house.people["staff"]
    notes = [n["id"] for n in mentor.get("/v1/notes").json()]
    pair = mentor.get("/v1/pairs").json()[0]["id"]
    flag = staff.get("/v1/flags").json()["flags"][0]["id"]
    return [
        ("", "/"),
        ("", "/sign-in"),
        ("", "/guidance"),
        ("", "/guidance/surface-duration"),
        ("", "/help?region=CA-QC"),
        ("", "/acknowledge"),
        ("", "/setup"),
        ("mentor", "/"),
        ("mentor", f"/notes/{notes[0]}"),
        ("mentor", "/notes"),
        ("mentor", "/pairs"),
        ("mentor", f"/pairs/{pair}"),
        ("mentor", "/account"),
        ("mentor", "/slack"),
        ("staff", "/flags"),
        ("staff", f"/flags/{flag}"),
        ("staff", "/flags/sample"),
        ("staff", "/insights"),
        ("admin", "/settings"),
        ("admin", "/settings/dial?place=5"),
        ("admin", "/webhooks"),
    ]


def states(house: House) -> list[State]:
    """Answers to forms."""
    flag = next(f["id"] for f in house.flags() if f["level"] == "urgent")

    def opened(page: Page) -> None:
        page.goto(f"/flags/{flag}")
        page.locator("details:has(form[action$='/open']) summary").click()
        page.locator("form[action$='/open'] input[name=reason]").fill("To see what was said before it")
        page.locator("form[action$='/open'] button").click()
        page.wait_for_selector(".seen")

    def searched(page: Page) -> None:
        page.goto("/guidance")
        page.locator("input[name=query]").fill("she has gone quiet since March")
        page.locator("main button.main").click()
        page.wait_for_selector("main .list")

    def retention(page: Page) -> None:
        page.goto("/settings")
        page.locator("input[name=retention_days]").first.fill("1")
        page.locator("form[action^='/settings/retention'] button").first.click()
        page.wait_for_selector("#effect")

    return [
        State("report-grave", "", lambda page: read(page, GRAVE)),
        State("report-unread", "", lambda page: read(page, SPANISH)),
        State("guidance-found", "", searched),
        State("flags-opened", "staff", opened),
        State("settings-retention", "admin", retention),
    ]


def only_staffed() -> list[State]:
    """Where notes have been drawn for a second look; and refusals, of which the browser itself writes an error."""

    def second(page: Page) -> None:
        page.goto("/flags/sample")
        page.locator("form[action$='/open'] button").first.click()
        page.wait_for_selector("#answer")

    def refused(page: Page) -> None:
        page.goto("/account")
        for name in ("old", "new", "again"):
            page.locator(f"input[name={name}]").fill(f"nothing that is right: {name}")
        page.locator("main button.main").click()
        page.wait_for_selector(".fault")

    return [
        State("flags-second-look", "staff", second),
        State("account-refused", "mentor", refused),
        State("nothing-here", "mentor", going("/flags")),
    ]


def read(page: Page, text: str) -> None:
    page.goto("/")
    page.locator("#text").fill(text)
    page.locator("select[name=region]").select_option("CA-ON")
    page.locator("main button.main").click()
    page.wait_for_selector("#note")


def outgoing(page: Page) -> None:
    page.goto("/")
    page.locator("#text").fill(NOTE)
    page.locator("main button.main").click()
    page.wait_for_selector("pre.outgoing[data-role=user]")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
