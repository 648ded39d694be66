"""Mass assignment, CSRF, fixation, cookies, open redirects: what a browser or a client may be made to send."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.db.models import AuditRow
from api.db.session import ALL
from tests.api.conftest import House
from tests.api.test_tenancy import OPEN
from tests.security.conftest import Town
from tests.security.shapes import FORM, JSON, Call, calls, example, filled, objects, page_routes

PRIVILEGED: dict[str, Any] = {
    "role": "admin",
    "roles": ["admin"],
    "scopes": ["notes:read"],
    "program": "x",
    "program_id": "x",
    "person_id": "x",
    "author_id": "x",
    "id": "x",
    "live": True,
    "disabled": False,
    "verified_on": "2026-01-01",
    "__proto__": {"admin": True},
}
"""What a client may not set where a route does not name it."""

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "https:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%5cevil.example/..//evil.example",
    "@evil.example",
    ".evil.example",
]
WHO = {"email": "second-mentor@example.org", "password": "correct horse battery"}


def trail(house: House) -> int:
    """How many acts were recorded so far: what was refused leaves none."""
    with house.at.database.read(ALL) as session:
        return session.query(AuditRow).count()


@pytest.fixture
def chief(town: Town) -> TestClient:
    """Somebody with every role, whom rights stop nowhere."""
    house = town.house
    if "chief" not in house.people:
        house.add("chief", "admin")
        for role in ("mentor", "staff", "auditor"):
            given = {"email": "chief@example.org", "name": "chief", "role": role}
            assert house.people["admin"].post("/v1/members", json=given).status_code == 201
    return house.people["chief"]


def send(client: TestClient, town: Town, call: Call, body: Any = None, **headers: str) -> Any:
    given: dict[str, Any] = {"headers": {"If-Match": '"1"', **headers}}
    if call.media == FORM:
        given["files"] = {"file": ("a.txt", b"We met and spoke.", "text/plain")}
    elif call.schema:
        given["json"] = example(town.spec, call.schema) if body is None else body
    return client.request(call.method, filled(call.path, town.found), **given)


def test_every_body_is_closed_to_fields_that_it_does_not_name(town: Town) -> None:
    walked = 0
    for call in calls(town.spec):
        if call.media == JSON and call.schema:
            for title, schema in objects(town.spec, call.schema):
                assert schema.get("additionalProperties") is False, f"{call}: {title} takes what it does not name"
                walked += 1
    assert walked > 25


def test_a_privileged_field_is_refused_on_every_write(town: Town, chief: TestClient) -> None:
    before, walked = trail(town.house), 0
    for call in calls(town.spec):
        if call.media != JSON or not call.schema:
            continue
        extra = {k: v for k, v in PRIVILEGED.items() if k not in call.schema["properties"]}
        answer = send(chief, town, call, {**example(town.spec, call.schema), **extra})
        assert answer.status_code == 422, f"{call}: {answer.status_code}"
        refused = {e["at"].removeprefix("body.") for e in answer.json()["errors"] if e["fault"] == "extra_forbidden"}
        assert refused == set(extra), f"{call} takes {set(extra) - refused}"
        walked += 1
    assert walked > 25 and trail(town.house) == before


def test_a_privileged_field_of_a_form_changes_nothing(town: Town, chief: TestClient) -> None:
    token, admin = chief.headers["X-CSRF-Token"], town.house.people["admin"]
    old = admin.get("/v1/program").json()
    data = {"csrf": token, "version": str(old["version"]), "name": old["name"], "region": "CA", "timezone": old["timezone"]}
    data |= {"live": "on", "demo": "on", "id": "x", "retention_days": "1", "doors": "slack", "rules": "{}"}
    assert chief.post("/settings/program", data=data, follow_redirects=False).status_code == 303
    new = admin.get("/v1/program").json()
    assert {**new, "version": 0} == {**old, "version": 0}
    member = {"csrf": token, "email": "new@example.org", "name": "New", "role": "root"}
    assert chief.post("/settings/member", data=member, follow_redirects=False).status_code == 422
    key = {"csrf": token, "name": "k", "scopes": ["analyze", "everything"], "days": "1"}
    assert chief.post("/settings/key", data=key, follow_redirects=False).status_code == 422


def test_no_change_without_the_sessions_token(town: Town, chief: TestClient) -> None:
    other = town.house.people["admin"].headers["X-CSRF-Token"]
    client = town.house.client()
    client.cookies = chief.cookies
    before, walked = trail(town.house), 0
    for call in calls(town.spec):
        if call.writes and (call.method, call.path) not in OPEN:
            for headers in ({}, {"X-CSRF-Token": other}):
                answer = send(client, town, call, **headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), f"{call} {headers}: {answer.status_code}"
            walked += 1
    assert walked > 45 and trail(town.house) == before


def test_a_form_of_another_site_is_no_json(town: Town) -> None:
    """What a page elsewhere can send without asking first: never taken as JSON, on the routes for everybody either."""
    client, walked = town.house.client(), 0
    for call in calls(town.spec):
        if call.media == JSON and call.schema and (call.method, call.path) in OPEN:
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
                answer = client.request(call.method, call.path, content=b'{"query": "rent"}', headers={"Content-Type": kind})
                assert answer.status_code == 422, f"{call} as {kind!r}: {answer.status_code}"
                walked += 1
    assert walked > 10


def test_no_page_changes_anything_for_another_site(town: Town, chief: TestClient) -> None:
    own, other = chief.headers["X-CSRF-Token"], town.house.people["admin"].headers["X-CSRF-Token"]
    client = town.house.client()
    client.cookies = chief.cookies
    before, walked = trail(town.house), 0
    for method, path in page_routes(town.house.app):
        if method != "POST" or path.startswith(("/v1/", "/embed", "/mcp")):
            continue
        for data, headers in (
            ({}, {}),
            ({"csrf": "x"}, {}),
            ({"csrf": other}, {}),
            ({"csrf": own}, {"Origin": "https://evil.example"}),
            ({"csrf": own}, {"Sec-Fetch-Site": "cross-site"}),
        ):
            answer = client.post(filled(path, town.found), data=data, headers=headers, follow_redirects=False)
            assert answer.status_code == 403, f"{path} {data} {headers}: {answer.status_code}"
        walked += 1
    assert walked > 15 and trail(town.house) == before


def signed_in(town: Town) -> TestClient:
    """A window of its own in which the second mentor has signed in."""
    client = town.house.client()
    answer = client.post("/v1/session", json=WHO)
    assert answer.status_code == 201
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


def holds(town: Town, token: str) -> bool:
    """Whether whoever has this cookie is let in."""
    thief = town.house.client()
    thief.cookies.set("coach_session", token)
    return bool(thief.get("/v1/me").status_code == 200)


def test_a_session_is_never_the_one_that_was_brought(town: Town) -> None:
    for path, kind in (("/v1/session", "json"), ("/sign-in", "data")):
        client = town.house.client()
        client.cookies.set("coach_session", "fixed", domain="testserver.local", path="/")
        answer = client.post(path, **{kind: WHO}, follow_redirects=False)  # type: ignore[arg-type]
        assert answer.status_code in (201, 303)
        token = answer.headers["set-cookie"].split(";")[0].split("=")[1]
        assert token != "fixed" and len(token) >= 43
    assert not holds(town, "fixed") and holds(town, token)


@pytest.mark.parametrize("path", ["/v1/session", "/sign-in"])
def test_signing_in_ends_the_session_before(town: Town, path: str) -> None:
    client = signed_in(town)
    old, csrf = client.cookies["coach_session"], client.headers["X-CSRF-Token"]
    given: dict[str, Any] = {"json": WHO} if path == "/v1/session" else {"data": {**WHO, "csrf": csrf}}
    assert holds(town, old)
    assert client.post(path, **given, follow_redirects=False).status_code in (201, 303)
    assert client.cookies["coach_session"] != old and not holds(town, old)


def test_signing_out_ends_every_copy(town: Town) -> None:
    client = signed_in(town)
    token = client.cookies["coach_session"]
    assert holds(town, token)
    assert client.delete("/v1/session").status_code == 204
    assert not holds(town, token)


def test_a_role_that_was_taken_ends_at_once(town: Town) -> None:
    leaver = town.house.add("leaver", "staff")
    assert leaver.get("/v1/flags").status_code == 200
    assert town.house.people["admin"].delete(f"/v1/members/{town.house.ids['leaver']}/staff").status_code == 204
    assert leaver.get("/v1/flags").status_code in (403, 404)


def local(address: str) -> bool:
    return address.startswith("/") and not address.startswith("//") and not set("\\\t\r\n") & set(address)


def test_no_answer_leads_elsewhere(town: Town) -> None:
    client = town.house.client()
    for address in ELSEWHERE:
        chosen = client.post("/language", data={"language": "fr", "here": address}, follow_redirects=False)
        assert chosen.status_code == 303 and local(chosen.headers["location"]), address
        kept = re.search(r'name="next" value="([^"]*)"', client.get("/sign-in", params={"next": address}).text)
        assert kept and local(kept[1]), address
    for path in ("//evil.example/flags", "/flags//evil.example", "/notes/..//evil.example"):
        answer = client.get("http://testserver" + path, headers={"Accept": "text/html"}, follow_redirects=False)
        assert local(answer.headers.get("location", "/").removeprefix("http://testserver")), path
    answer = client.post("/sign-in", data={**WHO, "next": "//evil.example"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
