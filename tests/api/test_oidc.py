"""Sign-in by an identity provider, against a real one on loopback: who is let in, and what is refused."""

import base64
import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.api.conftest import House, house_on, serving

KEY = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig", "alg": "RS256"})


class Provider(ThreadingHTTPServer):
    """Discovery, keys and token endpoint; `claims` and `key` are what the next token holds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.claims: dict[str, Any] = {}
        self.key, self.challenge = KEY, ""
        self.calls: list[dict[str, list[str]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        own = self.server.issuer
        if self.path == "/keys":
            return self.give(KeySet([KEY]).as_dict(private=False))
        return self.give(
            {
                "issuer": own,
                "authorization_endpoint": f"{own}/authorize",
                "token_endpoint": f"{own}/token",
                "jwks_uri": f"{own}/keys",
            }
        )

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.calls.append(form)
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.server.challenge:
            return self.give({"error": "invalid_grant"}, 400)
        token = jwt.encode({"alg": "RS256", "kid": "1"}, self.server.claims, self.server.key)
        return self.give({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def give(self, what: Any, status: int = 200) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as server:
        yield server


@pytest.fixture
def ready(provider: Provider, address: str, tmp_path: Path) -> Iterator[House]:
    house = house_on(address, tmp_path, allow_private_webhooks=True)
    given = {"issuer": provider.issuer, "client_id": "coach", "client_secret": "s3cret"}
    answer = house.people["admin"].put("/v1/program/oidc", json=given)
    assert answer.status_code == 204, answer.text
    yield house
    house.at.database.engine.dispose()


def begin(house: House, provider: Provider, **claims: Any) -> tuple[TestClient, dict[str, str]]:
    """A browser sent to the provider, which will answer with these claims; what the browser brings back."""
    client = house.client()
    away = client.get(f"/v1/oidc/{house.program}/start", follow_redirects=False)
    assert away.status_code == 303
    asked = {k: v[0] for k, v in parse_qs(urlsplit(away.headers["location"]).query).items()}
    assert asked["code_challenge_method"] == "S256" and asked["redirect_uri"].endswith("/v1/oidc/callback")
    now = int(house.clock().timestamp())
    provider.challenge = asked["code_challenge"]
    standard = {"iss": provider.issuer, "aud": "coach", "sub": "7", "nonce": asked["nonce"], "iat": now, "exp": now + 300}
    provider.claims = {**standard, "email": "mentor@example.org", "email_verified": True, **claims}
    return client, {"code": "c0de", "state": asked["state"]}


def test_a_member_signs_in(ready: House, provider: Provider) -> None:
    client, back = begin(ready, provider)
    answer = client.get("/v1/oidc/callback", params=back)
    assert answer.status_code == 200, answer.text
    assert 'url=/"' in answer.text
    assert client.get("/", headers=BROWSER).status_code == 200  # where the page leads to
    assert client.get("/v1/me").json()["email"] == "mentor@example.org"
    assert client.get("/v1/oidc/callback", params=back).status_code == 401  # a state works once


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "somebody-else"},
        {"iss": "https://elsewhere.example.org"},
        {"exp": 1},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "stranger@example.org"},
        {"email": ""},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_does_not_hold_is_refused(ready: House, provider: Provider, claims: dict[str, Any]) -> None:
    client, back = begin(ready, provider, **claims)
    assert client.get("/v1/oidc/callback", params=back).status_code == 401
    assert client.get("/v1/me").status_code == 401


def test_another_key_or_another_browser_is_refused(ready: House, provider: Provider) -> None:
    client, back = begin(ready, provider)
    assert ready.client().get("/v1/oidc/callback", params=back).status_code == 401
    provider.key = OTHER
    assert client.get("/v1/oidc/callback", params=back).status_code == 401


def test_somebody_of_another_program_is_not_let_in_here(ready: House, provider: Provider) -> None:
    admin = ready.people["admin"]
    admin.headers["Coach-Program"] = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    ready.add("stranger", "mentor")
    client, back = begin(ready, provider, email="stranger@example.org")
    assert client.get("/v1/oidc/callback", params=back).status_code == 401


def test_a_provider_that_is_down_is_told(ready: House, provider: Provider) -> None:
    provider.issuer = "http://127.0.0.1:9/moved"
    answer = ready.client().get(f"/v1/oidc/{ready.program}/start", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (502, "provider_fault")
    assert ready.client().get("/v1/oidc/unknown/start").status_code == 404


BROWSER = {"Accept": "text/html"}


def test_the_sign_in_page_offers_the_only_provider_and_no_choice_of_programs(ready: House, provider: Provider) -> None:
    start = f"/v1/oidc/{ready.program}/start"
    assert start in ready.client().get("/sign-in").text
    admin = ready.people["admin"]
    other = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    given = {"issuer": provider.issuer, "client_id": "coach", "client_secret": "s3cret"}
    assert admin.put("/v1/program/oidc", json=given, headers={"Coach-Program": other}).status_code == 204
    assert "/v1/oidc/" not in ready.client().get("/sign-in").text
    assert f"/v1/oidc/{other}/start" in ready.client().get("/sign-in", params={"program": other}).text


def test_a_browser_is_told_of_a_fault_on_a_page(ready: House, provider: Provider) -> None:
    client, back = begin(ready, provider, email="stranger@example.org")
    answer = client.get("/v1/oidc/callback", params=back, headers=BROWSER)
    assert answer.status_code == 401 and answer.headers["content-type"].startswith("text/html")
    assert "not known here" in answer.text and "stranger" not in answer.text
    provider.issuer = "http://127.0.0.1:9/moved"
    answer = ready.client().get(f"/v1/oidc/{ready.program}/start", headers=BROWSER, follow_redirects=False)
    assert answer.status_code == 502 and "<h1" in answer.text
