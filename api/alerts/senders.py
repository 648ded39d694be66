"""How an alert leaves: by e-mail or by webhook. Both carry the alert's key, so that a receiver can drop a second copy."""

import smtplib
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from api.db.models import Alert, Contact
from api.outward import PrivateAddress, public
from api.settings import ServiceSettings


class NotSent(Exception):
    """Why an alert did not leave: a short kind, no words of anybody."""


def send(settings: ServiceSettings, alert: Alert, contact: Contact) -> None:
    """Raises NotSent; what was not refused may have come, so it is sent again under the same key."""
    try:
        if contact.channel == "email":
            _email(settings, alert, contact.address)
        else:
            _webhook(settings, alert, contact.address)
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
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_seconds) as server:
        if settings.smtp_starttls:
            server.starttls()
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)


def _webhook(settings: ServiceSettings, alert: Alert, address: str) -> None:
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    target, headers, more = address, {"Idempotency-Key": alert.key}, {}
    if not settings.allow_private_webhooks:
        # the address that was checked is the one that is called: a name cannot lead elsewhere in between
        found = _public(host, port)
        target = urlunsplit(parts._replace(netloc=f"[{found}]:{port}" if ":" in found else f"{found}:{port}"))
        headers["Host"], more = parts.netloc.rpartition("@")[2], {"sni_hostname": host}
    with httpx.Client(timeout=settings.webhook_seconds, follow_redirects=False) as client:
        answer = client.post(target, json=alert.payload, headers=headers, extensions=more)
    if not answer.is_success:
        raise NotSent(f"status_{answer.status_code}")


def _public(host: str, port: int) -> str:
    """The first address of a name. Raises NotSent where any leads to this machine or a private network."""
    try:
        return public(host, port)
    except PrivateAddress:
        raise NotSent("private_address") from None
