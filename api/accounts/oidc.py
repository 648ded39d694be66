"""Sign-in by a program's own identity provider: OpenID Connect, authorization code with PKCE, by Authlib.

Only people who were added to the program get in, found by an e-mail address that the provider says it has verified.
"""

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
from api.db.models import OidcAttempt, OidcProvider, Person
from api.deps import Principal
from api.errors import NotFound, Problem, Unauthorised, Unreadable
from api.security import new_token, token_hash
from api.services import Services

ALGORITHMS = ["RS256", "ES256", "PS256"]
LASTS = timedelta(minutes=10)
SKEW = 60
SECONDS = 10.0


class ProviderFault(Problem):
    """The identity provider does not answer as it should."""

    status, code, title = 502, "provider_fault", "The sign-in service does not answer"


def configure(at: Services, session: Session, who: Principal, given: OidcIn) -> None:
    """Name the program's provider, in place of the one before. Raises ProviderFault where it does not answer."""
    if not (given.issuer.startswith("https://") or at.settings.allow_private_webhooks):
        raise Unreadable("A provider's address begins with https://.")
    discover(given.issuer)
    session.execute(delete(OidcProvider))
    key, seal = at.vault.create(session, who.program)
    ident = new_id()
    secret = seal.seal(given.client_secret.get_secret_value(), f"oidc:{ident}")
    session.add(OidcProvider(id=ident, issuer=given.issuer, client_id=given.client_id, secret=secret, key_id=key))
    session.flush()
    at.trail.record(session, who.actor, "oidc_set", f"program:{who.program}", who.program)


def remove(at: Services, session: Session, who: Principal) -> None:
    session.execute(delete(OidcProvider))
    at.trail.record(session, who.actor, "oidc_removed", f"program:{who.program}", who.program)


def discover(issuer: str) -> dict[str, Any]:
    """The provider's own description; its issuer must be the one that was named."""
    found = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise ProviderFault("The provider calls itself by another address than the one that was set.")
    return found


def _get(address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=SECONDS, follow_redirects=False)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as fault:
        raise ProviderFault(f"Try again, or sign in with a password ({type(fault).__name__}).") from None
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


def start(at: Services, session: Session, program: str) -> tuple[str, str]:
    """(address to send the browser to, state for its cookie)."""
    provider = _provider(session)
    described = discover(provider.issuer)
    state, nonce, verifier = new_token(), new_token(), new_token()
    client = OAuth2Client(
        client_id=provider.client_id, redirect_uri=_callback(at), scope="openid email profile", code_challenge_method="S256"
    )
    address, _ = client.create_authorization_url(
        described["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
    )
    client.close()
    now = at.clock()
    session.execute(delete(OidcAttempt).where(OidcAttempt.expires_at <= now))
    attempt = OidcAttempt(state=token_hash(state), program_id=program, nonce=nonce, verifier=verifier, expires_at=now + LASTS)
    session.add(attempt)
    session.flush()
    return str(address), state


def attempt_of(at: Services, session: Session, state: str) -> OidcAttempt:
    """The attempt that a state belongs to, which is used up by this. Raises Unauthorised."""
    found = session.get(OidcAttempt, token_hash(state), with_for_update=True)
    if found is None or found.expires_at <= at.clock():
        raise Unauthorised("This sign-in was not begun here, or too long ago. Begin again.", code="wrong_credentials")
    session.delete(found)
    return found


def finish(at: Services, session: Session, attempt: OidcAttempt, code: str) -> Opened:
    """Exchange the code, check the token, find the person. Raises Unauthorised for whoever is not of the program."""
    provider = _provider(session)
    described = discover(provider.issuer)
    seal = at.vault.seal(session, provider.key_id)
    with OAuth2Client(
        client_id=provider.client_id,
        client_secret=seal.open(provider.secret, f"oidc:{provider.id}"),
        redirect_uri=_callback(at),
        timeout=SECONDS,
    ) as client:
        try:
            token = client.fetch_token(described["token_endpoint"], code=code, code_verifier=attempt.verifier)
        except Exception as fault:
            raise Unauthorised(
                f"The provider did not accept the sign-in ({type(fault).__name__}).", code="wrong_credentials"
            ) from None
    claims = verified(at, provider, described, str(token.get("id_token", "")), attempt.nonce)
    email = str(claims.get("email", "")).lower()
    person = session.execute(select(Person).where(Person.email == email)).scalar_one_or_none()
    if not email or claims.get("email_verified") is not True or person is None or person.disabled:
        raise Unauthorised("This account is not known here. Ask an admin of the program to add it.", code="wrong_credentials")
    if not roles(session, person.id):
        raise Unauthorised("This account is not known here. Ask an admin of the program to add it.", code="wrong_credentials")
    return open_session(at, session, person.id)


def verified(at: Services, provider: OidcProvider, described: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token whose signature, issuer, audience, times and nonce hold. Raises Unauthorised."""
    registry = jwt.JWTClaimsRegistry(
        now=int(at.clock().timestamp()),
        leeway=SKEW,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        keys = KeySet.import_key_set(_get(described["jwks_uri"]))  # type: ignore[arg-type]
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        registry.validate(claims)
    except (JoseError, ValueError, KeyError) as fault:
        raise Unauthorised(f"The provider's answer does not hold ({type(fault).__name__}).", code="wrong_credentials") from None
    return dict(claims)
