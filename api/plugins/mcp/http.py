"""/mcp: the protocol's streamable HTTP inside the service. Each request shows its key; nothing is kept between two of them."""

from functools import cached_property, partial
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.deps import Principal, current
from api.errors import Busy, Forbidden, Problem, Unauthorised, retry
from api.plugins.mcp import remote
from api.plugins.mcp.tools import Desk, Refused
from api.services import Services
from coach import MissingDependency

PATH = "/mcp"
ASKER = "coach.mcp"


class Shut(Problem):
    status, code, title = 503, "door_shut", "This door is shut"


def install(app: FastAPI) -> None:
    """The door stands always; what the extra brings is imported at its first use, and where it is missing the door says so."""
    app.state.mcp = Door(app)
    app.router.routes.append(Route(PATH, app.state.mcp, include_in_schema=False))


class Door:
    """An ASGI app. A request is served by a session manager of its own, without sessions: a key that is revoked is out at once."""

    path = PATH
    """What logs and metrics call the route."""

    def __init__(self, app: FastAPI) -> None:
        self._at: Services = app.state.services
        self._version = app.version

    @cached_property
    def desk(self) -> Desk:
        return remote.desk(self._at)

    @cached_property
    def server(self) -> Any:
        """Raises MissingDependency."""
        if find_spec("mcp") is None:
            raise MissingDependency("mcp", "mcp")
        from api.plugins.mcp.server import make_server

        return make_server(self.desk, self._version, _asker, remote.may)

    def close(self) -> None:
        if "desk" in vars(self):
            self.desk.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        request = Request(scope)
        try:
            scope[ASKER] = await self.desk.quick.run(partial(self._enter, request))
        except Refused as refusal:
            raise Busy(str(refusal), headers=retry(1)) from None
        await self._serve(scope, receive, send)

    def _enter(self, request: Request) -> Principal:
        """Who asks. Raises what the service's own routes do; Shut where the extra is missing."""
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            raise Unauthorised("Send an API key: Authorization: Bearer ck_...", headers={"WWW-Authenticate": "Bearer"})
        who = current(request, self._at)
        remote.enter(self._at, who)
        origin = request.headers.get("Origin")
        if origin and origin != self._at.settings.public_url.rstrip("/"):
            raise Forbidden("This is not for pages of other sites.")
        if request.method != "POST":
            raise HTTPException(405, "Send POST: nothing is kept between two requests.", {"Allow": "POST"})
        try:
            self.server  # noqa: B018
        except MissingDependency as fault:
            raise Shut(fault.message) from None
        return who

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        # a manager can be run once only; with one a request, whatever a request began ends with it, a dropped connection's call too
        manager = StreamableHTTPSessionManager(self.server, stateless=True)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def _asker(context: Any) -> Principal:
    who: Principal = context.request.scope[ASKER]
    return who
