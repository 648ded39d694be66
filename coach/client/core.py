"""What both clients share, without I/O: a request, how its answer is read, which fault it stands for, when it is sent again."""

import json
import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, Final, Generic, TypeVar

import httpx

from coach import errors
from coach.errors import CoachError, InputError, ServiceError

T = TypeVar("T")
AGAIN: Final = frozenset({429, 502, 503, 504})
LONGEST: Final = 60.0
"""Seconds. A service that says to come back later than this gets no further try: `Busy.retry_after` tells the caller."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request. `read` makes a value of the JSON that comes back; `again` is true where sending it twice does no harm.

    `also` are statuses beside 2xx that are answers, not faults. A note's words stand in `body` alone, which is never shown.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    query: Mapping[str, str | int | list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    also: frozenset[int] = frozenset()

    def request(self, build: Callable[..., httpx.Request]) -> httpx.Request:
        """`build` is httpx's `build_request`."""
        headers = {**self.headers, **({} if self.body is None else {"Content-Type": "application/json"})}
        # ASCII alone: half of a surrogate pair must not become an encoding error that holds the whole text
        content = None if self.body is None else json.dumps(self.body).encode("ascii")
        return build(self.method, self.path, params=dict(self.query), headers=headers, content=content)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and the cursor of the next one, None at the end."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Pages(Generic[T]):
    """A list that comes in pages: the call for the page at a cursor, None for the first."""

    at: Callable[[str | None], Call[Page[T]]]


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came; `why` is the kind of fault alone, for httpx's own words may hold more."""

    why: str


Step = httpx.Request | float
"""What the course of a call asks of a client: send this and give back the answer, or wait so many seconds."""


def course(call: Call[T], request: httpx.Request, retries: int) -> Generator[Step, httpx.Response | Lost | None, T]:
    """A call from the first try to its value. Raises what it came to in the end, with nothing behind it that holds the body."""
    for attempt in count():
        answer = yield request
        if isinstance(answer, httpx.Response) and (answer.is_success or answer.status_code in call.also):
            return _read(call, answer)
        assert answer is not None
        wait = pause(attempt, answer) if call.again and attempt < retries else None
        if wait is None:
            raise fault(answer)
        yield wait
    raise AssertionError("count() does not end")


def pause(attempt: int, answer: httpx.Response | Lost) -> float | None:
    """Seconds to wait before the next try; None where there is to be none.

    Half a second, doubled with each try up to 16, of which between a half and all; never before what Retry-After says.
    """
    if isinstance(answer, httpx.Response) and answer.status_code not in AGAIN:
        return None
    least = (retry_after(answer) or 0.0) if isinstance(answer, httpx.Response) else 0.0
    wait = min(16.0, 0.5 * 2.0 ** min(attempt, 10)) * random.uniform(0.5, 1.0)
    return max(wait, least) if least <= LONGEST else None


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds, from a number or a date; None where the header is absent or neither."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _read(call: Call[T], answer: httpx.Response) -> T:
    try:
        return call.read(answer.json() if answer.content else None)
    except (ValueError, KeyError, TypeError, AttributeError, InputError):
        pass  # raised below, outside: the exception here may hold words of a note, and would be carried along as context
    words = "The answer is not as this client knows it. Is the address right, and are service and client of one version?"
    raise errors.BadAnswer(words, status=answer.status_code)


_CODES: Final[Mapping[type[ServiceError], str]] = {
    errors.NotSignedIn: "not_signed_in wrong_credentials key_expired",
    errors.NotAllowed: "not_allowed csrf self_review",
    errors.NotThere: "not_found erased name_program",
    errors.Conflict: "conflict idempotency_mismatch on_hold claimed no_contact nothing_to_undo one_by_one",
    errors.Stale: "stale version_needed",
    errors.Refused: "invalid bad_request too_large too_slow method_not_allowed",
    errors.Busy: "busy too_many",
}
_BY_CODE: Final = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
_BY_STATUS: Final = {
    400: errors.Refused,
    401: errors.NotSignedIn,
    403: errors.NotAllowed,
    404: errors.NotThere,
    409: errors.Conflict,
    412: errors.Stale,
    413: errors.Refused,
    422: errors.Refused,
    428: errors.Stale,
    429: errors.Busy,
    503: errors.Busy,
}
_OF_A_NOTE: Final = {
    kind.code: kind for kind in (InputError, errors.UnreadableFile, errors.EmptyNote, errors.NoteTooLong, errors.UnknownValue)
}
"""Faults of what was given, which the library raises itself: the same classes here as there."""


def fault(answer: httpx.Response | Lost) -> CoachError:
    """The error that an answer stands for."""
    if isinstance(answer, Lost):
        return errors.Unreachable(f"The service does not answer ({answer.why}). Is the address right, and does it run?")
    return problem(_problem(answer), answer.status_code, retry_after(answer))


def problem(given: Mapping[str, Any], status: int, after: float | None = None) -> CoachError:
    """The error of a problem+json object; of the status alone where it is not one of ours, whose words are not taken over."""
    code, detail = given.get("code"), given.get("detail")
    ours = isinstance(code, str) and isinstance(detail, str) and given.get("type") == f"urn:coach:problem:{code}"
    if not ours:
        kind = _BY_STATUS.get(status, ServiceError)
        return kind(f"The answer was {status}, without a reason that this client knows.", status=status, retry_after=after)
    if code in _OF_A_NOTE:
        return _OF_A_NOTE[code](str(detail))
    kind = _BY_CODE.get(str(code)) or _BY_STATUS.get(status, ServiceError)
    return kind(str(detail), code=code, status=status, retry_after=after)


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    if not answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return {}
    try:
        given = answer.json()
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
