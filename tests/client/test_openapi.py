"""docs/openapi.json against the app: nothing breaks a client, nothing is missing, its examples are real, and so is who needs a key."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from api.openapi import PUBLIC, operations, text, written
from coach.client import Client, Entry, FollowUp, Pair, calls
from tests.client.breaking import breaks

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
COMMAND = "make openapi (or: coach-api openapi docs/openapi.json), and look at the difference"


@pytest.fixture(scope="module")
def committed() -> Any:
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def present(require: Callable[[str], None]) -> Any:
    """The document as the command would write it now, examples and all."""
    require("serve")
    return json.loads(text(written()))


def bare(document: Any) -> Any:
    """Without the examples, which change with the weights."""
    if isinstance(document, list):
        return [bare(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {k: bare(v) for k, v in document.items() if not (k in ("example", "examples") and "schema" in document)}


def test_no_client_breaks(committed: Any, present: Any) -> None:
    found = breaks(committed, present)
    assert not found, (
        "clients of docs/openapi.json would break. Keep what is told, or, where it must go, write the document anew by "
        f"{COMMAND}, and say so in CHANGELOG.md:\n  " + "\n  ".join(found)
    )


def test_the_document_is_up_to_date(committed: Any, present: Any) -> None:
    old, new = bare(committed), bare(present)
    added = [f"{m.upper()} {p}" for m, p, _ in operations(new) if m not in old["paths"].get(p, {})]
    parts = {f"{p} {m}" for m, p, o in operations(new) if old["paths"].get(p, {}).get(m) not in (o, None)}
    assert old == new, f"docs/openapi.json is behind the app (new: {added}; other: {sorted(parts)}, or a schema): {COMMAND}"


def examples(document: Any) -> Iterator[tuple[str, Any, Any]]:
    """(where, schema, example) of every example, of requests and answers."""
    for method, path, operation in operations(document):
        given = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for name, part in given.items():
            for content in part.get("content", {}).values():
                if "example" in content:
                    yield f"{method.upper()} {path} {name}", content["schema"], content["example"]
    for content in document["components"]["responses"]["Problem"]["content"].values():
        for code, one in content["examples"].items():
            yield f"problem {code}", content["schema"], one["value"]


def faults(value: Any, schema: Any, document: Any) -> list[str]:
    whole = {**schema, "components": document["components"]}
    return [e.message for e in jsonschema.Draft202012Validator(whole).iter_errors(value)]


NOW = datetime(2026, 11, 20, tzinfo=UTC)
PAIR = Pair("i", "m", "Robin", "adult", "CA", "UTC", {"notes": True}, NOW, None, 3)
ENTRY = Entry("i", "pace", "mentee", "agreed", "s", None, None, NOW, 3)
STEP = FollowUp("i", "n", "ask", "t", "w", (), "open", NOW, 3)
CALLS: dict[str, Any] = {
    "analyze": calls.analyze("x", region="CA-ON", minor=True),
    "store": calls.store("x", pair="p", region="CA", minor=False, occurred_at=NOW, historical=True, key="k"),
    "store_many": calls.store_many([calls.NewNote("x", occurred_at=NOW), calls.NewNote("y", pair="p")]),
    "note": calls.note("i"),
    "notes": calls.notes(pair="p").at("c"),
    "read_again": calls.read_again("i"),
    "feedback": calls.feedback("i", "missed", report_version=1, label="l", quote="q"),
    "pairs": calls.pairs(),
    "pair": calls.pair("i"),
    "add_pair": calls.add_pair("Robin", "m", age_group="minor", region="CA", timezone="UTC", consent={"notes": True}),
    "change_pair": calls.change_pair(PAIR),
    "close_pair": calls.close_pair("i"),
    "ledger": calls.ledger("i"),
    "add_entry": calls.add_entry("i", "pace", "mentee", "s", ask="a"),
    "change_entry": calls.change_entry("i", ENTRY, "closed", statement="s"),
    "follow_ups": calls.follow_ups("i", state="open"),
    "change_follow_up": calls.change_follow_up(STEP, "done"),
    "brief": calls.brief("i"),
    "search": calls.search("x", stage="trust", audience="youth", limit=3),
    "card": calls.card("i"),
    "resources": calls.resources(region="CA", concern="c"),
    "resource": calls.resource("i"),
    "flags": calls.flags(level=["concern"], state=["open"], holder=["h"], pair=["p"]).at("c"),
    "health": calls.health(),
    "version": calls.version(),
}
"""Every call of the client, with all that it can send."""


def found(call: Any, document: Any) -> tuple[str, Any]:
    """The operation that a call asks for. A path without braces is the better fit: /v1/notes/batch is no note."""
    fits = [
        (f"{method.upper()} {path}", operation)
        for method, path, operation in operations(document)
        if method.upper() == call.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), call.path)
    ]
    return min(fits, key=lambda one: one[0].count("{"))


def test_the_table_of_calls_is_whole() -> None:
    assert CALLS.keys() == {name for name in vars(Client) if not name.startswith("_")} - {"close"}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_as_described_and_has_an_example(name: str, committed: Any) -> None:
    call = CALLS[name]
    where, operation = found(call, committed)
    told = {(p["in"], p["name"]): p["schema"] for p in operation.get("parameters", [])}
    sent = {**{("query", k): v for k, v in call.query.items()}, **{("header", k): v for k, v in call.headers.items()}}
    assert sent.keys() <= told.keys()
    assert [w for k, v in sent.items() for w in faults(v, told[k], committed)] == []
    if call.body is not None:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert faults(json.loads(json.dumps(call.body)), schema, committed) == []
    have = {w for w, _, _ in examples(committed) if w.startswith(f"{where} ")}
    wanted = 0 if where == "POST /v1/pairs/{ident}/close" else 1 + (call.body is not None)  # closing sends and gives nothing
    assert len(have) == wanted


def test_examples_fit_the_description(committed: Any) -> None:
    for where, schema, value in examples(committed):
        assert faults(value, schema, committed) == [], where


def shape(value: Any) -> Any:
    """The fields of a value, those of all items of a list together; None where there is nothing to see."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        joined: Any = None
        for item in map(shape, value):
            joined = {**joined, **item} if isinstance(joined, dict) and isinstance(item, dict) else joined or item
        return [joined]
    return None


def differs(old: Any, new: Any, at: str = "") -> list[str]:
    """Fields that stand in one shape alone; an empty list and None show nothing, and differ from nothing."""
    if isinstance(old, dict) and isinstance(new, dict):
        odd = [f"{at}.{name}" for name in sorted(old.keys() ^ new.keys())]
        return odd + [line for name in old.keys() & new.keys() for line in differs(old[name], new[name], f"{at}.{name}")]
    if isinstance(old, list) and isinstance(new, list):
        return differs(old[0], new[0], f"{at}[]")
    return []


def test_examples_are_what_the_service_answers(committed: Any, present: Any) -> None:
    old, new = ({where: value for where, _, value in examples(d)} for d in (committed, present))
    assert old.keys() == new.keys(), COMMAND
    for where, value in old.items():
        if where.endswith(" body"):
            assert value == new[where], f"{where}: {COMMAND}"
        assert differs(shape(value), shape(new[where])) == [], f"{where}: {COMMAND}"


def test_shapes_tell_apart() -> None:
    assert differs(shape({"a": [{"b": 1}, {"c": 1}]}), shape({"a": [{"c": 2, "b": 3}]})) == []
    assert differs(shape({"a": [{"b": 1}]}), shape({"a": []})) == []
    assert differs(shape({"a": [{"b": 1}]}), shape({"a": [{"c": 1}], "d": 1})) == [".d", ".a[].b", ".a[].c"]


def test_who_needs_a_key_is_told_truly(present: Any, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from api.app import create_app
    from tests.api.conftest import quick_coach, settings_for

    app = create_app(settings_for(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path), load_coach=quick_coach)
    client = TestClient(app, raise_server_exceptions=False)
    for method, path, operation in operations(present):
        answer = client.request(method, re.sub(r"\{\w+\}", "x", path), follow_redirects=False)
        refused = answer.status_code == 401 and answer.json()["code"] == "not_signed_in"
        assert refused == (operation.get("security") != []), (method, path, answer.status_code)
    assert {(m, p) for m, p, _ in operations(present)} >= PUBLIC
    app.state.services.database.engine.dispose()


OLD: Any = {
    "paths": {
        "/a": {
            "get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}}}},
            "post": {
                "parameters": [{"in": "query", "name": "q", "schema": {"type": "string", "enum": ["x", "y"]}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                "responses": {"204": {}},
            },
        }
    },
    "components": {
        "schemas": {
            "In": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text"],
                "properties": {"text": {"type": "string"}, "more": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            },
            "Out": {
                "type": "object",
                "required": ["id", "rows"],
                "properties": {
                    "id": {"type": "string"},
                    "when": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
                },
            },
            "Row": {
                "type": "object",
                "required": ["n"],
                "properties": {
                    "n": {"type": "integer"},
                    "under": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
                },
            },
        }
    },
}
S = "components schemas"
CHANGES: list[tuple[str, Any, list[str]]] = [
    # where, what stands there now (None: gone), what is told
    ("paths /a", None, ["GET /a: removed", "POST /a: removed"]),
    ("paths /a get", None, ["GET /a: removed"]),
    ("paths /a put", {"responses": {}}, []),
    ("paths /b", {"get": {"responses": {}}}, []),
    ("paths /a post responses 204", None, ["POST /a: the answer 204 is removed"]),
    (f"{S} Out properties id", None, ["GET /a 200: the field id is removed"]),
    (f"{S} Out properties new", {"type": "string"}, []),
    (f"{S} Out required", ["rows"], ["GET /a 200: the field id may now be absent"]),
    (f"{S} Out properties id", {"type": "integer"}, ["GET /a 200.id: may now be integer, was string"]),
    (f"{S} Out properties id", {"anyOf": [{"type": "string"}, {"type": "null"}]}, ["GET /a 200.id: may now be null, was string"]),
    (f"{S} Out properties when", {"type": "string"}, []),
    (f"{S} Row properties n", None, ["GET /a 200.rows[]: the field n is removed"]),
    (f"{S} Row properties n", {"type": "number"}, ["GET /a 200.rows[].n: may now be number, was integer"]),
    (f"{S} In required", ["text", "more"], ["POST /a body: the field more is newly required"]),
    (f"{S} In required", [], []),
    (f"{S} In properties new", {"type": "string"}, []),
    (f"{S} In properties more", None, ["POST /a body: the field more is no longer taken"]),
    (f"{S} In properties more", {"type": "string"}, ["POST /a body.more: null is no longer taken"]),
    (f"{S} In properties text", {"type": "string", "enum": ["x"]}, ["POST /a body.text: the value what is not listed is no longer taken"]),
    ("paths /a post requestBody content", {"text/plain": {"schema": {}}}, ["POST /a: a body of application/json is no longer taken"]),
    ("paths /a get requestBody", {"required": True, "content": {}}, ["GET /a: a body is newly required"]),
    ("paths /a post parameters 0 required", True, ["POST /a: the query parameter q is newly required"]),
    ("paths /a post parameters 0 schema enum", ["y", "z"], ["POST /a: query parameter q: the value x is no longer taken"]),
    ("paths /a get parameters", [{"in": "header", "name": "h", "schema": {}}], []),
    ("paths /a get parameters", [{"in": "header", "name": "h", "required": True}], ["GET /a: the header parameter h is newly required"]),
]  # fmt: skip


@pytest.mark.parametrize(("where", "there", "told"), CHANGES)
def test_what_breaks_is_named(where: str, there: Any, told: list[str]) -> None:
    new = copy.deepcopy(OLD)
    *way, last = where.split()
    found = new
    for part in way:
        found = found[int(part) if part.isdigit() and isinstance(found, list) else part]
    if there is None:
        del found[last]
    else:
        found[last] = there
    assert breaks(OLD, new) == told
    assert breaks(OLD, OLD) == []
