"""How many requests are under way at once in one process: past that they are told to come back before anything is done for them.

Without it all that come in a rush wait in one line for a thread and the database, those that will be refused too, and nobody is
answered in time (`make bench-load` showed it: refusals took 48 seconds). A quarter of the places is kept for people, so that programs
with keys cannot shut them out.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Busy, retry
from api.limits import refuse

FOR_PEOPLE = 0.25
"""Share of the places that requests with a key leave free."""
ALWAYS = ("/healthz", "/readyz", "/metrics")
WAIT = 2
"""Seconds after which those who are refused may come again."""


class Crowd:
    """ASGI middleware, within Bounds: a body that comes slowly takes no place.

    A stream of events gives its place back once it has begun: it waits, it does not work.
    """

    def __init__(self, app: ASGIApp, places: int) -> None:
        self._app, self._places, self._taken = app, places, set[object]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await self._app(scope, receive, send)
            return
        if len(self._taken) >= self._open_to(Headers(scope=scope)):
            await refuse(send, Busy("Too many requests at once. Send it again shortly.", headers=retry(WAIT)))
            return
        place = object()
        self._taken.add(place)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and _streams(Headers(raw=message["headers"])):
                self._taken.discard(place)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._taken.discard(place)

    def _open_to(self, headers: Headers) -> int:
        kept = int(self._places * FOR_PEOPLE) if "authorization" in headers else 0
        return max(1, self._places - kept)


def _streams(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith("text/event-stream")
