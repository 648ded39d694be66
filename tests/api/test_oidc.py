"""Sign-in by an identity provider, against a real one on loopback: who is let in, and what is refused."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select

from api import outward
from api.accounts import oidc
from api.db.models import OidcIdentity, OidcProvider
from api.db.session import ALL
from api.errors import Unauthorised
from tests.api.conftest import CALM, House, Peer, house_on, serving

KEY = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig", "alg": "RS256"})


class Provider(ThreadingHTTPServer):
    """Discovery, keys and token endpoint; `claims` and `key` are what the next token holds, `also` what it says of itself besides."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.claims: dict[str, Any] = {}
        self.key, self.challenge = KEY, ""
        self.calls: list[dict[str, list[str]]] = []
        self.hosts: list[str] = []
        self.waits: threading.Event | None = None
        self.also: dict[str, Any] = {}


class _Handler(Peer):
    server: Provider

    def do_GET(self) -> None:
        own = self.server.issuer
        self.server.hosts.append(self.headers["Host"])
        if self.server.waits:
            self.server.waits.wait(20)
        if self.path == "/keys":
            return self.tell(KeySet([KEY]).as_dict(private=False))
        return self.tell(
            {
                "issuer": own,
                "authorization_endpoint": f"{own}/authorize",
                "token_endpoint": f"{own}/token",
                "jwks_uri": f"{own}/keys",
                **self.server.also,
            }
        )

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.calls.append(form)
        self.server.hosts.append(self.headers["Host"])
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.server.challenge:
            return self.tell({"error": "invalid_grant"}, 400)
        token = jwt.encode({"alg": "RS256", "kid": "1"}, self.server.claims, self.server.key)
        return self.tell({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def tell(self, what: Any, status: int = 200) -> None:
        self.give(status, json.dumps(what).encode())


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


def at_the_page(house: House) -> TestClient:
    """A browser that shows the sign-in page with the provider's button."""
    client = house.client()
    assert f"/v1/oidc/{house.program}/start" in client.get("/sign-in", params={"program": house.program}).text
    return client


def begin(house: House, provider: Provider, **claims: Any) -> tuple[TestClient, dict[str, str]]:
    """A browser sent to the provider, which will answer with these claims; what the browser brings back."""
    client = at_the_page(house)
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
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\x00"},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_does_not_hold_is_refused(ready: House, provider: Provider, claims: dict[str, Any]) -> None:
    client, back = begin(ready, provider, **claims)
    assert client.get("/v1/oidc/callback", params=back).status_code == 401
    assert client.get("/v1/me").status_code == 401


def back_as(house: House, provider: Provider, **claims: Any) -> tuple[int, str]:
    """(status, what it says or whose session it is) of a sign-in with these claims."""
    client, back = begin(house, provider, **claims)
    answer = client.get("/v1/oidc/callback", params=back)
    return answer.status_code, client.get("/v1/me").json()["email"] if answer.status_code == 200 else answer.json()["detail"]


def links(house: House) -> list[tuple[str, str]]:
    with house.at.database.read(ALL) as session:
        return [(row.subject, row.person_id) for row in session.execute(select(OidcIdentity)).scalars()]


def test_once_linked_somebody_is_known_by_the_sub_and_not_by_the_address(ready: House, provider: Provider) -> None:
    """The provider's `sub` is never given to another; an address is (OpenID Connect Core 1.0, 5.7)."""
    assert back_as(ready, provider, sub="7") == (200, "mentor@example.org")
    assert links(ready) == [("7", ready.ids["mentor"])]
    status, said = back_as(ready, provider, sub="8")  # the same address, of somebody else by now
    assert status == 401 and "somebody else's now" in said
    assert back_as(ready, provider, sub="7", email="renamed@example.org", email_verified=False) == (200, "mentor@example.org")
    assert back_as(ready, provider, sub="7", email="staff@example.org") == (200, "mentor@example.org")
    assert back_as(ready, provider, sub="9", email="staff@example.org") == (200, "staff@example.org")
    assert sorted(links(ready)) == [("7", ready.ids["mentor"]), ("9", ready.ids["staff"])]


def test_who_was_taken_out_and_added_again_is_linked_anew(ready: House, provider: Provider) -> None:
    assert back_as(ready, provider, sub="7")[0] == 200
    admin, given = ready.people["admin"], {"email": "mentor@example.org", "name": "m", "role": "mentor"}
    assert admin.delete(f"/v1/members/{ready.ids['mentor']}/mentor").status_code == 204
    assert links(ready) == [] and back_as(ready, provider, sub="7")[0] == 401 and links(ready) == []
    assert admin.post("/v1/members", json=given).status_code == 201
    assert back_as(ready, provider, sub="8") == (200, "mentor@example.org")


@pytest.mark.parametrize(("client_id", "kept"), [("coach", True), ("another", False)])
def test_links_are_of_one_client_of_one_provider(ready: House, provider: Provider, client_id: str, kept: bool) -> None:
    """A new secret changes nothing; another client may be told another `sub` of the same person."""
    assert back_as(ready, provider, sub="7")[0] == 200
    given = {"issuer": provider.issuer, "client_id": client_id, "client_secret": "new"}
    assert ready.people["admin"].put("/v1/program/oidc", json=given).status_code == 204
    assert bool(links(ready)) == kept
    assert back_as(ready, provider, sub="8", aud=client_id)[0] == (401 if kept else 200)
    assert ready.people["admin"].delete("/v1/program/oidc").status_code == 204 and links(ready) == []


def test_links_of_one_program_are_nothing_to_another(ready: House, provider: Provider) -> None:
    """An admin's own provider may say any `sub`: it stands for nobody of another program."""
    assert back_as(ready, provider, sub="7")[0] == 200
    admin = ready.people["admin"]
    other = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    admin.headers["Coach-Program"] = other
    given = {"issuer": provider.issuer, "client_id": "coach", "client_secret": "s3cret"}
    assert admin.put("/v1/program/oidc", json=given).status_code == 204
    ready.program = other
    assert back_as(ready, provider, sub="7")[0] == 401
    assert back_as(ready, provider, sub="7", email="admin@example.org") == (200, "admin@example.org")
    assert sorted(links(ready)) == sorted([("7", ready.ids["mentor"]), ("7", ready.ids["admin"])])


@pytest.mark.parametrize(
    ("said", "promised", "status"),
    [
        (None, False, 200),
        ("own", False, 200),
        ("own", True, 200),
        (None, True, 401),
        ("https://elsewhere.example.org", False, 401),
        ("", False, 401),
    ],
)
def test_an_answer_of_another_provider_is_refused(
    ready: House, provider: Provider, said: str | None, promised: bool, status: int
) -> None:
    """RFC 9207: no code leaves for a provider that did not give it."""
    provider.also = {"authorization_response_iss_parameter_supported": promised}
    client, back = begin(ready, provider)
    back |= {} if said is None else {"iss": provider.issuer if said == "own" else said}
    assert client.get("/v1/oidc/callback", params=back).status_code == status
    assert len(provider.calls) == (status == 200)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_page_begins_a_sign_in(ready: House, provider: Provider, site: str) -> None:
    """A provider that still knows the person would sign them in unasked: the button of our own page comes first."""
    start = f"/v1/oidc/{ready.program}/start"
    fresh, shown = ready.client(), at_the_page(ready)
    for client, headers in ((fresh, {}), (fresh, {"Sec-Fetch-Site": "none"}), (shown, {"Sec-Fetch-Site": site})):
        answer = client.get(start, headers=headers, follow_redirects=False)
        assert answer.headers["location"] == f"/sign-in?program={ready.program}" and "coach_oidc" not in client.cookies
    assert fresh.get(start, headers={"Sec-Fetch-Site": site}).text.count(start) == 1  # the page, which lets the button work
    for client in (fresh, shown):
        answer = client.get(start, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
        assert answer.headers["location"].startswith(f"{provider.issuer}/authorize")


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
    client = at_the_page(ready)
    answer = client.get(f"/v1/oidc/{ready.program}/start", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (502, "provider_fault")
    assert client.get("/v1/oidc/unknown/start").status_code == 404


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
    answer = at_the_page(ready).get(f"/v1/oidc/{ready.program}/start", headers=BROWSER, follow_redirects=False)
    assert answer.status_code == 502 and "<h1" in answer.text


@pytest.mark.parametrize("program", ["*", "%2A", "nobody"])
def test_a_name_that_is_no_program_s_leads_nowhere(ready: House, provider: Provider, program: str) -> None:
    """ "*" once stood for every program inside the service, and an address could say it."""
    answer = at_the_page(ready).get(f"/v1/oidc/{program}/start", follow_redirects=False)
    assert answer.status_code == 404


def test_a_provider_of_one_program_signs_nobody_in_to_another(ready: House, provider: Provider) -> None:
    """An admin adds somebody of another program, then has the own provider say that they are that person."""
    admin = ready.people["admin"]
    other = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    admin.headers["Coach-Program"] = other
    ready.add("victim", "staff")
    admin.headers["Coach-Program"] = ready.program
    given = {"email": "victim@example.org", "name": "v", "role": "admin"}
    assert admin.post("/v1/members", json=given).json()["invitation"] is None
    client, back = begin(ready, provider, email="victim@example.org")
    assert client.get("/v1/oidc/callback", params=back).status_code == 200
    me = client.get("/v1/me").json()
    assert [p["program"] for p in me["programs"]] == [ready.program]
    assert client.get("/v1/flags").status_code == 200  # the one program need not be named
    assert client.get("/v1/flags", headers={"Coach-Program": other}).status_code == 404
    client.cookies.set("coach_program", other)
    page = client.get("/settings", headers=BROWSER)
    assert page.status_code == 200 and "Newcomers" in page.text and other not in page.text
    client.headers["X-CSRF-Token"] = me["csrf"]
    assert client.post("/v1/programs", json={"name": "Third"}).status_code == 403
    victim = ready.people["victim"]  # who signed in with a password serves both
    assert victim.get("/v1/flags", headers={"Coach-Program": other}).status_code == 200
    assert victim.get("/v1/flags", headers={"Coach-Program": ready.program}).status_code == 200


def test_a_provider_that_was_replaced_meanwhile_signs_nobody_in(
    ready: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, back = begin(ready, provider)
    real = oidc.verified

    def replaced(*given: Any) -> dict[str, Any]:
        again = {"issuer": provider.issuer, "client_id": "coach", "client_secret": "another"}
        assert ready.people["admin"].put("/v1/program/oidc", json=again).status_code == 204
        return real(*given)

    monkeypatch.setattr(oidc, "verified", replaced)
    assert client.get("/v1/oidc/callback", params=back).status_code == 401


def test_a_slow_provider_holds_nobody_up(tmp_path: Path, provider: Provider) -> None:
    """A note is stored while strangers' sign-ins, one that comes back and an admin wait for the provider."""
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path, allow_private_webhooks=True)
    given = {"issuer": provider.issuer, "client_id": "coach", "client_secret": "s3cret"}
    admin = house.people["admin"]
    assert admin.put("/v1/program/oidc", json=given).status_code == 204
    client, back = begin(house, provider)
    stranger = at_the_page(house)
    house.note(CALM)
    provider.waits, provider.hosts = threading.Event(), []
    codes: list[int] = []
    calls = [
        lambda: codes.append(stranger.get(f"/v1/oidc/{house.program}/start", follow_redirects=False).status_code),
        lambda: codes.append(client.get("/v1/oidc/callback", params=back).status_code),
        lambda: codes.append(admin.put("/v1/program/oidc", json=given).status_code),
    ]
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    while len(provider.hosts) < 3:
        time.sleep(0.02)
    house.note(CALM + " Once more.")
    assert not codes  # all of them wait still
    provider.waits.set()
    for thread in threads:
        thread.join()
    house.at.database.engine.dispose()
    assert {303, 204} < set(codes)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.8", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_provider_in_a_private_network_is_not_called(house: House, host: str) -> None:
    given = {"issuer": f"https://{host}", "client_id": "coach", "client_secret": "s3cret"}
    answer = house.people["admin"].put("/v1/program/oidc", json=given)
    assert answer.status_code == 502 and "private network" in answer.json()["detail"]


@pytest.mark.parametrize("issuer", ["https://.example.org", "https://[::1", "https://id.example.org:99999"])
def test_an_address_that_is_none_is_told(house: House, issuer: str) -> None:
    given = {"issuer": issuer, "client_id": "coach", "client_secret": "s3cret"}
    assert house.people["admin"].put("/v1/program/oidc", json=given).status_code == 502


def row(provider: Provider) -> OidcProvider:
    return OidcProvider(id="1", issuer=provider.issuer, client_id="coach", secret=b"", key_id="1")


def test_the_addresses_that_a_provider_names_are_checked_too(house: House, provider: Provider) -> None:
    own = provider.issuer
    named = oidc.Described(f"{own}/authorize", f"{own}/token", f"{own}/keys")
    with pytest.raises(oidc.ProviderFault, match="private network"):
        oidc.verified(house.at, row(provider), named, "x", "n")
    with pytest.raises(Unauthorised, match="PrivateAddress"):
        oidc._exchange(house.at, row(provider), "s3cret", named, "c0de", "v")
    assert not provider.hosts


def test_a_provider_that_names_an_open_address_is_refused(
    house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outward, "public", lambda host, port: "127.0.0.1")
    with pytest.raises(oidc.ProviderFault, match="https://"):
        oidc.discover(house.at, provider.issuer)


def test_a_provider_is_called_at_the_address_that_was_checked(
    house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is looked up and private a moment later is not followed."""
    monkeypatch.setattr(outward, "public", lambda host, port: "127.0.0.1")
    host = f"id.example.invalid:{provider.server_address[1]}"
    assert "keys" in oidc._get(house.at, f"http://{host}/keys")
    provider.challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    provider.claims = {"sub": "7"}
    named = oidc.Described("", f"http://{host}/token", "")
    assert oidc._exchange(house.at, row(provider), "s3cret", named, "c0de", "v" * 43)
    assert provider.hosts == [host, host]
