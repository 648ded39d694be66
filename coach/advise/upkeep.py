"""What is stale or wrong in the registry of help services on a day: what `coach resources check` lists."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from coach import tables
from coach.advise.registry import Resources
from coach.errors import ContentError, MissingDependency
from coach.values import Resource

SHORT_CODES: Final = "short-codes.toml"
STALE_AFTER: Final = timedelta(days=365)
"""A service that a person checked longer ago wants another look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is what is wrong in a word; of a "never" (no person has checked it yet) there are many at the beginning."""

    kind: str
    ident: str
    message: str


def findings(resources: Resources, on: date) -> Iterator[Finding]:
    """What days, pairs and successions say of services in use, in the registry's order. Numbers: `numbers`."""
    for r in resources:
        if r.status == "active":
            yield from _dates(r, on)
            yield from _pair(r, resources)
        elif r.replaced_by and resources.by_id(r.replaced_by).status != "active":
            yield Finding("replaced", r.id, f"is replaced by {r.replaced_by}, which is itself not in use")
        elif r.status == "replaced" and not r.replaced_by:
            yield Finding("replaced", r.id, "is replaced, and nothing says by what")


def _dates(r: Resource, on: date) -> Iterator[Finding]:
    if r.expires_on and date.fromisoformat(r.expires_on) < on:
        yield Finding("expired", r.id, f"was to be used until {r.expires_on}: look whether it goes on")
    if r.verified_on is None:
        yield Finding("never", r.id, "has not been checked by a person yet")
    elif date.fromisoformat(r.verified_on) > on:
        yield Finding("stale", r.id, f"was checked on {r.verified_on}, which has not come yet")
    elif on - date.fromisoformat(r.verified_on) > STALE_AFTER:
        yield Finding("stale", r.id, f"was last checked on {r.verified_on}")


def _pair(r: Resource, resources: Resources) -> Iterator[Finding]:
    if not r.pairs_with:
        return
    other = resources.by_id(r.pairs_with)
    if other.status != "active":
        yield Finding("pair", r.id, f"is shown only together with {other.id}, which is not in use: neither is shown")
    elif other.pairs_with != r.id:
        yield Finding("pair", r.id, f"names {other.id} as its pair, which does not name it")


def numbers(resources: Resources, folder: Path) -> Iterator[Finding]:
    """Numbers in use that no telephone of their country could reach. Raises MissingDependency, ContentError for the table."""
    try:
        import phonenumbers  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise MissingDependency("phonenumbers", "resources") from None
    codes = short_codes(folder)
    for r in resources:
        for what, number in (("call", r.call), ("text", r.text)):
            if r.status != "active" or not number:
                continue
            country, dialled = r.regions[0].split("-")[0], number.rsplit(" to ", 1)[-1]
            if re.sub(r"\D", "", dialled) in codes.get(country, frozenset()) or (r.own and country == "program"):
                continue  # what a program dials inside its house has no numbering plan
            try:
                sound = phonenumbers.is_valid_number(phonenumbers.parse(dialled, country if len(country) == 2 else None))
            except phonenumbers.NumberParseException:
                sound = False
            if not sound:
                yield Finding("number", r.id, f"{what} {number} is no number of {country}, nor a short one in {SHORT_CODES}")


def short_codes(folder: Path) -> Mapping[str, frozenset[str]]:
    """Country -> its short numbers. Raises ContentError."""
    try:
        rows = tables.read(folder / SHORT_CODES)["codes"].items()
        return {country: frozenset(map(str, codes)) for country, codes in rows}
    except (OSError, KeyError, AttributeError, TypeError) as error:
        raise ContentError(f"{SHORT_CODES}: needs [codes] with a list of numbers a country ({type(error).__name__})") from None
