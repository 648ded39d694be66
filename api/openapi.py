"""The OpenAPI document: what FastAPI makes of the routes, mended where it cannot know, and with examples recorded from real calls.

`install` mends what the app serves at /v1/openapi.json; `written` is docs/openapi.json: the same with the examples.
"""

import asyncio
import copy
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from api.deps import COOKIE

Document = dict[str, Any]
PUBLIC = {
    ("post", "/v1/session"),
    ("post", "/v1/setup"),
    ("get", "/v1/oidc/{program}/start"),
    ("get", "/v1/oidc/callback"),
    ("post", "/v1/alerts/acknowledge"),
    ("post", "/v1/guidance/search"),
    ("get", "/v1/guidance/{ident}"),
    ("get", "/v1/resources"),
    ("get", "/v1/resources/{ident}"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/v1/version"),
}
"""Operations that need no sign-in; a test asks every other one without."""

SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key of a program: Authorization: Bearer ck_..."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set by POST /v1/session, by https as __Host-coach_session; every change sends the session's X-CSRF-Token too.",
    },
    "measures": {"type": "http", "scheme": "bearer", "description": "COACH_METRICS_KEY, for /metrics alone."},
}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "A fault (RFC 9457). `code` stays for each fault; `detail` says what to do; neither holds a word of a note.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"at": {"type": "string"}, "fault": {"type": "string"}}},
        },
    },
}
REFUSED = {
    "description": "A fault, told by its code.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def install(app: FastAPI) -> None:
    """The app serves the mended document."""
    plain: Callable[[], Document] = app.openapi

    def openapi() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = mended(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """(method, path, operation)."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def mended(document: Document) -> Document:
    """Faults as they are told, a problem, instead of FastAPI's own; and how one signs in."""
    parts = document.setdefault("components", {})
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)
    parts["schemas"]["Problem"] = PROBLEM
    parts["responses"] = {"Problem": copy.deepcopy(REFUSED)}
    parts["securitySchemes"] = SCHEMES
    document["security"] = [{"key": []}, {"session": []}]
    for method, path, operation in operations(document):
        operation["responses"].pop("422", None)
        operation["responses"]["4XX"] = {"$ref": "#/components/responses/Problem"}
        if (method, path) in PUBLIC:
            operation["security"] = []
        if path == "/metrics":
            operation["security"] = [{"measures": []}]
    return document


def written() -> Document:
    """The document of an app of its own, in a folder that is gone afterwards, with an example of every call that the client makes."""
    from api.app import create_app
    from api.settings import ServiceSettings

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        settings = ServiceSettings(
            data_dir=data,
            database_url=f"sqlite:///{data / 'coach.db'}",
            key_file=Path(folder) / "keys",
            master_keys=None,
            migrate=True,
            worker=False,
            requests_per_minute=100_000,
        )
        data.mkdir()
        app = create_app(settings, clock=lambda: datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
        try:
            return asyncio.run(_recorded(app))
        finally:
            app.state.services.analyst.close()
            app.state.services.database.engine.dispose()


def text(document: Document) -> str:
    """As it stands in docs/openapi.json. Ids are numbered in the order in which they come, so that it changes only where something did."""
    seen: dict[str, str] = {}
    plain = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    return re.sub(r"\b[0-9a-f]{32}\b", lambda found: seen.setdefault(found[0], f"{len(seen) + 1:032x}"), plain)


class Recorder:
    """Sends requests to the app and writes them, with what came back, into the document as examples."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient) -> None:
        self.document, self._http = copy.deepcopy(app.openapi()), http

    async def __call__(self, method: str, path: str, body: Any = None, *, version: int | None = None, **parts: str) -> Any:
        """`path` as the document has it; `parts` fill its braces, the rest of them are the query. The first call is the example."""
        query = {k: v for k, v in parts.items() if f"{{{k}}}" not in path}
        headers = {"If-Match": f'"{version}"'} if version else {}
        answer = await self._http.request(method, path.format(**parts), json=body, params=query, headers=headers)
        operation = self.document["paths"][path][method]
        if answer.is_success:
            told = operation["responses"][str(answer.status_code)]
            if answer.content:
                told["content"]["application/json"].setdefault("example", answer.json())
            if body is not None:
                operation["requestBody"]["content"]["application/json"].setdefault("example", body)
        else:
            fault = answer.json()
            content = self.document["components"]["responses"]["Problem"]["content"]["application/problem+json"]
            content.setdefault("examples", {})[fault["code"]] = {"value": fault}
        return answer.json() if answer.content else None


async def _recorded(app: FastAPI) -> Document:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://coach.example", timeout=60) as http:
        record = Recorder(app, http)
        await record("get", "/v1/pairs")  # nobody is signed in: not_signed_in
        person = await _signed_in(app, http)
        await _notes(record, person)
        await _library(record)
        return record.document


async def _signed_in(app: FastAPI, http: httpx.AsyncClient) -> str:
    """A program whose admin mentors too, and a key for everything; the person's id. None of it is an example: there are secrets in it."""
    from api.app import first_token

    async def send(method: str, path: str, body: Any, **headers: str) -> Any:
        answer = await http.request(method, path, json=body, headers=headers)
        return answer.raise_for_status().json()

    email = "avery@example.org"
    given = {"token": first_token(app.state.services), "email": email, "name": "Avery", "password": "correct horse battery"}
    session = await send("POST", "/v1/setup", given)
    csrf = {"X-CSRF-Token": session["csrf"]}
    program = {"name": "Newcomers", "region": "CA-ON", "timezone": "America/Toronto"}
    await send("PUT", "/v1/program", program, **csrf, **{"If-Match": '"1"'})
    await send("POST", "/v1/members", {"email": email, "name": "Avery", "role": "mentor"}, **csrf)
    scopes = ["analyze", "notes:write", "notes:read", "flags:read", "guidance", "insights"]
    key = await send("POST", "/v1/keys", {"name": "platform", "scopes": scopes}, **csrf)
    http.cookies.clear()
    http.headers["Authorization"] = f"Bearer {key['token']}"
    return str(session["person"])


CALM = "We met for an hour at the library. She had rewritten her CV as we agreed and it reads well now."
UNSPOKEN = "Call 3 with Sam. He figured I'd have read his draft by now, I never had it. He's behind on rent and hardly sleeps."


async def _notes(record: Recorder, mentor: str) -> None:
    await record("post", "/v1/analyze", {"text": UNSPOKEN, "region": "CA-ON", "minor": False})
    await record("post", "/v1/analyze", {"text": "  "})
    pair = await record("post", "/v1/pairs", {"mentee": "Sam", "mentor": mentor, "age_group": "adult", "region": "CA-ON"})
    ident = pair["id"]
    note = {"text": UNSPOKEN, "pair": ident, "occurred_at": "2026-11-20T18:00:00+00:00"}
    stored = await record("post", "/v1/notes", note)
    await record("post", "/v1/notes/batch", {"notes": [{"text": CALM, "pair": ident}, {"text": " "}]})
    number = stored["note"]["id"]
    await record("get", "/v1/notes", pair=ident)
    await record("get", "/v1/notes/{ident}", ident=number)
    await record("post", "/v1/notes/{ident}/analyze", ident=number)
    await record("post", "/v1/notes/{ident}/feedback", {"report_version": 1, "verdict": "right", "signal": 0}, ident=number)
    await record("get", "/v1/notes/{ident}", ident="0")
    await record("get", "/v1/flags", state="open")
    await record("get", "/v1/pairs")
    await record("get", "/v1/pairs/{ident}", ident=ident)
    await _ledger(record, ident)
    await record("get", "/v1/pairs/{ident}/brief", ident=ident)
    await record("put", "/v1/pairs/{ident}", {"mentee": "Sam", "age_group": "adult"}, version=pair["version"], ident=ident)
    await record("put", "/v1/pairs/{ident}", {"mentee": "Sam", "age_group": "adult"}, version=pair["version"], ident=ident)


async def _ledger(record: Recorder, pair: str) -> None:
    words = {"topic": "pace", "holder": "mentee", "statement": "One application a week.", "state": "agreed"}
    entry = await record("post", "/v1/pairs/{ident}/ledger", words, ident=pair)
    path = "/v1/pairs/{ident}/ledger/{entry}"
    await record("patch", path, {"state": "closed"}, version=entry["version"], ident=pair, entry=entry["id"])
    await record("get", "/v1/pairs/{ident}/ledger", ident=pair)
    step, *_ = await record("get", "/v1/pairs/{ident}/follow-ups", ident=pair)
    await record("patch", "/v1/follow-ups/{ident}", {"state": "done"}, version=step["version"], ident=step["id"])


async def _library(record: Recorder) -> None:
    found = await record("post", "/v1/guidance/search", {"query": "she has gone quiet since March", "limit": 3})
    await record("get", "/v1/guidance/{ident}", ident=found["results"][0]["id"])
    lines = await record("get", "/v1/resources", region="CA-ON", concern="domestic_violence")
    await record("get", "/v1/resources/{ident}", ident=lines[0]["id"])
    for path in ("/healthz", "/readyz", "/v1/version"):
        await record("get", path)
