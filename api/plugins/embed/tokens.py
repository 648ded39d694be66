"""Tokens of the embed: signed, short-lived, kept nowhere. They hold no more than their API key, and die with it.

A JWT (HS256, by joserfc) signed with a key of the service, which the vault keeps as the secret `embed`.
"""

from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.accounts.service import program_of, rules_of
from api.db.models import ApiKey
from api.db.session import ALL
from api.deps import Principal
from api.errors import Forbidden, Unauthorised
from api.plugins.embed.schemas import TokenIn
from api.services import Services

SECRET = "embed"
SCOPE = "embed"
"""The scope that lets an API key make tokens."""

ALGORITHM = "HS256"
TYPE = "coach-embed+jwt"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; `expires` is in seconds since 1970."""

    key: str
    program: str
    origin: str
    audience: str
    scopes: frozenset[str]
    pair: str | None
    expires: int


def issue(at: Services, who: Principal, given: TokenIn) -> tuple[str, int]:
    """(token, when it ends). Raises Forbidden for scopes that the key lacks; the caller has looked at the pair."""
    if lacking := sorted(set(given.scopes) - who.scopes):
        raise Forbidden(f"A token holds no more than its key, and this key lacks: {', '.join(lacking)}.")
    now = int(at.clock().timestamp())
    claims = {
        "aud": given.audience,
        "sub": who.key,
        "program": who.program,
        "origin": given.origin,
        "scopes": sorted(set(given.scopes)),
        "pair": given.pair,
        "iat": now,
        "exp": now + given.seconds,
    }
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, _key(at)), now + given.seconds


def _key(at: Services) -> OctKey:
    with at.database.read(ALL) as session:
        return OctKey.import_key(at.vault.secret(session, SECRET))


def opened(at: Services, token: str) -> Claims:
    """The claims of a token that this service signed, whether or not it still holds. Raises Unauthorised."""
    try:
        found = jwt.decode(token, _key(at), algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        raise Unauthorised("This is no token of this service.", code="wrong_credentials") from None
    if found.header.get("typ") != TYPE:
        raise Unauthorised("This is a token for something else.", code="wrong_credentials")
    said: dict[str, Any] = found.claims
    return Claims(said["sub"], said["program"], said["origin"], said["aud"], frozenset(said["scopes"]), said["pair"], said["exp"])


def principal(at: Services, claims: Claims) -> Principal:
    """Who a token acts as now: its key, with what both may do. Raises Unauthorised for one that has ended, or whose key has."""
    now = at.clock()
    if claims.expires <= now.timestamp():
        raise Unauthorised("This token has ended. Ask the page's server for a new one.", code="token_expired")
    with at.database.read(claims.program) as session:
        key = session.execute(select(ApiKey).where(ApiKey.id == claims.key)).scalar_one_or_none()
        if key is None or key.revoked_at is not None:
            raise Unauthorised("The API key that made this token was revoked.", code="wrong_credentials")
        if key.expires_at <= now:
            raise Unauthorised("The API key that made this token has expired.", code="key_expired")
        if SCOPE not in key.scopes:
            raise Forbidden(f"This key lacks the scope {SCOPE!r}.")
        must_be_open(session, claims.program)
        return Principal(claims.program, None, key.id, frozenset(), claims.scopes & frozenset(key.scopes))


def must_be_open(session: Session, program: str) -> None:
    """Raises Forbidden where the program has not opened this door."""
    if "embed" not in rules_of(program_of(session, program)).doors:
        raise Forbidden("The program has not opened this door: an admin adds 'embed' to its rule `doors`.", code="door_shut")
