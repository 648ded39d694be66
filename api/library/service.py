"""What both the API and the pages look up in the library."""

from collections.abc import Iterator

from api.errors import NotFound
from api.services import Services
from coach import Card, Resource


def card_of(at: Services, ident: str) -> Card:
    """Raises NotFound."""
    for one in at.guidance.cards:
        if one.id == ident:
            return one
    raise NotFound("There is no such card.")


def in_use(at: Services, region: str | None) -> Iterator[Resource]:
    """Help services that are in use, of a region (and of its country) or of every place; all of them without a region."""
    wanted = {region, region.split("-")[0], "INTERNATIONAL"} if region else None
    return (r for r in at.resources if r.status == "active" and (wanted is None or wanted & set(r.regions)))
