"""What goes over the wire: types and encodings, methods, where a message ends, parameters given twice; and the proxy's own settings."""

import base64
import hashlib
import hmac
import json
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.routing import WebSocketRoute

from api.accounts import oidc
from api.app import create_app
from api.db.models import OidcProvider
from api.errors import Unauthorised
from tests.api.conftest import listening, quick_coach, settings_for
from tests.security.checks.found import ROOT
from tests.security.conftest import Town
from tests.security.shapes import calls, filled, page_routes
from tests.security.test_headers import KINDS

NGINX = (ROOT / "api" / "deploy" / "nginx.conf").read_text(encoding="utf-8")
NEXT = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def well_typed(answer: Any, what: str) -> None:
    """A body has a type; text and XML say in which encoding they are (an SVG does so within itself)."""
    kind = answer.headers.get("content-type", "")
    if not answer.content:
        return
    assert kind, what
    if kind.startswith("text/"):
        assert "charset=utf-8" in kind.lower(), f"{what}: {kind}"
    elif "json" in kind:
        json.loads(answer.content)
    else:
        assert kind.startswith("image/svg+xml"), f"{what}: {kind}"


def test_every_answer_says_what_it_is_and_in_which_encoding(town: Town) -> None:
    mentor, admin, nobody = town.house.people["mentor"], town.house.people["admin"], town.house.client()
    for kind, (method, path, given, _) in KINDS.items():
        if kind != "too large":
            well_typed(nobody.request(method, path, **given, follow_redirects=False), f"{method} {path}")
    looked = 0
    for client in (mentor, admin):
        paths = [c.path for c in calls(town.spec) if c.method == "GET"]
        paths += [path for method, path in page_routes(town.house.app) if method == "GET"]
        for path in paths:
            if not path.endswith("/events") and "oidc" not in path:
                well_typed(client.get(filled(path, town.found), follow_redirects=False), path)
                looked += 1
    assert looked > 100


@pytest.mark.parametrize("path", ["/", "/v1/me", "/v1/notes", "/static/style.css", "/healthz", "/embed/frame", "/mcp"])
def test_trace_is_refused(town: Town, path: str) -> None:
    for method in ("TRACE", "TRACK", "DEBUG"):
        answer = town.house.people["mentor"].request(method, path, headers={"X-Told": "marzipan"})
        assert answer.status_code in (401, 404, 405) and "marzipan" not in answer.text, f"{method} {path}"


def test_there_is_no_websocket(town: Town) -> None:
    assert len(town.house.app.routes) > 20
    assert not [route for route in town.house.app.routes if isinstance(route, WebSocketRoute)]
    assert "WebSocket" not in "".join(p.read_text(encoding="utf-8") for p in (ROOT / "api").rglob("*.py"))


def test_a_parameter_given_twice_is_one(town: Town) -> None:
    """The last one counts, and it alone; what stands in the query is no field of a form or of JSON."""
    mentor = town.house.people["mentor"]
    assert len(mentor.get("/v1/notes?limit=1&limit=2").json()) == 2
    assert len(mentor.get("/v1/notes?limit=2&limit=1").json()) == 1
    assert mentor.get("/v1/notes?limit=1&limit=x").status_code == 422
    who = "email=second-mentor@example.org&password=wrong"
    assert town.house.client().post("/v1/session?email=second-mentor@example.org&password=x", json={}).status_code == 422
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (f"{who}&password=still wrong", f"password=correct horse battery&{who}"):
        answer = town.house.client().post("/sign-in?password=correct horse battery", content=body, headers=kind)
        assert answer.status_code == 401


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Host and port of a service that listens, as `coach serve` does."""
    folder: Path = tmp_path_factory.mktemp("wire")
    app = create_app(settings_for(f"sqlite:///{folder / 'data' / 'c.db'}", folder), load_coach=quick_coach)
    with listening(app) as address:
        found = urlsplit(address)
        yield found.hostname or "", found.port or 0


def said(door: tuple[str, int], data: bytes) -> list[bytes]:
    """The statuses of the answers to these bytes, until the service closes the connection."""
    with socket.create_connection(door, timeout=20) as one:
        one.sendall(data)
        out = b""
        while more := one.recv(65536):
            out += more
    return re.findall(rb"HTTP/1\.1 (\d{3})", out)


def test_a_request_of_two_lengths_is_one_request_or_none(door: tuple[str, int]) -> None:
    """Transfer-Encoding is heeded and Content-Length is not, or both are refused: what follows is never hidden within a body."""
    assert said(door, NEXT) == [b"200"]
    head = b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    both = head + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % (5 + len(NEXT))
    assert said(door, both + b"0\r\n\r\n" + NEXT) in ([b"400"], [b"422", b"200"])
    for lengths in (b"Content-Length: 2\r\nContent-Length: 3\r\n", b"Content-Length: 2, 3\r\n", b"Content-Length: +2\r\n"):
        assert said(door, head + lengths + b"\r\n{}" + NEXT)[:1] == [b"400"], lengths
    for coding in (b"chunked, chunked", b"identity, chunked", b"xchunked", b"gzip, chunked"):
        found = said(door, head + b"Transfer-Encoding: %b\r\n\r\n0\r\n\r\n" % coding + NEXT)
        assert found[:1] in ([b"400"], [b"501"]), coding
    for bare in (b"X A: b\r\n", b"X-A : b\r\n", b"X-A\x00: b\r\n"):
        assert said(door, head + bare + b"Content-Length: 2\r\n\r\n{}" + NEXT)[:1] == [b"400"], bare


def test_the_proxy_speaks_tls_alone_and_tells_nothing_of_itself() -> None:
    lines = [line.split("#")[0].strip().rstrip(";") for line in NGINX.splitlines()]
    told = {name: rest for name, _, rest in (line.partition(" ") for line in lines) if rest}
    assert [line for line in lines if line.startswith("listen ")] == ["listen 8443 ssl"]
    assert not re.search(r"return 30\d|rewrite |autoindex on", NGINX)
    assert told["ssl_protocols"].split() == ["TLSv1.2", "TLSv1.3"] and told["server_tokens"] == "off"
    assert told["ssl_session_tickets"] == "off" and told["ssl_prefer_server_ciphers"] == "on"
    ciphers = told["ssl_ciphers"].split(":")
    assert all(
        re.fullmatch(r"ECDHE-(?:ECDSA|RSA)-(?:AES(?:256|128)-GCM-SHA(?:384|256)|CHACHA20-POLY1305)", one) for one in ciphers
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(told["ssl_ciphers"])
    assert {one["name"] for one in context.get_ciphers()} >= set(ciphers), "OpenSSL knows each by this name"
    assert [one for one in ciphers if "AES256" in one] == ciphers[:2], "the strongest first"


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(given: dict[str, Any]) -> str:
    return coded(json.dumps(given).encode())


KEY = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig", "alg": "RS256"})
ISSUER = "https://id.example.org"


def test_a_providers_token_without_a_signature_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one under an algorithm that is not on the list, with the provider's public key as its secret."""
    at = town.house.at
    now = int(at.clock().timestamp())
    claims = {"iss": ISSUER, "aud": "coach", "sub": "7", "nonce": "n", "iat": now, "exp": now + 300}
    provider = OidcProvider(id="1", issuer=ISSUER, client_id="coach", secret=b"", key_id="1")
    named = oidc.Described(f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/keys")
    monkeypatch.setattr(oidc, "_get", lambda *_: KeySet([KEY]).as_dict(private=False))
    good = jwt.encode({"alg": "RS256", "kid": "1"}, claims, KEY)
    assert oidc.verified(at, provider, named, good, "n")["sub"] == "7"
    body = good.split(".")[1]
    forged = [f"{part({'alg': alg})}.{body}." for alg in ("none", "None", "")]
    half = f"{part({'alg': 'HS256', 'kid': '1'})}.{body}"
    for secret in (KEY.as_pem(private=False), KEY.as_der(private=False)):
        forged.append(f"{half}.{coded(hmac.new(secret, half.encode(), hashlib.sha256).digest())}")
    for token in (*forged, f"{good.rsplit('.', 1)[0]}.", f"{good[:-8]}AAAAAAAA", ""):
        with pytest.raises(Unauthorised):
            oidc.verified(at, provider, named, token, "n")
