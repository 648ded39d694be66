"""What is done for a user of Slack once the request has been answered. Each act runs in a thread of the door's own.

A note's answer goes into the window that its writer opened, or to the writer alone; never to a channel.
"""

import html
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from api.accounts.service import program_of, rules_of
from api.alerts import service as alerts
from api.db.models import Flag
from api.deps import Principal
from api.errors import Forbidden, Problem
from api.limits import Rates
from api.notes import schemas
from api.notes import service as notes
from api.pairs import service as pairs
from api.plugins.slack import blocks, links, web
from api.plugins.slack.service import Door
from api.reviews import service as reviews
from api.services import Services
from coach import CoachError

if TYPE_CHECKING:
    from slack_sdk import WebClient

Body = dict[str, Any]
SHOWN = 15
"""Follow-ups in the home tab."""
BROKEN = "Something went wrong on our side. Use the coach's own page; what you wrote was not lost by you."
UNLINKED = "Your Slack user is not linked to an account that may do this. Type /coach to begin."
TAGS = re.compile(r"<([@#!])?([^<>|]*)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class Acts:
    """The acts of one program's door."""

    at: Services
    rates: Rates
    door: Door

    @cached_property
    def slack(self) -> "WebClient":
        return web.client(self.at.settings, self.door.bot_token)

    @property
    def url(self) -> str:
        return self.at.settings.public_url

    def who(self, user: str) -> Principal | None:
        """Counts the request, of a linked user with those that the person makes elsewhere. Raises TooMany."""
        with self.at.database.read(self.door.program) as session:
            found = links.person_of(session, self.door.program, user)
        if found is not None:
            self.rates.hit("person", found.person or "", self.at.settings.requests_per_minute)
        else:
            self.rates.hit("slack", f"{self.door.program}:{user}", self.at.settings.sign_ins_per_minute)
        return found

    def own_help(self) -> list[tuple[str, str]]:
        """The program's own services: name, how to reach."""
        with self.at.database.read(self.door.program) as session:
            services = rules_of(program_of(session, self.door.program)).services
        return [(s.name, s.call or s.url or s.note or "") for s in services]

    def open_window(self, body: Body) -> None:
        """`/coach`: the window to paste a note, or, for whoever is not linked, their code. `/coach unlink` ends a link."""
        try:
            view = self._first(body)
        except Problem as fault:
            view = blocks.plainly(fault.detail)
        web.call(self.slack.views_open, trigger_id=body["trigger_id"], view=view)

    def _first(self, body: Body) -> Body:
        user, words = body["user_id"], str(body.get("text") or "").strip()
        who = self.who(user)
        if words == "unlink":
            return self._unlinked(who)
        if who is None:
            return self._code(user, str(body.get("user_name") or user))
        return blocks.paste(self.url, self.own_help(), who.has("mentor"), words)

    def _unlinked(self, who: Principal | None) -> Body:
        if who is None:
            return blocks.plainly("Your Slack user is not linked to an account.")
        with self.at.database.write(self.door.program) as session:
            links.unlink(self.at, session, who)
        return blocks.plainly("Your Slack user is not linked to your account any more.")

    def _code(self, user: str, name: str) -> Body:
        with self.at.database.write(self.door.program) as session:
            code = links.new_code(self.at, session, user, name)
        return blocks.code(self.url, self.own_help(), code, int(links.LASTS.total_seconds()) // 60)

    def coach_message(self, body: Body) -> None:
        """The message shortcut: read and forgotten, for a message is no note of a session that staff should hear of."""
        user = body["user"]["id"]
        try:
            known = self.who(user)
            view = blocks.reading() if known else self._code(user, str(body["user"].get("name") or user))
        except Problem as fault:
            known, view = None, blocks.plainly(fault.detail)
        opened = web.call(self.slack.views_open, trigger_id=body["trigger_id"], view=view)
        if known:
            self._answer(user, str(opened["view"]["id"]), plain(str(body["message"].get("text") or "")), keep=False)

    def coach_note(self, body: Body) -> None:
        """The window was sent in: read, and kept where the writer is a mentor who left it so."""
        text, keep = typed(body)
        if text.strip():  # else the window has said so
            self._answer(body["user"]["id"], body["view"]["id"], text, keep)

    def _answer(self, user: str, window: str, text: str, keep: bool) -> None:
        """Into the window; where that was closed meanwhile, a message to the writer alone, without the words of the report."""
        try:
            found = self._read(user, text, window if keep else None)
        except (Problem, CoachError) as fault:
            say = fault.detail if isinstance(fault, Problem) else fault.message
            web.call(self.slack.views_update, view_id=window, view=blocks.plainly(say))
            return
        except Exception:
            web.call(self.slack.views_update, view_id=window, view=blocks.plainly(BROKEN))
            raise
        try:
            web.call(self.slack.views_update, view_id=window, view=blocks.modal(blocks.report(found, self.url)))
        except web.Refused:
            shown = blocks.lost(found, self.url)
            web.call(self.slack.chat_postMessage, channel=user, text="Your note was read.", blocks=shown, unfurl_links=False)

    def _read(self, user: str, text: str, keep_as: str | None) -> schemas.Analyzed:
        """A mentor's note may be kept; a window that is sent in twice keeps its note once."""
        who = self.who(user)
        if who is None or not who.has("mentor", "staff", "admin"):
            raise Forbidden(UNLINKED if who is None else "Your role does not read notes.")
        if keep_as is not None and who.has("mentor"):
            return notes.store(self.at, who, schemas.NoteIn(text=text or " "), f"slack:{keep_as}").out
        return notes.analyze(self.at, who, schemas.AnalyzeIn(text=text or " "))

    def show_home(self, body: Body) -> None:
        """The home tab, for the one who opened it."""
        event = body["event"]
        if event.get("tab", "home") != "home":
            return
        who, found = self.who(event["user"]), []
        if who is not None:
            with self.at.database.read(self.door.program) as session:
                found = pairs.open_follow_ups(self.at, session, who, SHOWN + 1)
        view = blocks.home(self.url, self.own_help(), found[:SHOWN], len(found) > SHOWN, who is not None)
        web.call(self.slack.views_publish, user_id=event["user"], view=view)

    def claim(self, body: Body) -> None:
        """The button of an alert. Staff alone, in the private channel alone; what to do about it is decided at the desk."""
        user, ident, channel = body["user"]["id"], str(body["actions"][0].get("value")), body["channel"]["id"]
        if channel != self.door.channel:
            return
        try:
            say, flag = "You have it now. Look and decide at the desk:", self._claimed(user, ident)
        except Problem as fault:
            say, flag = f"{fault.detail} The desk:", None
        try:
            if flag is not None:
                content = alerts.payload(self.at, flag)
                shown = blocks.alert(content, flag.id, flag.state)
                stamp = body["message"]["ts"]
                web.call(self.slack.chat_update, channel=channel, ts=stamp, text="A flag that was claimed", blocks=shown)
        finally:
            told = [blocks.line(say), blocks.links(("Open the desk", f"{self.url}/flags"))]
            web.call(self.slack.chat_postEphemeral, channel=channel, user=user, text="The coach", blocks=told)

    def _claimed(self, user: str, ident: str) -> Flag:
        """The flag, claimed as it stands now: of two at once the second is told so. Raises Forbidden, NotFound, Conflict."""
        who = self.who(user)
        if who is None or not who.has("staff", "admin"):
            raise Forbidden(UNLINKED if who is None else "Program staff alone claim flags.")
        with self.at.database.write(self.door.program) as session:
            found = reviews.of(session, who, ident, lock=True)
            return reviews.claim(self.at, session, who, ident, found.version)


def typed(body: Body) -> tuple[str, bool]:
    """(the note, whether it is to be kept) as the window gives them."""
    values = body["view"]["state"]["values"]
    chosen = values.get("keep", {}).get("keep", {}).get("selected_options") or []
    return str(values["note"]["text"].get("value") or ""), any(o.get("value") == "keep" for o in chosen)


def plain(text: str) -> str:
    """A message as it was read: Slack writes links and mentions between angles, and escapes three letters."""
    return html.unescape(TAGS.sub(_seen, text))


def _seen(found: re.Match[str]) -> str:
    mark, target, label = found.groups()
    if mark in ("@", "!"):
        return f"@{label or 'somebody'}" if mark == "@" else f"@{label or target.split('^')[0]}"
    return str(label or target) if mark is None else f"#{label or 'channel'}"
