"""/v1/embed-tokens for the servers of other platforms; under /embed what their pages load and call.

A page's request is a "simple" one (text/plain, the token in its body): no preflight, so no answer names an origin that no token
was made for. No cookie is read here.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from api.deps import Principal, Service, current, limited
from api.errors import Problem, Unreadable
from api.plugins.embed import files, service, tokens
from api.plugins.embed.schemas import EmbedIn, EmbedOut, TokenIn, TokenOut, is_origin
from coach import CoachError

router = APIRouter()


@router.post("/v1/embed-tokens", status_code=201, tags=["embed"])
def make_token(given: TokenIn, who: Annotated[Principal, Depends(current)], at: Service) -> TokenOut:
    """A token for `<conversation-coach>` in a page of `origin`, 15 minutes at most; it dies with the API key that made it."""
    return service.issue(at, who, given)


@router.get("/embed/conversation-coach.js", include_in_schema=False)
def script(request: Request, at: Service) -> Response:
    """The one script."""
    return files.cached(request, files.script(at.settings.public_url), "text/javascript")


@router.get("/embed/frame.js", include_in_schema=False)
def frame_script(request: Request) -> Response:
    return files.cached(request, files.frame_script(), "text/javascript")


@router.get("/embed/frame", include_in_schema=False)
def frame(origin: Annotated[str, Query(max_length=300)]) -> Response:
    """The component in a page of ours, for a page of `origin` to show in a frame. The token comes by message."""
    if not is_origin(origin):
        raise Unreadable("Name the origin of the page that shows this frame, as browsers send it: https://host.")
    return files.frame(origin)


async def _body(request: Request) -> bytes:
    return await request.body()


Limited = Depends(limited("embed-address", lambda at: at.settings.requests_per_minute))


@router.post("/embed/notes", include_in_schema=False, dependencies=[Limited])
def note(request: Request, response: Response, raw: Annotated[bytes, Depends(_body)], at: Service) -> EmbedOut:
    """Read a note of a page that holds a token. Faults name the page's origin once the token is known to be its own."""
    try:
        given = EmbedIn.model_validate_json(raw)
    except ValidationError:
        raise Unreadable("This is not what the component sends. Load its script anew.") from None
    claims = tokens.opened(at, given.token)
    service.must_fit(at, claims, request.headers.get("origin"), given.parent)
    headers = service.told_to(claims)
    response.headers.update(headers)
    try:
        return service.answer(at, request.app.state.rates, claims, given)
    except (Problem, CoachError) as fault:
        raise service.readable(fault, headers) from None
