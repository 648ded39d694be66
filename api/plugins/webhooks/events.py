"""What can be subscribed to, what a key needs for it, and how an event looks when it leaves."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

Event = Literal["note.analyzed", "flag.raised", "flag.decided", "flag.overdue", "follow_up.due"]
EVENTS: tuple[str, ...] = get_args(Event)
TEST = "webhook.test"
NEEDS = {
    "note.analyzed": "notes:read",
    "flag.raised": "flags:read",
    "flag.decided": "flags:read",
    "flag.overdue": "flags:read",
    "follow_up.due": "notes:read",
}
"""A key subscribes to what it could read: the scope for each event, besides `webhooks`."""

MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"


def envelope(public_url: str, program: str, *, event: str, kind: str, subject: str, at: datetime, data: Mapping[str, Any]) -> str:
    """A CloudEvents 1.0 event in structured mode: the body as it is signed and sent. `subject` is "notes/ID" and the like."""
    made = {
        "specversion": "1.0",
        "id": event,
        "source": f"{public_url}/programs/{program}",
        "type": kind,
        "subject": subject,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": dict(data),
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))
