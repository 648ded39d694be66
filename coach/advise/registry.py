"""The registry of help services: loading, checking, lookup by id. Content: indexes/resources/*.toml."""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from coach import tables
from coach.advise.codes import is_language, is_region, turned
from coach.errors import ContentError, UnknownValue
from coach.tables import instead
from coach.values import Resource

_LISTS = ("regions", "concerns", "languages")
_NEEDED = ("id", "name", "regions", "concerns", "audience", "status", "confidence")
_STATUS = ("active", "replaced", "retired")
_CONFIDENCE = ("confirmed", "single_source", "reported", "memory")
CONCERNS = frozenset(
    "basic_needs bereavement child_protection crime_victims crisis debt directory domestic_violence eating_disorder emergency food "
    "gambling health_advice housing human_rights indigenous lgbtq men mental_health newcomers older_adults online_exploitation "
    "parents perinatal sexual_assault student substance_use suicide trafficking veterans workplace youth".split()
)
"""What a service can be for; a word that is none of these would never be looked for."""
LEAST_DIGITS = 3
"""Digits of the shortest number that a telephone network knows."""


class Resources:
    """All services of a folder, and a program's own of the file `extra`, which come first.

    Raises ContentError naming the file and the entry at fault.
    """

    def __init__(self, folder: Path, extra: Path | None = None) -> None:
        self._by_id: dict[str, Resource] = {}
        for path in (*((extra,) if extra else ()), *sorted(folder.glob("*.toml"))):
            for resource in _load(path, own=path == extra):
                if resource.id in self._by_id:
                    raise ContentError(f"{path.name}: {resource.id} stands twice")
                self._by_id[resource.id] = resource
        for r in self._by_id.values():
            if r.replaced_by and r.replaced_by not in self._by_id:
                raise ContentError(f"{folder.name}: {r.id} is replaced by {r.replaced_by}, which does not exist")
            if r.pairs_with and r.pairs_with not in self._by_id:
                raise ContentError(f"{folder.name}: {r.id} is paired with {r.pairs_with}, which does not exist")
        if not self._by_id:
            raise ContentError(f"{folder.name}: no resources found")

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def own(self) -> tuple[Resource, ...]:
        """The program's own that are in use, in the order of their file."""
        return tuple(r for r in self if r.own and r.status == "active")

    def in_use(self, region: str | None) -> Iterator[Resource]:
        """Services in use, of a region (and of its country) or of every place; all of them without a region."""
        wanted = {region, region.split("-")[0], "INTERNATIONAL"} if region else None
        return (r for r in self if r.status == "active" and (wanted is None or r.own or wanted & set(r.regions)))

    def by_id(self, ident: str) -> Resource:
        """Raises UnknownValue."""
        if ident not in self._by_id:
            raise UnknownValue(f"No resource {ident!r}. The ids stand in indexes/resources/*.toml.")
        return self._by_id[ident]


def _load(path: Path, *, own: bool = False) -> Iterator[Resource]:
    try:
        entries = tables.read(path).get("resource", [])
    except OSError as error:
        raise ContentError(f"{path.name}: cannot be read ({type(error).__name__})") from None
    known = {f.name for f in fields(Resource)} - {"own"}
    for number, row in enumerate(entries, 1):
        table = {**_OWN, **row} if own else row
        place = f"{path.name}: resource {number} ({table.get('id', 'no id')})"
        for fault in _faults(table, known, own=own):
            raise ContentError(f"{place}: {fault}")
        yield _resource({**table, "own": own})


_OWN: dict[str, Any] = {
    "regions": ["program"],
    "concerns": ["program"],
    "audience": "everyone",
    "status": "active",
    "confidence": "confirmed",
    "source": "the program",
}
"""What a program need not say of its own services: they are for everybody there, whatever the matter."""
_SUCH = {"regions": "CA-QC", "concerns": "suicide", "languages": "en"}


def _faults(table: dict[str, Any], known: set[str], *, own: bool) -> Iterator[str]:
    for key in _NEEDED:
        if not table.get(key):
            yield f"{key} is missing"
    for key in table:
        if key not in known:
            yield f"{key} is no field of a resource"
    for key, allowed in (("status", _STATUS), ("confidence", _CONFIDENCE)):
        if table.get(key) not in allowed:
            yield f"{key} {table.get(key)!r} is not known{instead(table.get(key), allowed)}"
    if table.get("status") == "active" and not any(table.get(k) for k in ("call", "text", "chat", "url")):
        yield "no way to reach it"
    if table.get("confidence") in ("confirmed", "single_source") and not table.get("source"):
        yield "source is missing"
    for key in ("verified_on", "expires_on"):
        if table.get(key) and not _is_day(table[key]):
            yield f'{key} {table[key]!r} is no day in quotation marks, such as "2026-03-28"'
    if table.get("source_date") and not _is_date(table["source_date"]):
        yield f'source_date {table["source_date"]!r} is no year, month or day in quotation marks, such as "2026-03"'
    yield from _listed(table, own=own)
    yield from _dialled(table, own=own)


def _listed(table: dict[str, Any], *, own: bool) -> Iterator[str]:
    """Faults of regions, concerns and languages. What is a program's own is shown there whatever its regions and concerns."""
    for key in _LISTS:
        words = table.get(key) or []
        if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
            yield f'{key} needs a list of words in quotation marks, such as ["{_SUCH[key]}"]'
            return
    for region in table.get("regions") or () if not own else ():
        if not is_region(region):
            other = turned(region)
            meant = f"; did you mean {other!r}?" if other else ""
            yield f'region {region!r} is no ISO 3166 code, such as "CA" or "CA-QC", nor EU or INTERNATIONAL{meant}'
    for concern in table.get("concerns") or () if not own else ():
        if concern not in CONCERNS:
            yield f"concern {concern!r} is not known{instead(concern, CONCERNS) or '; one of ' + ', '.join(sorted(CONCERNS))}"
    for language in table.get("languages") or ():
        if not is_language(language):
            yield f'language {language!r} is no ISO 639 code, such as "en" or "fr"'


def _dialled(table: dict[str, Any], *, own: bool) -> Iterator[str]:
    """Faults of numbers; what a program dials inside its house may be shorter."""
    for key in ("call", "text"):
        number = table.get(key)
        if number and not isinstance(number, str):
            yield f'{key} {number!r} needs quotation marks, such as "988"'
        elif number and not own and len(re.findall(r"\d", number)) < LEAST_DIGITS:
            yield f"{key} {number!r} has fewer than {LEAST_DIGITS} digits, which no telephone reaches"


def _is_date(value: Any) -> bool:
    """A year, a month or a day: "2026", "2026-03", "2026-03-28"."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}(-\d{2}){0,2}", value):
        return False
    return _is_day((value + "-01-01")[:10])


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _resource(table: dict[str, Any]) -> Resource:
    values = {f.name: table.get(f.name) for f in fields(Resource)}
    values.update({k: tuple(table.get(k) or ()) for k in _LISTS})
    return Resource(**values)  # type: ignore[arg-type]
