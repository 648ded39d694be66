"""An alert of the outbox as a message in the program's private channel."""

from api.alerts.senders import NotSent, subject
from api.db.models import Alert, Contact
from api.plugins.slack import blocks, service, web
from api.services import Services


def send(at: Services, alert: Alert, contact: Contact) -> None:
    """Raises NotSent where the door is shut or Slack does not take it; the message carries the alert's key, as elsewhere."""
    door = service.opened(at, alert.program_id)
    if door is None or door.channel != contact.address:
        raise NotSent("door_shut")
    try:
        web.call(
            web.client(at.settings, door.bot_token).chat_postMessage,
            channel=door.channel,
            text=subject(alert.payload),
            blocks=blocks.alert(alert.payload, alert.flag_id),
            metadata={"event_type": "coach_alert", "event_payload": {"key": alert.key}},
            unfurl_links=False,
            unfurl_media=False,
        )
    except web.NotInstalled:
        raise NotSent("not_installed") from None
    except (web.Refused, web.SlackFault) as fault:
        raise NotSent(fault.reason) from None
