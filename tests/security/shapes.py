"""What a route of the OpenAPI document takes: the smallest body that fits it, made from its schema, so that new routes are walked too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JSON, FORM = "application/json", "multipart/form-data"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
BY_NAME = {
    "region": "CA-ON",
    "timezone": "UTC",
    "address": "https://hooks.example.org/in",
    "issuer": "https://id.example.org",
    "origin": "https://crm.example.org",
    "text": "We met for an hour and spoke about the plan.",
    "reason": "They asked for it",
    "password": "correct horse battery",
    "channel": "email",
    "label": "expectation.pace",
}
"""Where a schema says less than a route wants."""


@dataclass(frozen=True, slots=True)
class Call:
    """A route: method, path with its {places}, media type and schema of its body (None where it takes none)."""

    method: str
    path: str
    media: str | None
    schema: dict[str, Any] | None

    @property
    def writes(self) -> bool:
        return self.method in WRITES

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def calls(spec: dict[str, Any]) -> list[Call]:
    """Every route of a document."""
    return [
        Call(method.upper(), path, *_body(spec, operation))
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    ]


def _body(spec: dict[str, Any], operation: dict[str, Any]) -> tuple[str | None, dict[str, Any] | None]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return None, None
    media, described = next(iter(content.items()))
    return media, resolved(spec, described["schema"])


def resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without its outermost reference."""
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def example(spec: dict[str, Any], schema: dict[str, Any], name: str = "") -> Any:
    """The smallest value that fits."""
    schema = resolved(spec, schema)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return example(spec, next(s for s in schema[several] if s.get("type") != "null"), name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            return {key: example(spec, schema["properties"][key], key) for key in wanted}
        case "array":
            return [example(spec, schema["items"], name) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return _text(schema, name)


def _text(schema: dict[str, Any], name: str) -> str:
    match schema.get("format"):
        case "email":
            return "somebody@example.org"
        case "date-time":
            return "2026-11-20T10:00:00Z"
        case _:
            return BY_NAME.get(name) or "x" * max(1, schema.get("minLength", 1))


def objects(
    spec: dict[str, Any], schema: dict[str, Any], seen: frozenset[str] = frozenset()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(title, schema) of each object in a schema, at any depth."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen |= {schema["$ref"]}
        schema = resolved(spec, schema)
    if schema.get("type") == "object" and "properties" in schema:
        yield schema.get("title", ""), schema
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    for part in [*parts, *([schema["items"]] if isinstance(schema.get("items"), dict) else [])]:
        yield from objects(spec, part, seen)


def filled(path: str, found: dict[str, str]) -> str:
    """A path with the ids of `found`: by the name of its place, else by the kind of thing that the path begins with."""
    parts = path.split("/")
    kind = next((part for part in parts[1:] if part in found), "")
    return re.sub(r"\{(\w+)\}", lambda m: "mentor" if m[1] == "role" else found.get(m[1], found.get(kind, "unknown")), path)


def page_routes(app: Any) -> list[tuple[str, str]]:
    """(method, path) of each page: what the OpenAPI document leaves out."""
    return sorted(
        {(m, r.path) for r in _flat(app.routes) if not getattr(r, "include_in_schema", True) for m in r.methods or ["POST"]}
    )


def _flat(routes: Any) -> Iterator[Any]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _flat(inner.routes)
        else:
            yield route
