"""Calls of Slack's Web API: one client, made in one way, whose faults become ours. Nothing that is sent is ever logged."""

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from api.errors import Conflict, Problem, Unreadable
from api.settings import ServiceSettings

if TYPE_CHECKING:
    from slack_sdk import WebClient

silent = logging.getLogger("slack_bolt.silent")  # Slack's packages log whole requests: they get this one, which says nothing
silent.disabled, silent.propagate = True, False
silent.setLevel(logging.CRITICAL + 1)
REASON = re.compile("[a-z_]{1,40}")


class SlackFault(Problem):
    """Slack does not answer as it should; `reason` is a short kind."""

    status, code, title = 502, "slack_fault", "Slack does not answer"

    def __init__(self, detail: str, reason: str = "answer") -> None:
        super().__init__(detail)
        self.reason = reason


class Refused(Unreadable):
    """Slack refused a call; `reason` is its own word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Slack refuses this ({reason}). {HINTS.get(reason, '')}".strip(), code="slack_refused")
        self.reason = reason


HINTS = {
    "invalid_auth": "Copy the bot token anew from the app's page, OAuth & Permissions.",
    "not_authed": "Copy the bot token anew from the app's page, OAuth & Permissions.",
    "missing_scope": "Install the app anew with the scopes of manifest.yaml.",
    "channel_not_found": "Give the id of the private channel, and invite the app to it.",
    "not_in_channel": "Invite the app to the channel.",
}


class NotInstalled(Conflict):
    """The door is shut for want of a package."""

    def __init__(self) -> None:
        super().__init__(
            "This service lacks the package for Slack, so the door is shut: pip install 'conversation-coach[slack]'",
            code="not_installed",
        )


def client(settings: ServiceSettings, token: str) -> "WebClient":
    """Tries once: an alert has its own retries, and a person is waiting for the rest. Raises NotInstalled."""
    try:
        from slack_sdk import WebClient
    except ImportError:
        raise NotInstalled() from None
    return WebClient(
        token,
        base_url=settings.slack_url,
        timeout=settings.slack_seconds,
        logger=silent,
        retry_handlers=[],
        user_agent_prefix="coach",
    )


def call(method: Callable[..., Any], **given: Any) -> dict[str, Any]:
    """What Slack answers. Raises Refused with Slack's word for it, SlackFault where no proper answer comes."""
    from slack_sdk.errors import SlackApiError, SlackClientError

    try:
        data = method(**given).data
    except SlackApiError as fault:
        status = getattr(fault.response, "status_code", 0)
        body = getattr(fault.response, "data", None)
        reason = str(body.get("error", "")) if isinstance(body, dict) else ""
        if status == 200 and REASON.fullmatch(reason):
            raise Refused(reason) from None
        raise SlackFault("Slack does not answer as it should; try again.", f"status_{status}") from None
    except (OSError, ValueError, SlackClientError) as fault:
        raise SlackFault(f"Slack cannot be reached ({type(fault).__name__}); try again.", type(fault).__name__) from None
    except Exception as fault:  # its HTTP library's own, such as IncompleteRead
        raise SlackFault(f"Slack cannot be reached ({type(fault).__name__}); try again.", type(fault).__name__) from None
    if not isinstance(data, dict):
        raise SlackFault("Slack's answer cannot be read.")
    return data
