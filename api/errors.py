"""Errors of the service as problem+json (RFC 9457): one `code` that stays for each fault, never a word of a note.

Problem                 status and code below; `detail` says what to do
├── BadRequest   400    bad_request
├── Unauthorised 401    not_signed_in, wrong_credentials, key_expired
├── Forbidden    403    not_allowed, csrf, self_review
├── NotFound     404    not_found (also what belongs to another program)
├── TooSlow      408    too_slow: the body did not come in time
├── Conflict     409    conflict, idempotency_mismatch, on_hold
├── Stale        412    stale: the thing has changed since it was read (ETag)
├── TooLarge     413    too_large
├── Unreadable   422    invalid, and the codes of coach.errors
├── NeedsVersion 428    version_needed: send If-Match
├── TooMany      429    too_many, with Retry-After
├── Busy         503    busy; no_storage: the database is away or its disk full; with Retry-After
└── Broken       503    bad_content, bad_model and the like: a file of the service's own is damaged
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.telling import fault_in_words
from coach import CoachError

log = logging.getLogger("coach.api")
NO_STORAGE = "What you sent could not be stored just now. Keep it, and send it again in a little while."
BROKEN = (
    "Something that it needs is damaged. What you sent was not stored: keep it, and tell whoever runs the service. "
    "Its log says what it is."
)


class Problem(Exception):
    """A fault that is told to the client."""

    status, code, title = 400, "bad_request", "The request cannot be served"

    def __init__(self, detail: str, *, code: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail, self.headers = detail, dict(headers or {})
        self.code = code or type(self).code


class BadRequest(Problem):
    pass


class Unauthorised(Problem):
    status, code, title = 401, "not_signed_in", "Sign in first"


class Forbidden(Problem):
    status, code, title = 403, "not_allowed", "Your role does not allow this"


class Forged(Forbidden):
    """A change that may be another's: without the session's token, or from another site."""

    code, title = "csrf", "It is not certain that this came from you"


class NotFound(Problem):
    status, code, title = 404, "not_found", "There is no such thing here"


class Conflict(Problem):
    status, code, title = 409, "conflict", "This does not fit what is there"


class Stale(Problem):
    status, code, title = 412, "stale", "It has changed since you read it"


class TooSlow(Problem):
    status, code, title = 408, "too_slow", "Too slow"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "Too large"


class Unreadable(Problem):
    status, code, title = 422, "invalid", "What was sent cannot be used"


class NeedsVersion(Problem):
    status, code, title = 428, "version_needed", "Say which version you are changing"


class TooMany(Problem):
    status, code, title = 429, "too_many", "Too many requests"


class Busy(Problem):
    status, code, title = 503, "busy", "Busy just now"


class Broken(Problem):
    """What the service needs to read a note is damaged. Who sent the note is told so; the log and /readyz say `why`, and the file."""

    status, code, title = 503, "broken", "This service does not work as it should"

    def __init__(self, fault: CoachError) -> None:
        super().__init__(BROKEN, code=fault.code)
        self.why = fault.message


def retry(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(seconds)))}


def body(status: int, code: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"type": f"urn:coach:problem:{code}", "title": title, "status": status, "code": code, "detail": detail, **more}


def answer(
    status: int, code: str, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    return JSONResponse(
        body(status, code, title, detail, **more), status, dict(headers or {}), media_type="application/problem+json"
    )


def install(app: FastAPI) -> None:
    """All faults of an app become problem+json, or a page where a browser asked for one.

    `app.state.fault_page(request, status, title, detail, headers)` makes that page, or gives None where none was asked for;
    `app.state.common_headers` are those of every answer.
    """

    def told(
        request: Request, status: int, code: str, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Response:
        make_page = getattr(app.state, "fault_page", None)
        made: Response | None = make_page(request, status, title, detail, headers) if make_page else None
        return made or answer(status, code, title, detail, headers, **more)

    @app.exception_handler(Problem)
    def problem(request: Request, error: Problem) -> Response:
        return told(request, error.status, error.code, error.title, error.detail, error.headers)

    @app.exception_handler(CoachError)
    def ours(request: Request, error: CoachError) -> Response:
        """By what was sent; or, where it is the service's own files or settings, no fault of whoever sent it."""
        if error.by_caller:
            return told(request, 422, error.code, Unreadable.title, error.message)
        log.error("broken", extra={"fault": error.message, "kind": error.code, "places": places(error), "path": route(request)})
        broken = Broken(error)
        return told(request, broken.status, broken.code, broken.title, broken.detail)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        return told(request, 422, "invalid", Unreadable.title, _sentence(found), errors=_places(found))

    @app.exception_handler(HTTPException)
    def other(request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "bad_request")
        return told(request, error.status_code, code, str(error.detail), str(error.detail), error.headers)

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeout)
    def storage(request: Request, error: Exception) -> Response:
        """The database is away, or its disk is full: nothing is acknowledged, and clients know to come again."""
        log.error("storage", extra={"fault": type(error).__name__, "places": places(error), "path": route(request)})
        return told(request, 503, "no_storage", Busy.title, NO_STORAGE, retry(5))

    @app.exception_handler(Exception)
    def unforeseen(request: Request, error: Exception) -> Response:
        """Only the kind of fault and where it arose are logged: an exception's words may hold a note."""
        log.error("unforeseen", extra={"fault": type(error).__name__, "places": places(error), "path": route(request)})
        made = told(request, 500, "internal", "Something went wrong on our side", "Nothing you sent was lost by you; try again.")
        for name, value in app.state.common_headers.items():  # this answer is made outside of every middleware of ours
            made.headers.setdefault(name, value)
        return made


def places(error: BaseException) -> list[str]:
    """file:line of each frame, the innermost last."""
    out, trace = [], error.__traceback__
    while trace is not None:
        out.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return out[-12:]


def route(request: Request) -> str:
    """The route's pattern, without what stood in its place."""
    found = request.scope.get("route")
    return str(getattr(found, "path", "unknown"))


def _places(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Where and what, without the value itself, which may be a note."""
    return [{"at": ".".join(str(p) for p in e["loc"]), "fault": str(e["type"])} for e in errors[:20]]


def _sentence(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first three; what a check of ours says ends with its own full stop."""
    first = [f"{place['at']}: {fault_in_words(error)}" for place, error in zip(_places(errors[:3]), errors, strict=False)]
    return "; ".join(first) or "The request does not fit the description."
