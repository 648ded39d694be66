"""Sign-in by a program's own identity provider: OpenID Connect, authorization code with PKCE, by Authlib.

Only people who were added to the program get in: at the first time found by an e-mail address that the provider says it has
verified, from then on by its `sub`, which it never gives to another (OpenID Connect Core 1.0, 5.7).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.accounts.schemas import OidcIn
from api.accounts.service import Opened, open_session, roles
from api.clock import new_id
from api.db.models import OidcAttempt, OidcIdentity, OidcProvider, Person
from api.db.session import ALL
from api.deps import Principal
from api.errors import NotFound, Problem, Unauthorised, Unreadable
from api.outward import PrivateAddress, pin
from api.security import new_token, token_hash
from api.services import Services

ALGORITHMS = ["RS256", "ES256", "PS256"]
LASTS = timedelta(minutes=10)
SKEW = 60
SECONDS = 10.0
ASKED = "coach_asked"
"""The cookie of whoever was shown the button of the sign-in page."""
OFFERED = 3600
"""Seconds that it holds; later the page is shown once more."""
_LONGEST_SUBJECT = 255


class ProviderFault(Problem):
    """The identity provider does not answer as it should."""

    status, code, title = 502, "provider_fault", "The sign-in service does not answer"


@dataclass(frozen=True, slots=True)
class Described:
    """The addresses that a provider names as its own, and whether it says in each answer who it is (RFC 9207)."""

    authorize: str
    token: str
    keys: str
    names_itself: bool = False


def configure(at: Services, who: Principal, given: OidcIn) -> None:
    """Name the program's provider, in place of the one before. Raises ProviderFault where it does not answer.

    Who was linked to another provider, or to another client of it, is linked anew: their `sub` may differ.
    """
    if not _fits(at, given.issuer):
        raise Unreadable("A provider's address begins with https://.")
    discover(at, given.issuer)
    with at.database.write(who.program) as session:
        before = session.execute(select(OidcProvider)).scalar_one_or_none()
        if before and (before.issuer, before.client_id) != (given.issuer, given.client_id):
            session.execute(delete(OidcIdentity))
        session.execute(delete(OidcProvider))
        key, seal = at.vault.create(session, who.program)
        ident = new_id()
        secret = seal.seal(given.client_secret.get_secret_value(), f"oidc:{ident}")
        session.add(OidcProvider(id=ident, issuer=given.issuer, client_id=given.client_id, secret=secret, key_id=key))
        session.flush()
        at.trail.record(session, who.actor, "oidc_set", f"program:{who.program}", who.program)


def remove(at: Services, session: Session, who: Principal) -> None:
    session.execute(delete(OidcIdentity))
    session.execute(delete(OidcProvider))
    at.trail.record(session, who.actor, "oidc_removed", f"program:{who.program}", who.program)


def discover(at: Services, issuer: str) -> Described:
    """The provider's own description; its issuer must be the one that was named."""
    found = _get(at, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise ProviderFault("The provider calls itself by another address than the one that was set.")
    places = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(place, str) and _fits(at, place) for place in places):
        raise ProviderFault("The provider does not name its addresses, or one does not begin with https://.")
    authorize, token, keys = map(str, places)
    return Described(authorize, token, keys, found.get("authorization_response_iss_parameter_supported") is True)


def _fits(at: Services, address: str) -> bool:
    return address.startswith("https://") or (address.startswith("http://") and at.settings.allow_private_webhooks)


def _client(at: Services) -> dict[str, Any]:
    """How every client calls a provider: an admin named its addresses, or the provider itself did."""
    hooks = [] if at.settings.allow_private_webhooks else [pin]
    return {"timeout": SECONDS, "follow_redirects": False, "event_hooks": {"request": hooks}}


def _get(at: Services, address: str) -> dict[str, Any]:
    try:
        with httpx.Client(**_client(at)) as client:
            found = client.get(address).raise_for_status().json()
    except PrivateAddress:
        raise ProviderFault("The provider's address leads into a private network, where this service calls nobody.") from None
    except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
        raise ProviderFault(f"Try again, or sign in with a password ({type(fault).__name__}).") from None
    if not isinstance(found, dict):
        raise ProviderFault("The provider's answer cannot be read.")
    return found


def _callback(at: Services) -> str:
    return f"{at.settings.public_url}/v1/oidc/callback"


def _provider(session: Session) -> OidcProvider:
    provider = session.execute(select(OidcProvider)).scalar_one_or_none()
    if provider is None:
        raise NotFound("This program has no sign-in service of its own.")
    return provider


def only_program(session: Session) -> str | None:
    """The program to offer a provider's sign-in for where nobody named one: where exactly one has a provider."""
    found = session.execute(select(OidcProvider.program_id).limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None


def start(at: Services, program: str) -> tuple[str, str]:
    """(address to send the browser to, state for its cookie). No transaction is open while the provider is asked."""
    with at.database.read(program) as session:
        provider = _provider(session)
    described = discover(at, provider.issuer)
    state, nonce, verifier = new_token(), new_token(), new_token()
    client = OAuth2Client(
        client_id=provider.client_id, redirect_uri=_callback(at), scope="openid email profile", code_challenge_method="S256"
    )
    address, _ = client.create_authorization_url(described.authorize, state=state, nonce=nonce, code_verifier=verifier)
    client.close()
    now = at.clock()
    attempt = OidcAttempt(state=token_hash(state), program_id=program, nonce=nonce, verifier=verifier, expires_at=now + LASTS)
    with at.database.write(program) as session:
        session.execute(delete(OidcAttempt).where(OidcAttempt.expires_at <= now))
        session.add(attempt)
    return str(address), state


def _attempt(at: Services, session: Session, state: str) -> OidcAttempt:
    """The attempt that a state belongs to, which is used up by this. Raises Unauthorised."""
    found = session.get(OidcAttempt, token_hash(state), with_for_update=True)
    if found is None or found.expires_at <= at.clock():
        raise Unauthorised("This sign-in was not begun here, or too long ago. Begin again.", code="wrong_credentials")
    session.delete(found)
    return found


def finish(at: Services, state: str, code: str, iss: str | None = None) -> Opened:
    """Exchange the code, check the token, find the person. Raises Unauthorised for whoever is not of the program.

    `iss` is who answers, by the answer's own words: no code goes to a provider that did not give it (RFC 9207).

    The session serves this program alone: what its admin's provider says of somebody counts nowhere else. No transaction is
    open while the provider is asked.
    """
    with at.database.write(ALL) as session:
        attempt = _attempt(at, session, state)
    with at.database.read(attempt.program_id) as session:
        provider = _provider(session)
        secret = at.vault.seal(session, provider.key_id).open(provider.secret, f"oidc:{provider.id}")
    described = discover(at, provider.issuer)
    if iss != provider.issuer and (iss is not None or described.names_itself):
        raise Unauthorised(
            "The answer did not come from the sign-in service that was asked. Begin again.", code="wrong_credentials"
        )
    token = _exchange(at, provider, secret, described, code, attempt.verifier)
    claims = verified(at, provider, described, token, attempt.nonce)
    with at.database.write(attempt.program_id) as session:
        person = _person(at, session, attempt.program_id, provider.issuer, claims)
        if person.disabled or not roles(session, person.id) or _provider(session).id != provider.id:  # replaced meanwhile
            raise _unknown()
        return open_session(at, session, person.id, attempt.program_id)


def _person(at: Services, session: Session, program: str, issuer: str, claims: dict[str, Any]) -> Person:
    """Whom the provider's `sub` stands for, whatever the address; at their first sign-in whoever has it, who is linked by that.

    Raises Unauthorised; also where that person is linked to another `sub`: the provider gave their address to somebody else.
    """
    subject = claims["sub"]
    if not (isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT and subject.isascii() and subject.isprintable()):
        raise _unknown()
    linked = select(OidcIdentity).where(OidcIdentity.issuer == issuer)
    known = session.execute(linked.where(OidcIdentity.subject == subject)).scalar_one_or_none()
    if known is not None:
        return session.get_one(Person, known.person_id)
    person = _by_address(session, claims)
    former = session.execute(linked.where(OidcIdentity.person_id == person.id)).scalar_one_or_none()
    if former is None:
        session.add(OidcIdentity(issuer=issuer, subject=subject, person_id=person.id, linked_at=at.clock()))
        at.trail.record(session, f"person:{person.id}", "oidc_linked", f"person:{person.id}", program)
    elif former.subject != subject:
        raise Unauthorised(
            "Your organisation's sign-in knows this address as somebody else's now. Ask an admin of the program to take its "
            "roles away here and to give them again, if it is yours.",
            code="wrong_credentials",
        )
    return person


def _by_address(session: Session, claims: dict[str, Any]) -> Person:
    """Who has the address that the provider has verified; locked, so that two first sign-ins make one link. Raises Unauthorised."""
    email = str(claims.get("email", "")).lower()
    person = session.execute(select(Person).where(Person.email == email).with_for_update()).scalar_one_or_none()
    if not email or claims.get("email_verified") is not True or person is None:
        raise _unknown()
    return person


def _unknown() -> Unauthorised:
    return Unauthorised("This account is not known here. Ask an admin of the program to add it.", code="wrong_credentials")


def _exchange(at: Services, provider: OidcProvider, secret: str, described: Described, code: str, verifier: str) -> str:
    """The ID token for a code. Raises Unauthorised."""
    with OAuth2Client(client_id=provider.client_id, client_secret=secret, redirect_uri=_callback(at), **_client(at)) as client:
        try:
            token = client.fetch_token(described.token, code=code, code_verifier=verifier)
        except Exception as fault:
            raise Unauthorised(
                f"The provider did not accept the sign-in ({type(fault).__name__}).", code="wrong_credentials"
            ) from None
    return str(token.get("id_token", ""))


def verified(at: Services, provider: OidcProvider, described: Described, token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token whose signature, issuer, audience, times and nonce hold. Raises Unauthorised."""
    registry = jwt.JWTClaimsRegistry(
        now=int(at.clock().timestamp()),
        leeway=SKEW,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        keys = KeySet.import_key_set(_get(at, described.keys))  # type: ignore[arg-type]
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        registry.validate(claims)
    except (JoseError, ValueError, KeyError) as fault:
        raise Unauthorised(f"The provider's answer does not hold ({type(fault).__name__}).", code="wrong_credentials") from None
    return dict(claims)
