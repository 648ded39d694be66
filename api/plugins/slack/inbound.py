"""What comes from Slack: its signature holds, it is not old, and nothing is served twice."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from api.clock import Clock
from api.db.models import SlackSeen
from api.errors import TooLarge, Unauthorised
from api.plugins.slack.service import Door
from api.security import token_hash
from api.services import Services

MOST = 1_000_000
"""Bytes; Slack's own requests stay far below."""
KEPT = timedelta(hours=1)
"""Longer than a signature holds (five minutes) and than Slack goes on sending an event again."""


class _Now:
    """The service's clock, as Slack's verifier asks for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


def verified(at: Services, door: Door, body: bytes, headers: Mapping[str, str]) -> str:
    """The body as text, read by nobody before its signature was checked. Raises Unauthorised, and TooLarge."""
    from slack_sdk.signature import SignatureVerifier

    if len(body) > MOST:
        raise TooLarge(f"Slack sends no more than {MOST:,} bytes.")
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    verifier = SignatureVerifier(door.signing_secret, _Now(at.clock))  # type: ignore[arg-type]  # any clock with now()
    plain = stamp.isascii() and stamp.isdigit() and len(stamp) < 15 and signature.isascii()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _unsigned() from None
    if not plain or not verifier.is_valid(text, stamp, signature):
        raise _unsigned()
    return text


def _unsigned() -> Unauthorised:
    return Unauthorised("This request is not signed by Slack, or was signed more than five minutes ago.", code="wrong_signature")


def first_time(at: Services, door: Door, what: str) -> bool:
    """Whether this (a signature, an event's id) has not been served yet; from now on it has. Holds across processes."""
    mark, now = token_hash(f"{door.program}:{what}"), at.clock()
    try:
        with at.database.write(door.program) as session:
            session.execute(delete(SlackSeen).where(SlackSeen.at < now - KEPT))
            if session.get(SlackSeen, mark) is not None:
                return False
            session.add(SlackSeen(mark=mark, at=now))
    except IntegrityError:  # the same one twice at once
        return False
    return True
