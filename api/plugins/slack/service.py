"""The door of a program: set up, opened, removed. Its secrets are sealed, and are open only where Slack is spoken with."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.accounts.service import rules_of
from api.clock import new_id
from api.db.models import Contact, Program, SlackCode, SlackDoor, SlackLink
from api.deps import Principal
from api.errors import NotFound, Unreadable
from api.plugins.slack import web
from api.plugins.slack.schemas import SlackIn, SlackOut
from api.services import Services

NAME = "slack"
ID = re.compile("[0-9a-f]{32}")
BOT = re.compile("xoxb-[0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Door:
    """An open door: `id` changes whenever an admin sets it up anew."""

    id: str
    program: str
    team: str
    channel: str
    signing_secret: str
    bot_token: str


def opened(at: Services, program: str) -> Door | None:
    """None where the program has no such door, its rules keep it shut, or there is no such program."""
    if not ID.fullmatch(program):  # never a word that the database takes for something else than one program
        return None
    with at.database.read(program) as session:
        row = _row(session)
        if row is None or not _allowed(session, program):
            return None
        seal = at.vault.seal(session, row.key_id)
        secret, token = seal.open(row.signing_secret, f"slack_secret:{row.id}"), seal.open(row.bot_token, f"slack_token:{row.id}")
        return Door(row.id, program, row.team, row.channel, secret, token)


def _row(session: Session) -> SlackDoor | None:
    return session.execute(select(SlackDoor)).scalar_one_or_none()


def _allowed(session: Session, program: str) -> bool:
    found = session.get(Program, program)
    return found is not None and NAME in rules_of(found).doors


def configure(at: Services, who: Principal, given: SlackIn) -> SlackOut:
    """Set the program's app, in place of the one before. Slack is asked first, and no transaction is open meanwhile.

    Raises Unreadable where Slack does not know the token or the channel is not private, SlackFault where it does not answer.
    Another workspace ends all links: its users are other people. Contacts in another channel have to be tested again.
    """
    token = given.bot_token.get_secret_value()
    team = _checked(at, token, given.channel)
    with at.database.write(who.program) as session:
        old = _row(session)
        if old is not None:
            _forget(at, session, old, links=old.team != team)
        moved = update(Contact).where(Contact.channel == NAME, Contact.address != given.channel, Contact.removed_at.is_(None))
        session.execute(moved.values(address=given.channel, acknowledged_at=None))
        key, seal = at.vault.create(session, who.program)
        ident = new_id()
        row = SlackDoor(
            id=ident,
            team=team,
            channel=given.channel,
            signing_secret=seal.seal(given.signing_secret.get_secret_value(), f"slack_secret:{ident}"),
            bot_token=seal.seal(token, f"slack_token:{ident}"),
            key_id=key,
        )
        session.add(row)
        session.flush()
        at.trail.record(session, who.actor, "slack_set", f"program:{who.program}", who.program, {"team": team})
        return _shown(at, session, who.program, row)


def _checked(at: Services, token: str, channel: str) -> str:
    """The workspace that a token is for. A public channel, or one that another organisation shares, is refused."""
    if not BOT.fullmatch(token):
        raise Unreadable("A bot token begins with xoxb-. A user's token may do more than is needed, and is not taken.")
    client = web.client(at.settings, token)
    team = web.call(client.auth_test).get("team_id")
    found: dict[str, Any] = web.call(client.conversations_info, channel=channel).get("channel") or {}
    if not isinstance(team, str) or not team:
        raise web.SlackFault("Slack did not say which workspace this token is for.")
    if not found.get("is_private") or found.get("is_im") or found.get("is_mpim"):
        raise Unreadable("Alerts go to a private channel alone; this one is not private.", code="not_private")
    if found.get("is_shared") or found.get("is_ext_shared") or found.get("is_org_shared") or found.get("is_pending_ext_shared"):
        raise Unreadable("Another organisation or workspace shares this channel; name one of your own.", code="not_private")
    if not found.get("is_member") or found.get("is_archived"):
        raise Unreadable("Invite the app to the channel first: /invite in the channel.", code="not_invited")
    return team


def remove(at: Services, session: Session, who: Principal) -> None:
    """Secrets, links and codes go, and so do the contacts in Slack."""
    row = _row(session)
    if row is None:
        raise _none()
    _forget(at, session, row, links=True)
    removed = update(Contact).where(Contact.channel == NAME, Contact.removed_at.is_(None))
    session.execute(removed.values(removed_at=at.clock()))
    at.trail.record(session, who.actor, "slack_removed", f"program:{who.program}", who.program)


def _forget(at: Services, session: Session, row: SlackDoor, links: bool) -> None:
    session.execute(delete(SlackDoor))
    at.vault.destroy(session, row.key_id, at.clock())
    if links:
        session.execute(delete(SlackLink))
        session.execute(delete(SlackCode))


def shown(at: Services, session: Session, who: Principal) -> SlackOut:
    row = _row(session)
    if row is None:
        raise _none()
    return _shown(at, session, who.program, row)


def _shown(at: Services, session: Session, program: str, row: SlackDoor) -> SlackOut:
    address = f"{at.settings.public_url}/v1/slack/{program}"
    return SlackOut(team=row.team, channel=row.channel, request_url=address, open=_allowed(session, program))


def _none() -> NotFound:
    return NotFound("This program has no Slack app: PUT /v1/program/slack sets one.")
