"""Security headers on every kind of answer, and the flags of every cookie."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.errors import TooMany
from api.limits import client_address, common_headers
from api.settings import ServiceSettings
from tests.api.conftest import quick_coach, settings_for
from tests.conftest import ROOT
from tests.security.conftest import Town

COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
KINDS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "json": ("GET", "/v1/me", {}, 200),
    "created": ("POST", "/v1/pairs", {"json": {"mentee": "Robin", "age_group": "adult", "region": "CA"}}, 201),
    "nothing": ("DELETE", "/v1/slack-link", {}, 204),
    "unknown": ("GET", "/nowhere", {}, 404),
    "unknown page": ("GET", "/nowhere", {"headers": {"Accept": "text/html"}}, 404),
    "method": ("PUT", "/v1/me", {}, 405),
    "invalid": ("POST", "/v1/notes", {"json": {}}, 422),
    "forbidden": ("GET", "/v1/audit", {}, 403),
    "too large": ("POST", "/v1/notes", {"headers": {"Content-Length": "99999999999"}}, 413),
    "page": ("GET", "/", {}, 200),
    "redirect": ("POST", "/language", {"data": {"language": "en"}}, 303),
    "static": ("GET", "/static/style.css", {}, 200),
    "description": ("GET", "/v1/openapi.json", {}, 200),
    "metrics": ("GET", "/metrics", {}, 401),
    "health": ("GET", "/healthz", {}, 200),
    "embed script": ("GET", "/embed/conversation-coach.js", {}, 200),
    "embed frame": ("GET", "/embed/frame?origin=https://crm.example", {}, 200),
    "embed": ("POST", "/embed/notes", {"content": b"{}"}, 422),
    "mcp": ("POST", "/mcp", {"json": {}}, 401),
    "slack": ("POST", "/v1/slack/x", {"content": b"{}"}, 404),
}
CACHED = ("static", "embed script")
"""What browsers may keep: nothing of anybody."""


def check(kind: str, answer: Any) -> None:
    assert answer.headers.get("cross-origin-resource-policy") == ("cross-origin" if kind == "embed script" else "same-origin")
    for name, value in COMMON.items():
        assert answer.headers.get(name) == value, f"{kind}: {name} is {answer.headers.get(name)}"
    policy = answer.headers.get("content-security-policy", "")
    assert all(part in policy for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors")), f"{kind}: {policy}"
    assert "unsafe" not in policy, f"{kind}: {policy}"
    assert ("no-store" in answer.headers.get("cache-control", "")) == (kind not in CACHED), f"{kind}: cache-control"
    assert "server" not in answer.headers and "x-powered-by" not in answer.headers


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_carries_the_headers(town: Town, kind: str) -> None:
    method, path, given, status = KINDS[kind]
    client = town.strangers["second mentor"]
    client = client if path.startswith("/v1") else town.house.client()
    if kind == "too large":  # refused by its length alone
        answer: Any = client.post(path, content=b"x" * (town.house.at.settings.max_body_bytes + 1))
    else:
        answer = client.request(method, path, **given, follow_redirects=False)
    if kind == "created" or kind == "nothing":
        assert answer.status_code < 500
    else:
        assert answer.status_code == status, answer.text[:200]
    check(kind, answer)


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("fault", [RuntimeError("zebra"), TooMany("Wait.")])
def test_a_fault_of_ours_carries_them_too_and_tells_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch, fault: Exception, accept: str
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr("api.web.library.card_of", fail)
    answer = town.house.client().get("/guidance/x", headers={"Accept": accept})
    assert answer.status_code == (500 if isinstance(fault, RuntimeError) else 429)
    check("fault", answer)
    assert "zebra" not in answer.text and "RuntimeError" not in answer.text and "Traceback" not in answer.text


@pytest.mark.parametrize("public", ["https://coach.example", "http://127.0.0.1:8000"])
def test_cookies_and_transport(tmp_path: Path, public: str) -> None:
    """Where people come by https: every cookie is for https alone, and browsers are told to come by nothing else."""
    settings = settings_for(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path, public_url=public)
    app = create_app(settings, load_coach=quick_coach)
    from api.app import first_token

    client = TestClient(app, base_url="https://testserver")
    given = {"token": first_token(app.state.services), "email": "a@example.org", "name": "A", "password": "correct horse battery"}
    cookies = [client.post("/v1/setup", json=given).headers["set-cookie"]]
    me = client.get("/v1/me")
    form = {"csrf": me.json()["csrf"]}
    cookies += [client.post("/language", data={**form, "language": "fr"}, follow_redirects=False).headers["set-cookie"]]
    program = me.json()["programs"][0]["program"]
    cookies += [client.post("/program", data={**form, "program": program}, follow_redirects=False).headers["set-cookie"]]
    secure = public.startswith("https")
    form["csrf"] = client.get("/v1/me").json()["csrf"]
    cookies += [client.post("/sign-out", data=form, follow_redirects=False).headers["set-cookie"]]
    assert client.get("/v1/me").status_code == 401
    cookies += [client.get("/sign-in", params={"program": program}).headers["set-cookie"]]
    names = [cookie.partition("=")[0].removeprefix("__Host-") for cookie in cookies]
    assert names == ["coach_session", "coach_language", "coach_program", "coach_session", "coach_asked"]
    for cookie in cookies:
        assert cookie.startswith("__Host-") == secure, cookie
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert ("secure" in parts) == secure, cookie
        assert (
            parts & {"samesite=strict", "samesite=lax"} and "path=/" in parts and not any(p.startswith("domain") for p in parts)
        )
        assert "httponly" in parts, cookie
    assert "samesite=strict" in cookies[0].lower()
    told = me.headers.get("strict-transport-security", "")
    assert told == ("max-age=31536000; includeSubDomains" if secure else "")
    app.state.services.database.engine.dispose()


@pytest.mark.parametrize(("public", "named"), [("https://coach.example", "__Host-coach_"), ("http://127.0.0.1:8000", "coach_")])
def test_a_cookie_of_the_other_name_is_not_looked_at(tmp_path: Path, public: str, named: str) -> None:
    """By https a cookie without the prefix may come from a host beside ours: it chooses nothing."""
    settings = settings_for(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path, public_url=public)
    app = create_app(settings, load_coach=quick_coach)
    for name in ("__Host-coach_language", "coach_language"):
        page = TestClient(app, base_url="https://testserver", cookies={name: "fr"}).get("/sign-in")
        assert page.headers["content-language"] == ("fr" if name == f"{named}language" else "en")
    app.state.services.database.engine.dispose()


def test_every_cookie_is_set_and_read_in_one_place() -> None:
    """`own_name` names them all, so that none goes without the prefix."""
    elsewhere = [
        (str(file.relative_to(ROOT)), found[0])
        for file in (ROOT / "api").rglob("*.py")
        if file != ROOT / "api" / "deps.py"
        for found in re.finditer(r"\.(?:set|delete)_cookie\(|\.cookies\b(?!\.clear\(\))", file.read_text("utf-8"))
    ]
    assert elsewhere == []


def test_hosts_below_can_be_left_out_of_it() -> None:
    """Where the service is at the top of a domain, of which some other host speaks http."""
    settings = ServiceSettings(public_url="https://example.org", hsts_subdomains=False)
    assert common_headers(settings)["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("proxies", "chain", "address"),
    [
        (0, "9.9.9.9", "1.1.1.1"),
        (1, "9.9.9.9", "9.9.9.9"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (2, "6.6.6.6, 8.8.8.8, 9.9.9.9", "8.8.8.8"),
        (2, "9.9.9.9", "1.1.1.1"),
        (1, "not an address", "1.1.1.1"),
        (1, "", "1.1.1.1"),
    ],
)
def test_nobody_chooses_the_address_that_is_counted(proxies: int, chain: str, address: str) -> None:
    """What a client writes into X-Forwarded-For stands in front of what the trusted proxies add."""
    scope = {"type": "http", "client": ("1.1.1.1", 5), "headers": [(b"x-forwarded-for", chain.encode())] if chain else []}
    assert client_address(scope, proxies) == address
