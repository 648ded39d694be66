"""What a language model elsewhere would be sent about a note is shown first; it is sent only to whoever then agrees to just that.

The agreement is a mark over the words that were shown and the session that saw them (signed out: a cookie of this browser). So it
holds for no other words, prompt, address or person, and only for a while. Neither note nor mark is stored.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response

from api.db.session import ALL
from api.deps import cookie_of, give_cookie
from api.notes import service as notes
from api.security import keyed_hash, new_token
from api.services import Services
from api.web.viewer import Viewer, field
from coach import Outgoing

AGREED: Final = "agreed"
"""The service's secret that marks are made with."""
COOKIE: Final = "coach_looked"
HOLDS: Final = 3600
"""Seconds."""


def decided(request: Request, looking: Viewer, at: Services, given: Mapping[str, Any], text: str) -> tuple[bool, Outgoing | None]:
    """(whether the model is asked, what must be shown before that can be said)."""
    if field(given, "model") == "without":
        return False, None
    what = notes.outgoing(at, looking.principal, text)
    if what is None:
        return False, None
    bound, _ = bound_to(request, looking, at)
    if field(given, "model") == "agree" and _holds(at, bound, what, field(given, "agreed") or ""):
        return True, None
    return False, what


def bound_to(request: Request, looking: Viewer, at: Services) -> tuple[str, str | None]:
    """(what an agreement is bound to, a cookie to set where it is to a new one): the session and program, or this browser."""
    if looking.signed_in:
        return f"{looking.hashed} {looking.principal.program if looking.principal else ''}", None
    token = cookie_of(request, at, COOKIE)
    return (token, None) if token else ((made := new_token()), made)


def remember(at: Services, answer: Response, token: str) -> None:
    """Bind a browser where nobody is signed in."""
    give_cookie(at, answer, COOKIE, token, HOLDS)


def mark(at: Services, bound: str, what: Outgoing) -> str:
    """What the form carries, to show that these words were shown to `bound` by now."""
    return _mark(at, bound, what, int(at.clock().timestamp()))


def _mark(at: Services, bound: str, what: Outgoing, since: int) -> str:
    shown = json.dumps([since, bound, what.sent_to, what.model, what.messages])
    with at.database.read(ALL) as session:
        return f"{since}.{keyed_hash(at.vault.secret(session, AGREED), shown)}"


def _holds(at: Services, bound: str, what: Outgoing, given: str) -> bool:
    since = given.partition(".")[0]
    if not (since.isascii() and since.isdecimal() and len(since) < 12):
        return False
    fresh = 0 <= at.clock().timestamp() - int(since) <= HOLDS
    return fresh and secrets.compare_digest(given.encode(), _mark(at, bound, what, int(since)).encode())
