"""Every route of the OpenAPI document and every page, as everybody who must not get at a thing: refused, and nothing of it told."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.test_tenancy import OPEN
from tests.security.conftest import SCOPES, Town
from tests.security.shapes import FORM, JSON, Call, calls, example, filled, page_routes

STRANGERS = [
    "second mentor",
    "second auditor",
    "other mentor",
    "other staff",
    "other admin",
    "other auditor",
    "other key",
    "nobody",
]

KEYS = {
    "analyze": {"POST /v1/analyze"},
    "notes:write": {
        "POST /v1/notes",
        "POST /v1/notes/batch",
        "POST /v1/notes/upload",
        "POST /v1/notes/{ident}/analyze",
        "POST /v1/notes/{ident}/feedback",
        "POST /v1/pairs",
        "PUT /v1/pairs/{ident}",
        "POST /v1/pairs/{ident}/close",
        "POST /v1/pairs/{ident}/ledger",
        "PATCH /v1/pairs/{ident}/ledger/{entry}",
        "PATCH /v1/follow-ups/{ident}",
    },
    "notes:read": {
        "GET /v1/notes",
        "GET /v1/notes/{ident}",
        "GET /v1/pairs",
        "GET /v1/pairs/{ident}",
        "GET /v1/pairs/{ident}/ledger",
        "GET /v1/pairs/{ident}/follow-ups",
        "GET /v1/pairs/{ident}/brief",
        "GET /v1/pairs/{ident}/shared",
        "GET /v1/pairs/{ident}/shared.html",
    },
    "flags:read": {"GET /v1/flags"},
    "guidance": set(),
    "insights": {"GET /v1/insights"},
    "embed": {"POST /v1/embed-tokens"},
    "webhooks": {
        "GET /v1/webhooks",
        "POST /v1/webhooks",
        "GET /v1/webhooks/{ident}",
        "PATCH /v1/webhooks/{ident}",
        "DELETE /v1/webhooks/{ident}",
        "POST /v1/webhooks/{ident}/rotate",
        "POST /v1/webhooks/{ident}/test",
        "GET /v1/webhooks/{ident}/deliveries",
        "POST /v1/webhooks/{ident}/deliveries/{delivery}/replay",
        "POST /v1/webhooks/{ident}/replay",
    },
}
"""What each scope lets a key call: without it no other scope does; a route that is not here is for people alone."""

FORMS = {
    "drop-contact": "contacts",
    "test": "contacts",
    "resend": "alerts",
    "drop-member": "members",
    "drop-document": "handbook",
    "revoke-key": "keys",
}
"""Forms of /settings that name a thing -> its kind."""


ANSWERS = {
    "version": "1",
    "reason": "They asked for it",
    "verdict": "right",
    "signal": "0",
    "report_version": "1",
}
"""Fields that let a form get as far as looking for the thing."""


def shared(who: str, path: str) -> set[str]:
    """What others of the same program may know: its handbook, the people it has, and, on the trail, which ids there are."""
    if not who.startswith("second"):
        return set()
    return {"handbook", "members", "person"} | (KINDS if path == "/v1/audit" else set())


KINDS = {*"pairs notes flags entry follow-ups keys contacts alerts webhooks".split(), "calm note"}


def ask(town: Town, who: TestClient, call: Call) -> Any:
    """The call, for the first program's things, with a body that fits and a version, so that only rights can stand in its way."""
    given: dict[str, Any] = {"headers": {"If-Match": '"1"'}}
    if call.media == JSON and call.schema:
        given["json"] = example(town.spec, call.schema)
    elif call.media == FORM:
        given["files"] = {"file": ("a.txt", b"We met and spoke.", "text/plain")}
    return who.request(call.method, filled(call.path, town.found), **given)


@pytest.mark.parametrize("who", STRANGERS)
def test_no_stranger_gets_at_a_thing(town: Town, who: str) -> None:
    walked = 0
    for call in calls(town.spec):
        if "{" in call.path and (call.method, call.path) not in OPEN:
            answer = ask(town, town.strangers[who], call)
            assert answer.status_code in (401, 403, 404), f"{who} {call}: {answer.status_code} {answer.text[:300]}"
            assert not town.telling(answer.text), f"{who} {call} tells {town.telling(answer.text)}"
            walked += 1
    assert walked > 40


@pytest.mark.parametrize("who", STRANGERS)
def test_no_list_tells_a_stranger_of_a_thing(town: Town, who: str) -> None:
    """Routes without a place, and pages without one: those for everybody too."""
    places = [c.path for c in calls(town.spec) if c.method == "GET"] + [
        path for m, path in page_routes(town.house.app) if m == "GET"
    ]
    for path in places:
        if "{" not in path and not path.endswith("/events"):
            answer = town.strangers[who].get(path)
            told = set(town.telling(answer.text)) - shared(who, path)
            assert answer.status_code < 500 and not told, f"{who} GET {path} tells {told}"


def test_a_key_does_what_its_scopes_name_and_no_more(town: Town) -> None:
    assert set(KEYS) == set(SCOPES)
    routes = calls(town.spec)
    assert {name for names in KEYS.values() for name in names} <= {str(call) for call in routes}
    for call in routes:
        if (call.method, call.path) not in OPEN:
            scope = next((s for s in SCOPES if str(call) in KEYS[s]), "")
            answer = ask(town, town.keys[scope], call)
            assert answer.status_code in (401, 403), f"a key without {scope!r}: {call}: {answer.status_code}"
            assert not town.telling(answer.text), f"a key without {scope!r}: {call} tells {town.telling(answer.text)}"


@pytest.mark.parametrize("who", STRANGERS)
def test_no_stranger_gets_at_a_page(town: Town, who: str) -> None:
    walked = 0
    for method, path in page_routes(town.house.app):
        if "{" in path and not path.startswith(("/v1/slack/", "/static/", "/guidance/", "/settings/")):
            client = town.strangers[who]
            state = "agreed" if "ledger" in path else "done"
            data = {**ANSWERS, "state": state, "csrf": client.headers.get("X-CSRF-Token", "")} if method == "POST" else None
            answer = client.request(method, filled(path, town.found), data=data, follow_redirects=False)
            assert answer.status_code in (401, 403, 404, 405), f"{who} {method} {path}: {answer.status_code} {answer.text[:300]}"
            assert not town.telling(answer.text), f"{who} {method} {path} tells {town.telling(answer.text)}"
            walked += 1
    assert walked > 10


@pytest.mark.parametrize("who", ["second mentor", "second auditor", "other admin", "other staff"])
def test_no_stranger_changes_settings_of_a_program(town: Town, who: str) -> None:
    client = town.strangers[who]
    for what, kind in FORMS.items():
        data = {"csrf": client.headers["X-CSRF-Token"], "id": town.found[kind], "role": "mentor"}
        answer = client.post(f"/settings/{what}", data=data, follow_redirects=False)
        assert answer.status_code == 404 and not town.telling(answer.text), f"{who} {what}: {answer.status_code}"
    admin = town.house.people["admin"]
    assert not [k for k in admin.get("/v1/keys").json() if k["revoked"]]
    assert town.found["contacts"] in admin.get("/v1/contacts").text and town.found["handbook"] in admin.get("/v1/handbook").text
    assert "mentor" in next(m for m in admin.get("/v1/members").json() if m["person"] == town.found["members"])["roles"]
