"""What both the API and the pages look up in the library."""

from collections.abc import Iterator

from api.deps import Principal
from api.errors import NotFound
from api.handbook import service as handbooks
from api.services import Services
from coach import Card, GuidanceHit, Resource


def card_of(at: Services, ident: str) -> Card:
    """Raises NotFound."""
    for one in at.guidance.cards:
        if one.id == ident:
            return one
    raise NotFound("There is no such card.")


def found(
    at: Services,
    who: Principal | None,
    query: str,
    limit: int = 10,
    stage: str | None = None,
    audience: str | None = None,
    label: str | None = None,
) -> tuple[GuidanceHit, ...]:
    """What fits a question: passages of the asker's program's handbook, then cards."""
    own = None
    if who is not None and (who.key is None or who.scopes & {"analyze", "notes:read"}):
        with at.database.read(who.program) as session:
            own = handbooks.handbook(at, session, who.program)
    return at.guidance.search(query, limit, stage, audience, handbook=own, label=label)


def in_use(at: Services, region: str | None) -> Iterator[Resource]:
    """Help services that are in use, of a region (and of its country) or of every place; all of them without a region."""
    return at.resources.in_use(region)
