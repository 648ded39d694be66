"""A note out of somebody else's page: the token against that page, then the notes' own service, which a note from anywhere goes through."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from api.deps import Principal
from api.errors import Forbidden, Problem, Unreadable
from api.limits import Rates
from api.notes import schemas as notes_schemas
from api.notes import service as notes
from api.pairs import service as pairs
from api.plugins.embed import tokens
from api.plugins.embed.schemas import EmbedIn, EmbedOut, TokenIn, TokenOut
from api.plugins.embed.tokens import Claims
from api.services import Services
from coach import CoachError


def issue(at: Services, who: Principal, given: TokenIn) -> TokenOut:
    """A token for a page. Raises Forbidden, and NotFound or Conflict for a pair that takes no notes."""
    if who.key is None:
        raise Forbidden("Tokens are made by the server of the page, with an API key.")
    if tokens.SCOPE not in who.scopes:
        raise Forbidden(f"This key lacks the scope {tokens.SCOPE!r}.")
    with at.database.read(who.program) as session:
        tokens.must_be_open(session, who.program)
        if given.pair:
            pairs.open_for(session, who, given.pair, lock=False)
    token, ends = tokens.issue(at, who, given)
    return TokenOut(token=token, expires_at=datetime.fromtimestamp(ends, UTC))


def own_origin(at: Services) -> str:
    """The origin of the service's own pages."""
    found = urlsplit(at.settings.public_url)
    return f"{found.scheme}://{found.netloc}"


def must_fit(at: Services, claims: Claims, origin: str | None, parent: str | None) -> None:
    """The page that asks must be the one that the token was made for. Raises Forbidden.

    In the frame the request comes from our own page, which says whose page it stands in: it could not be shown anywhere else
    than there (`frame-ancestors`).
    """
    framed = claims.audience == "frame"
    if origin != (own_origin(at) if framed else claims.origin) or parent != (claims.origin if framed else None):
        raise Forbidden("This token was made for another page.", code="other_origin")


def answer(at: Services, rates: Rates, claims: Claims, given: EmbedIn) -> EmbedOut:
    """Read a note, and keep it where the token and the person say so. Raises Problem and CoachError."""
    who = tokens.principal(at, claims)
    rates.hit("embed", claims.key, at.settings.requests_per_minute)
    scope = "notes:write" if given.keep else "analyze"
    if scope not in who.scopes:
        raise Forbidden(f"This token, or its key, lacks the scope {scope!r}.")
    if not given.keep:
        asked = notes_schemas.AnalyzeIn(text=given.text, region=given.region, minor=given.minor)
        return EmbedOut(note=None, **dict(notes.analyze(at, who, asked)))
    note = notes_schemas.NoteIn(text=given.text, pair=claims.pair, region=given.region, minor=given.minor)
    return EmbedOut(**dict(notes.store(at, who, note, given.once).out))


def told_to(claims: Claims) -> Mapping[str, str]:
    """The headers that let the token's own page, and no other, read an answer; none for the frame, which is a page of ours."""
    if claims.audience == "frame":
        return {}
    return {"Access-Control-Allow-Origin": claims.origin, "Vary": "Origin"}


def readable(fault: Problem | CoachError, headers: Mapping[str, str]) -> Problem:
    """A fault that the token's own page may read."""
    if isinstance(fault, Problem):
        fault.headers.update(headers)
        return fault
    return Unreadable(fault.message, code=fault.code, headers=headers)
