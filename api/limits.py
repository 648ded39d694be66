"""Limits on what a client may do: size and slowness of a body, requests a minute; and the headers every answer carries."""

import asyncio
import json
import time
from ipaddress import ip_address

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.counts import SharedCounts
from api.errors import BadRequest, Problem, TooLarge, TooMany, TooSlow, body, retry
from api.settings import ServiceSettings

YEAR = 365 * 24 * 3600
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def common_headers(settings: ServiceSettings) -> dict[str, str]:
    """What every answer carries where its route says nothing else; where people come by https, that they come by nothing else."""
    if not settings.secure_cookies:
        return HEADERS
    below = "; includeSubDomains" if settings.hsts_subdomains else ""
    return {**HEADERS, "Strict-Transport-Security": f"max-age={YEAR}{below}"}


class Rates:
    """Counts of all processes where they share a database, else of this one. `hit` raises TooMany past a limit."""

    def __init__(self, shared: SharedCounts | None = None) -> None:
        self._shared, self._limiter = shared, MovingWindowRateLimiter(MemoryStorage())

    def hit(self, what: str, who: str, per_minute: int) -> None:
        wait = self._shared.hit(what, who, per_minute) if self._shared else self._own(what, who, per_minute)
        if wait is not None:
            seconds = max(1.0, wait)
            raise TooMany(f"More than {per_minute} a minute. Wait {seconds:.0f} seconds.", headers=retry(seconds))

    def _own(self, what: str, who: str, per_minute: int) -> float | None:
        item = RateLimitItemPerMinute(per_minute)
        if self._limiter.hit(item, what, who):
            return None
        return self._limiter.get_window_stats(item, what, who).reset_time - time.time()


def client_address(scope: Scope, trusted_proxies: int) -> str:
    """The address a request came from; behind n trusted proxies, the n-th last one of X-Forwarded-For."""
    own = (scope.get("client") or ("unknown", 0))[0]
    if not trusted_proxies:
        return str(own)
    chain = [part.strip() for part in Headers(scope=scope).get("x-forwarded-for", "").split(",") if part.strip()]
    if len(chain) < trusted_proxies:
        return str(own)
    try:
        return str(ip_address(chain[-trusted_proxies]))
    except ValueError:
        return str(own)


class Bounds:
    """ASGI middleware: reads the whole body within its limits before the app sees the request, and sets the common headers."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app, self._settings, self._headers = app, settings, common_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            data = await asyncio.wait_for(self._body(scope, receive), self._settings.body_seconds)
        except TimeoutError:
            await refuse(sending, TooSlow("The request's body did not come in time. Send it again."))
        except Problem as problem:
            await refuse(sending, problem)
        else:
            await self._app(scope, _replay(data, receive), sending)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        most = self._settings.max_body_bytes
        too_large = TooLarge(f"The limit is {most:,} bytes. Send less at once, or raise COACH_MAX_BODY_BYTES.")
        length = Headers(scope=scope).get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise BadRequest("Content-Length is not a number.")
        if int(length) > most:
            raise too_large
        data = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BadRequest("The connection was closed before the body had come.")
            data += message.get("body", b"")
            if len(data) > most:
                raise too_large
            if not message.get("more_body"):
                return bytes(data)


def _replay(data: bytes, receive: Receive) -> Receive:
    given = [False]

    async def again() -> Message:
        if given[0]:
            return await receive()
        given[0] = True
        return {"type": "http.request", "body": data, "more_body": False}

    return again


async def refuse(send: Send, problem: Problem) -> None:
    """Answer with a problem's document, before any route is reached, and end the connection."""
    content = json.dumps(body(problem.status, problem.code, "The request was refused", problem.detail)).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(content)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": content})
