"""How an alert leaves: by e-mail, by webhook, into a Slack channel. All carry its key, so that a receiver can drop a second copy."""

import asyncio
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import httpx

from api.db.models import Alert, Contact
from api.outward import PrivateAddress, pin, trust
from api.services import Services
from api.settings import ServiceSettings

MOST_TURNS = 3
"""A mail may take as long as so many of its turns at most."""


class NotSent(Exception):
    """Why an alert did not leave: a short kind, no words of anybody."""


def send(at: Services, alert: Alert, contact: Contact) -> None:
    """Raises NotSent; what was not refused may have come, so it is sent again under the same key."""
    try:
        if contact.channel == "email":
            _email(at.settings, alert, contact.address)
        elif contact.channel == "slack":
            from api.plugins.slack import alerts as slack  # the door needs NotSent from here

            slack.send(at, alert, contact)
        else:
            _webhook(at.settings, alert, contact.address)
    except (OSError, smtplib.SMTPException, httpx.HTTPError) as fault:
        raise NotSent(type(fault).__name__) from None


def subject(content: dict[str, Any]) -> str:
    drill = "DRILL: " if content["drill"] else ""
    if content["kind"] == "test":
        return "Test alert of the conversation coach: please open the link"
    return f"{drill}A flag to look at ({content['level']})"


def words(content: dict[str, Any]) -> str:
    if content["kind"] == "test":
        return f"This is a test. Open this link to say that alerts reach you:\n\n{content['link']}\n"
    drill = "This is a drill.\n\n" if content["drill"] else ""
    by = f"Please look by {content['due_at']} (UTC).\n" if content["due_at"] else ""
    return (
        f"{drill}A note raised a flag. Level: {content['level']}.\n{by}\n{content['link']}\n\nSign in to see it. Do not reply.\n"
    )


def _email(settings: ServiceSettings, alert: Alert, address: str) -> None:
    if settings.smtp_host is None:
        raise NotSent("no_smtp_host")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_from, address, subject(alert.payload)
    message["Message-ID"] = f"<{alert.key.replace(':', '.')}@coach>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words(alert.payload))
    with _Mail(settings.smtp_host, settings.smtp_port, settings.smtp_seconds) as server:
        if settings.smtp_starttls:
            server.starttls(context=_trust(settings))
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)


class _Mail(smtplib.SMTP):
    """smtplib's own limit is on each read alone: a server that gives a byte now and then would hold the worker for ever."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._timer = threading.Timer(MOST_TURNS * seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()
        try:
            super().__init__(host, port, timeout=seconds)
        except BaseException:
            self._timer.cancel()
            raise

    def _cut(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._timer.cancel()
        super().close()


def _trust(settings: ServiceSettings) -> ssl.SSLContext:
    """smtplib by itself takes any certificate, and would give the password to whoever stands in between."""
    context = ssl.create_default_context()
    if not settings.smtp_check_certificate:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _webhook(settings: ServiceSettings, alert: Alert, address: str) -> None:
    try:
        status = asyncio.run(_posted(settings, alert, address))
    except PrivateAddress:
        raise NotSent("private_address") from None
    if not 200 <= status < 300:
        raise NotSent(f"status_{status}")


async def _posted(settings: ServiceSettings, alert: Alert, address: str) -> int:
    """The answer's status, within the time for all of it; its body is not read."""
    hooks = [] if settings.allow_private_webhooks else [_pinned]
    async with (
        asyncio.timeout(settings.webhook_seconds),
        httpx.AsyncClient(
            timeout=settings.webhook_seconds, follow_redirects=False, event_hooks={"request": hooks}, verify=trust()
        ) as client,
        client.stream("POST", address, json=alert.payload, headers={"Idempotency-Key": alert.key}) as answer,
    ):
        return answer.status_code


async def _pinned(request: httpx.Request) -> None:
    pin(request)
