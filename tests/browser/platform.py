"""Somebody else's site with `<conversation-coach>` in its pages: two servers, two origins; and looking at it in Chromium.

The component's root is closed. Where a test must look inside, its page opens it beforehand (OPEN), as no page can afterwards.
"""

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Locator, Page, expect

from tests.api.conftest import House, house_on, listening, serving
from tests.browser.conftest import DESK, database_in
from tests.plugins.test_embed import open_door

OPEN = """const real = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (init) { return real.call(this, { ...init, mode: "open" }); };"""
POLICY = (
    "default-src 'none'; script-src 'self' {service}; connect-src 'self' {service}; style-src 'self'; frame-src {service}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Platform</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/host.css"></head>
<body><main><h1>A platform</h1><div id="place">{element}</div></main>
<script src="{service}/embed/conversation-coach.js" defer></script><script src="/host.js" defer></script></body></html>"""
HOST = """window.heard = []; window.asked = [];
for (const name of ["coach:report", "coach:follow-up", "coach:error"])
  addEventListener(name, (event) => heard.push([name, event.detail]));
addEventListener("coach:token-needed", (event) => {
  asked.push(event.detail.reason);
  event.detail.give(fetch("/token").then((answer) => answer.ok ? answer.text() : null));
});"""


@dataclass
class Platform:
    """Somebody else's site: its address, the service's, and what its server asks tokens with."""

    url: str
    service: str
    house: House
    key: dict[str, Any]
    given: dict[str, Any] = field(default_factory=dict)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    def token(self) -> str | None:
        """A new token, as the platform's server gets it; None where it is refused one."""
        body = {"origin": self.url, "scopes": ["analyze"], **self.given}
        answer = httpx.post(
            f"{self.service}/v1/embed-tokens", json=body, headers={"Authorization": f"Bearer {self.key['token']}"}
        )
        self.tokens.append(answer.json().get("token", ""))
        return self.tokens[-1] or None

    def shows(
        self, element: str = "<conversation-coach follow-ups></conversation-coach>", script: str = HOST, css: str = ""
    ) -> None:
        page = PAGE.format(element=element, service=self.service)
        self.files = {"/": (page, "text/html"), "/host.js": (script, "text/javascript"), "/host.css": (css, "text/css")}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def peer(of: Callable[[], Platform]) -> ThreadingHTTPServer:
    """The platform's server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            made = of().token() if path == "/token" else None
            text, kind = (made or "", "text/plain") if path == "/token" else of().files.get(path, ("", "text/plain"))
            self.send_response(403 if path == "/token" and not made else 200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY.format(service=of().service))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # the page went away
                self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextlib.contextmanager
def platform_on(folder: Path) -> Iterator[Platform]:
    """Two servers, two origins of two sites: the service on 127.0.0.1, the platform on localhost."""
    port = free_port()
    service = f"http://127.0.0.1:{port}"
    house = house_on(database_in(folder), folder, public_url=service)
    open_door(house, "embed")
    made: list[Platform] = []
    with listening(house.app, port), serving(peer(lambda: made[0])) as host:
        made.append(Platform(f"http://localhost:{host.server_port}", service, house, {}))
        yield made[0]
    house.at.database.engine.dispose()


@contextlib.contextmanager
def visit(browser: Browser, url: str, *, before: str = OPEN, told: tuple[str, ...] = (), **more: Any) -> Iterator[Page]:
    """A page of its own. What the console says must be one of `told`: words of Chromium about requests that a test has refused."""
    context = browser.new_context(base_url=url, **{"viewport": DESK, "locale": "en-CA", **more})
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.add_init_script(before)
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    page.goto("/")
    yield page
    context.close()
    wrong = [s for s in said if not any(t in s for t in told)]
    assert wrong == [], wrong
    assert all(any(t in s for s in said) for t in told), said


def heard(page: Page, name: str) -> Any:
    """The first such event, when it has come."""
    page.wait_for_function("(name) => window.heard.some((h) => h[0] === name)", arg=name)
    return page.evaluate("(name) => window.heard.find((h) => h[0] === name)[1]", name)


def coach(page: Page) -> Locator:
    return page.locator("conversation-coach")


def read(page: Page, text: str, button: str = "Read it") -> None:
    expect(page.get_by_role("button", name=button)).to_be_visible()
    page.get_by_label("Your note").fill(text)
    page.get_by_role("button", name=button).click()
