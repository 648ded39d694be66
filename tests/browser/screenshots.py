"""Pictures of every page, at both widths and in both schemes: python -m tests.browser.screenshots FOLDER"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, DESK, FLAGS, GRAVE, PHONE, furnished, listening, looking, sign_in


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        house = furnished(Path(place))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with listening(house.app) as url:
            for width, size in (("phone", PHONE), ("desk", DESK)):
                for scheme in ("light", "dark"):
                    for who, address in pages(house):
                        with looking(browser, url, viewport=size, color_scheme=scheme) as page:
                            if who:
                                sign_in(page, who)
                            page.goto(address)
                            if address == "/":
                                page.get_by_label("Your note").fill(GRAVE)
                            name = address.split("?")[0].strip("/").split("/")[0] or "start"
                            last = address.split("?")[0].rpartition("/")[2]
                            deep = "" if address.count("/") < 2 else "-sample" if last == "sample" else "-one"
                            page.screenshot(path=folder / f"{name}{deep}-{who or 'out'}-{width}-{scheme}.png", full_page=True)
        browser.close()
        house.at.database.engine.dispose()


def pages(house: object) -> list[tuple[str, str]]:
    """(who, address) of every page."""
    mentor, staff = house.people["mentor"], house.people["staff"]  # type: ignore[attr-defined]
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
        ("mentor", "/"),
        ("mentor", f"/notes/{notes[0]}"),
        ("mentor", "/notes"),
        ("mentor", "/pairs"),
        ("mentor", f"/pairs/{pair}"),
        ("staff", "/flags"),
        ("staff", f"/flags/{flag}"),
        ("staff", "/flags/sample"),
        ("staff", "/insights"),
        ("admin", "/settings"),
        ("admin", "/settings/dial?place=5"),
        ("admin", "/webhooks"),
        ("mentor", "/slack"),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
