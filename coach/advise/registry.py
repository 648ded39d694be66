"""The registry of help services: loading, checking, lookup by id. Content: indexes/resources/*.toml."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from coach import tables
from coach.errors import ContentError, UnknownValue
from coach.values import Resource

_LISTS = ("regions", "concerns", "languages")
_NEEDED = ("id", "name", "regions", "concerns", "audience", "status", "confidence")
_STATUS = ("active", "replaced", "retired")
_CONFIDENCE = ("confirmed", "single_source", "reported", "memory")


class Resources:
    """All services of a folder. Raises ContentError naming the file and the entry at fault."""

    def __init__(self, folder: Path) -> None:
        self._by_id: dict[str, Resource] = {}
        for path in sorted(folder.glob("*.toml")):
            for resource in _load(path):
                if resource.id in self._by_id:
                    raise ContentError(f"{path.name}: {resource.id} stands twice")
                self._by_id[resource.id] = resource
        for r in self._by_id.values():
            if r.replaced_by and r.replaced_by not in self._by_id:
                raise ContentError(f"{folder.name}: {r.id} is replaced by {r.replaced_by}, which does not exist")
        if not self._by_id:
            raise ContentError(f"{folder.name}: no resources found")

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def in_use(self, region: str | None) -> Iterator[Resource]:
        """Services in use, of a region (and of its country) or of every place; all of them without a region."""
        wanted = {region, region.split("-")[0], "INTERNATIONAL"} if region else None
        return (r for r in self if r.status == "active" and (wanted is None or wanted & set(r.regions)))

    def by_id(self, ident: str) -> Resource:
        """Raises UnknownValue."""
        if ident not in self._by_id:
            raise UnknownValue(f"No resource {ident!r}. The ids stand in indexes/resources/*.toml.")
        return self._by_id[ident]


def _load(path: Path) -> Iterator[Resource]:
    entries = tables.read(path).get("resource", [])
    known = {f.name for f in fields(Resource)}
    for number, table in enumerate(entries, 1):
        place = f"{path.name}: resource {number} ({table.get('id', 'no id')})"
        for fault in _faults(table, known):
            raise ContentError(f"{place}: {fault}")
        yield _resource(table)


def _faults(table: dict[str, Any], known: set[str]) -> Iterator[str]:
    for key in _NEEDED:
        if not table.get(key):
            yield f"{key} is missing"
    for key in table:
        if key not in known:
            yield f"{key} is no field of a resource"
    if table.get("status") not in _STATUS or table.get("confidence") not in _CONFIDENCE:
        yield f"status {table.get('status')!r} or confidence {table.get('confidence')!r}"
    if table.get("status") == "active" and not any(table.get(k) for k in ("call", "text", "chat", "url")):
        yield "no way to reach it"
    if table.get("confidence") in ("confirmed", "single_source") and not table.get("source"):
        yield "source is missing"


def _resource(table: dict[str, Any]) -> Resource:
    values = {f.name: table.get(f.name) for f in fields(Resource)}
    values.update({k: tuple(table.get(k, ())) for k in _LISTS})
    return Resource(**values)  # type: ignore[arg-type]
