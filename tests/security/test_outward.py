"""Where the service may be made to call: no address that an admin names leads to this machine or into a private network."""

import re
import socket
import ssl
from functools import cache
from pathlib import Path

import httpx
import pytest

from api.accounts import oidc
from api.alerts.senders import NotSent, _email, _webhook
from api.db.models import Alert
from api.errors import Problem
from api.settings import ServiceSettings
from tests.plugins.test_webhooks import BAD
from tests.security.conftest import Town

ROOT = Path(__file__).resolve().parents[2]
FORMS = [address for address in BAD if address.startswith("https://")]
OUTWARD = re.compile(
    r"\b(?:httpx\d?\.(?:Async)?Client|OAuth2Client|WebClient|smtplib\.SMTP\w*|urlopen|requests|create_connection)\("
)
CALLERS = {
    "api/accounts/oidc.py": "pin, by _client; start() calls nobody",
    "api/alerts/senders.py": "pin; mail to the operator's own server",
    "api/plugins/webhooks/sending.py": "pin in its own words, on the asynchronous transport",
    "api/plugins/slack/web.py": "COACH_SLACK_URL, the operator's",
    "api/openapi.py": "an app in the same process",
}
"""The files of the service that call somebody, and what keeps the address in bounds. The client of coach/ is no part of it."""


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that a connection was tried to; none is made. Names are not looked up anywhere."""
    tried: list[object] = []

    def refuse(_: socket.socket, address: object) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    real = socket.getaddrinfo

    def offline(host: object, *rest: object, **more: object) -> object:
        if isinstance(host, str) and re.search("[g-z]", host.lower()) and host.lower().rstrip(".") != "localhost":
            raise socket.gaierror("offline")
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(
        "ssl.create_default_context", cache(ssl.create_default_context)
    )  # eighty clients, one reading of the roots
    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", offline)
    return tried


def test_no_contact_and_no_provider_leads_inside(town: Town, called: list[object]) -> None:
    at = town.house.at
    assert len(FORMS) > 30 and not at.settings.allow_private_webhooks
    for address in FORMS:
        with pytest.raises((NotSent, OSError, ValueError, httpx.HTTPError, httpx.InvalidURL)):
            _webhook(at.settings, Alert(key="k", payload={}), address)
        with pytest.raises(Problem):
            oidc.discover(at, address)
    assert not called


def test_whoever_calls_is_known() -> None:
    found = {
        str(path.relative_to(ROOT)) for path in (ROOT / "api").rglob("*.py") if OUTWARD.search(path.read_text(encoding="utf-8"))
    }
    assert found <= set(CALLERS), found - set(CALLERS)
    for name, why in CALLERS.items():
        if why.startswith("pin"):
            assert "pin" in (ROOT / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("check", [True, False])
def test_the_mail_servers_certificate_is_checked(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    contexts: list[ssl.SSLContext] = []

    class Mail:
        def __init__(self, *_: object, **__: object) -> None: ...

        def __enter__(self) -> "Mail":
            return self

        def __exit__(self, *_: object) -> None: ...

        def starttls(self, *, context: ssl.SSLContext) -> None:
            contexts.append(context)

        def send_message(self, _: object) -> None: ...

    monkeypatch.setattr("api.alerts.senders._Mail", Mail)
    settings = ServiceSettings(smtp_host="mail.example", smtp_check_certificate=check)
    content = {"kind": "test", "drill": False, "link": "https://coach.example"}
    _email(settings, Alert(key="a:b", payload=content), "a@example.org")
    (context,) = contexts
    assert (context.verify_mode == ssl.CERT_REQUIRED, context.check_hostname) == (check, check)
