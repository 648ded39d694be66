"""What of a new OpenAPI document would break a client of an old one: a small comparison of the parts that our documents use."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
Schema = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")


def breaks(old: Document, new: Document) -> list[str]:
    """One line for each fault, naming the place; empty where a client of `old` works with `new`."""
    return list(dict.fromkeys(_paths(old, new)))


def _paths(old: Document, new: Document) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method in (m for m in METHODS if m in methods):
            at, there = f"{method.upper()} {path}", new["paths"].get(path, {}).get(method)
            if there is None:
                yield f"{at}: removed"
                continue
            yield from _operation(at, _Side(old, methods[method]), _Side(new, there))


class _Side:
    """An operation in its document."""

    def __init__(self, document: Document, operation: Schema) -> None:
        self.document, self.operation = document, operation

    def at(self, schema: Schema) -> Schema:
        """A schema, or what it refers to."""
        found: Any = schema
        while "$ref" in found:
            name = found["$ref"]
            found = self.document
            for part in name.removeprefix("#/").split("/"):
                found = found[part]
        return dict(found)

    def parameters(self) -> dict[tuple[str, str], Schema]:
        return {(p["in"], p["name"]): p for p in self.operation.get("parameters", [])}

    def responses(self) -> dict[str, Schema]:
        return {status: self.at(r) for status, r in self.operation["responses"].items()}

    def kinds(self, schema: Schema) -> dict[str, Schema]:
        """What a value may be, by type: "string", "object", "null" ...; "any" where nothing is said."""
        found = self.at(schema)
        ways = found.get("anyOf") or found.get("oneOf")
        if ways:
            return {kind: one for way in ways for kind, one in self.kinds(way).items()}
        named = found.get("type", "any")
        return dict.fromkeys([named] if isinstance(named, str) else named, found)


def _operation(at: str, old: _Side, new: _Side) -> Iterator[str]:
    before = old.parameters()
    for (place, name), there in new.parameters().items():
        if there.get("required") and not before.get((place, name), {}).get("required"):
            yield f"{at}: the {place} parameter {name} is newly required"
        elif (place, name) in before:
            yield from _sent(f"{at}: {place} parameter {name}", old, before[(place, name)]["schema"], new, there["schema"])
    yield from _body(at, old, new)
    now = new.responses()
    for status, answer in old.responses().items():
        for media, content in answer.get("content", {}).items():
            there = now.get(status, {}).get("content", {}).get(media)
            if there is None:
                yield f"{at}: the answer {status} {media} is removed"
            else:
                yield from _got(f"{at} {status}", old, content.get("schema", {}), new, there.get("schema", {}), ())
        if status not in now:
            yield f"{at}: the answer {status} is removed"


def _body(at: str, old: _Side, new: _Side) -> Iterator[str]:
    before, there = old.operation.get("requestBody"), new.operation.get("requestBody", {})
    if before is None:
        if there.get("required"):
            yield f"{at}: a body is newly required"
        return
    for media, content in before["content"].items():
        if media not in there.get("content", {}):
            yield f"{at}: a body of {media} is no longer taken"
        else:
            yield from _sent(f"{at} body", old, content["schema"], new, there["content"][media]["schema"])


def _sent(at: str, old: _Side, before: Schema, new: _Side, after: Schema, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """What a client may send must still be taken."""
    if "$ref" in before and before["$ref"] in seen:
        return
    seen = (*seen, before.get("$ref", ""))
    was, now = old.kinds(before), new.kinds(after)
    for kind, one in was.items():
        if kind not in now and "any" not in now and not (kind == "integer" and "number" in now):
            yield f"{at}: {kind} is no longer taken"
        there = now.get(kind, {})
        if "enum" in there or "const" in there:
            gone = _values(one) - _values(there) if _values(one) else {"what is not listed"}
            yield from (f"{at}: the value {value} is no longer taken" for value in sorted(gone))
        if kind == "object" and there:
            yield from _fields_sent(at, old, one, new, there, seen)
        if kind == "array" and there:
            yield from _sent(f"{at}[]", old, one.get("items", {}), new, there.get("items", {}), seen)


def _fields_sent(at: str, old: _Side, before: Schema, new: _Side, after: Schema, seen: tuple[str, ...]) -> Iterator[str]:
    for name in sorted(set(after.get("required", [])) - set(before.get("required", []))):
        yield f"{at}: the field {name} is newly required"
    fields = after.get("properties", {})
    for name, schema in before.get("properties", {}).items():
        if name in fields:
            yield from _sent(f"{at}.{name}", old, schema, new, fields[name], seen)
        elif after.get("additionalProperties") is False:
            yield f"{at}: the field {name} is no longer taken"


def _got(at: str, old: _Side, before: Schema, new: _Side, after: Schema, seen: tuple[str, ...]) -> Iterator[str]:
    """What a client gets must still be what it was, with fields added at most."""
    if "$ref" in before and before["$ref"] in seen:
        return
    seen = (*seen, before.get("$ref", ""))
    was, now = old.kinds(before), new.kinds(after)
    if "any" in was:
        return
    for kind, there in now.items():
        if kind not in was and not (kind == "integer" and "number" in was):
            yield f"{at}: may now be {kind}, was {' or '.join(was)}"
        one = was.get(kind, {})
        if kind == "object" and one:
            yield from _fields_got(at, old, one, new, there, seen)
        if kind == "array" and one:
            yield from _got(f"{at}[]", old, one.get("items", {}), new, there.get("items", {}), seen)


def _fields_got(at: str, old: _Side, before: Schema, new: _Side, after: Schema, seen: tuple[str, ...]) -> Iterator[str]:
    fields = after.get("properties", {})
    for name, schema in before.get("properties", {}).items():
        if name not in fields:
            yield f"{at}: the field {name} is removed"
            continue
        if name in before.get("required", []) and name not in after.get("required", []):
            yield f"{at}: the field {name} may now be absent"
        yield from _got(f"{at}.{name}", old, schema, new, fields[name], seen)


def _values(schema: Schema) -> set[str]:
    return set(map(str, schema.get("enum", [schema["const"]] if "const" in schema else [])))
