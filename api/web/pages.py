"""Rendering: templates, the headers of a page, what every page knows, and faults as pages."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from api.web import words
from api.web.language import Words, colon, language_of, library, moment, number, percent
from api.web.view import dialled, marked
from api.web.viewer import Viewer, known
from coach import safe_text

HERE = Path(__file__).parent
ENGLISH = ' lang="en"'
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PLOT = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; sandbox"
"""The policy of a plot alone, an image that brings its own styles."""


@cache
def environment(language: str) -> Environment:
    """The templates in a language. A missing value is an error, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(Words(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(static=static, words=words, dialled=dialled, marked=marked, safe=safe_text)
    said = library(language)
    made.globals["exact"] = exact
    made.globals["colon"] = colon(language)
    made.globals["explain"] = Words(language).explain
    made.globals["say"] = lambda text: safe_text(said.say(text))  # the library quotes the note
    made.globals.update(quoted=said.quoted, hours=said.hours, tongue=lambda text: Markup("" if said.knows(text) else ENGLISH))
    made.filters.update(moment=moment, number=number, percent=percent)
    return made


def exact(text: str) -> Markup:
    """Words that a browser shows, and sends back from a form, to the byte: its parser would make one newline of "\\r\\n"."""
    return Markup(str(escape(text)).replace("\r", "&#13;"))


@cache
def static(name: str) -> str:
    """The address of a static file; it changes with the file, so that browsers may keep it for ever."""
    mark = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def page(request: Request, looking: Viewer, template: str, status: int = 200, /, **given: Any) -> HTMLResponse:
    """A template as a page. `en` marks what is English on every page, for screen readers: guidance cards.

    The library's words are kept in English: `say` says them in the page's language, `tongue` marks those that it does not know.
    """
    made = environment(looking.language).get_template(template)
    here = request.url.path if request.method == "GET" else "/"
    ours = Markup("" if looking.language == "en" else ENGLISH)
    text = made.render(en=ours, looking=looking, language=looking.language, path=request.url.path, here=here, **given)
    return HTMLResponse(text, status, {"Content-Security-Policy": POLICY, "Content-Language": looking.language})


def to(address: str) -> Response:
    """See another page, after a form."""
    return RedirectResponse(address, 303)


def under(name: str, kept: bool = False) -> dict[str, str]:
    """The header that names what is given out: by a name of ours, never one that came. `kept`: to be stored, not shown."""
    return {"Content-Disposition": f'{"attachment" if kept else "inline"}; filename="{name}"'}


def plotted(drawn: bytes, name: str) -> Response:
    """A plot, which runs nothing and reaches nothing even where it is opened by itself."""
    headers = {"Content-Security-Policy": PLOT, **under(f"{name}.svg")}
    return Response(drawn, media_type="image/svg+xml; charset=utf-8", headers=headers)


def wants_page(request: Request) -> bool:
    """Whether a fault should be told as a page: a browser on one of the pages, or on its way from an identity provider."""
    path = request.url.path
    return (path.startswith("/v1/oidc/") or not path.startswith("/v1")) and "text/html" in request.headers.get("accept", "")


def fault_page(request: Request, status: int, title: str, detail: str, headers: Mapping[str, str] | None) -> Response | None:
    """What went wrong and what to do, as a page; None where no page was asked for.

    Who is not signed in goes to the sign-in page and comes back.
    """
    if not wants_page(request):
        return None
    if status == 401 and request.method == "GET" and not request.url.path.startswith("/v1"):
        return to(f"/sign-in?next={quote(request.url.path, safe='/')}")
    at = request.app.state.services
    looking = Viewer(language_of(request, at)) if status >= 500 else known(request, at)
    answer = page(request, looking, "fault.html", status, fault_title=title, detail=detail)
    answer.headers.update(headers or {})
    return answer


def choices(values: Mapping[str, str], chosen: str | None) -> list[tuple[str, str, bool]]:
    """(value, words, whether it is chosen) of a select."""
    return [(value, text, value == chosen) for value, text in values.items()]
