"""Which person a user of Slack is: linked by a one-time code that Slack shows and that is entered here, signed in.

This way round and not the other, since a code that is shown here and typed into Slack would be a key to the account, on its way
through Slack's servers: whoever saw it could act as its owner. A code shown in Slack opens nothing by itself: it takes a signed-in
session (with its CSRF token) to use it, and names the Slack user whom Slack has vouched for. What is left is that somebody is
talked into entering another's code; so whose code it is is shown before it is used, it lasts ten minutes, and it works once.
"""

import secrets
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from api.accounts.service import roles
from api.clock import new_id
from api.db.models import Person, SlackCode, SlackLink
from api.deps import Principal
from api.errors import Conflict, NotFound, Unauthorised
from api.security import token_hash
from api.services import Services

LASTS = timedelta(minutes=10)
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
LENGTH = 10


def new_code(at: Services, session: Session, slack_user: str, slack_name: str) -> str:
    """A code for a user of Slack, in place of the one before: "ABCDE-FGHJK"."""
    now = at.clock()
    session.execute(delete(SlackCode).where(or_(SlackCode.expires_at <= now, SlackCode.slack_user == slack_user)))
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    row = SlackCode(code=_hashed(code), slack_user=slack_user, slack_name=slack_name[:80], expires_at=now + LASTS)
    session.add(row)
    session.flush()
    return f"{code[:5]}-{code[5:]}"


def _hashed(code: str) -> str:
    return token_hash("slack:" + "".join(c for c in code.upper() if c.isalnum()))


def asker(at: Services, session: Session, code: str) -> SlackCode:
    """Who asked for a code. Raises Unauthorised for one that is unknown, used or too old."""
    row = session.execute(select(SlackCode).where(SlackCode.code == _hashed(code)).with_for_update()).scalar_one_or_none()
    if row is None or row.expires_at <= at.clock():
        raise Unauthorised("This code is not valid any more. Type /coach in Slack for a new one.", code="wrong_credentials")
    return row


def link(at: Services, session: Session, who: Principal, code: str) -> SlackLink:
    """From now on the user of Slack who asked for the code is `who`, in place of any other that was.

    Raises Conflict where that user is linked to somebody else.
    """
    assert who.person is not None
    row = asker(at, session, code)
    session.execute(select(Person.id).where(Person.id == who.person).with_for_update())  # two codes of one person, one by one
    other = session.execute(select(SlackLink).where(SlackLink.slack_user == row.slack_user)).scalar_one_or_none()
    if other is not None and other.person_id != who.person:
        raise Conflict("This Slack user is linked to another account. Type /coach unlink in Slack first.", code="linked")
    session.execute(delete(SlackLink).where(SlackLink.person_id == who.person))
    made = SlackLink(id=new_id(), slack_user=row.slack_user, person_id=who.person, created_at=at.clock())
    session.add(made)
    session.delete(row)
    session.flush()
    at.trail.record(session, who.actor, "slack_linked", f"person:{who.person}", who.program, {"slack_user": made.slack_user})
    return made


def of(session: Session, who: Principal) -> SlackLink:
    found = session.execute(select(SlackLink).where(SlackLink.person_id == who.person)).scalar_one_or_none()
    if found is None:
        raise NotFound("No Slack user is linked to your account.")
    return found


def unlink(at: Services, session: Session, who: Principal) -> None:
    found = of(session, who)
    session.delete(found)
    at.trail.record(session, who.actor, "slack_unlinked", f"person:{who.person}", who.program, {"slack_user": found.slack_user})


def person_of(session: Session, program: str, slack_user: str) -> Principal | None:
    """Whom a user of Slack acts as, with the roles of this moment; None where not linked, disabled, or of the program no more."""
    row = session.execute(select(SlackLink).where(SlackLink.slack_user == slack_user)).scalar_one_or_none()
    person = session.get(Person, row.person_id) if row else None
    held = roles(session, person.id) if person and not person.disabled else set()
    return Principal(program, person.id, None, frozenset(held), frozenset()) if person and held else None
