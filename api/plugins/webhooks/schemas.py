"""What the webhook routes take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api.plugins.webhooks.events import Event
from api.types import Strict

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500)]
Events = Annotated[list[Event], Field(min_length=1)]


class WebhookIn(Strict):
    """A subscription. `report`: note.analyzed carries the whole report, with the words of the note that it quotes; an admin alone
    can grant that.
    """

    name: Name
    address: Address
    events: Events
    report: bool = False


class WebhookChange(Strict):
    """What is not given stays. A key that changes the address loses the grant of the report. `enabled` true ends a disabling;
    `adopt`, for admins: the subscription no longer ends with the key that made it.
    """

    name: Name | None = None
    address: Address | None = None
    events: Events | None = None
    report: bool | None = None
    enabled: bool | None = None
    adopt: bool = False


class WebhookOut(BaseModel):
    """`state` is on, failing, disabled or key_ended; `disabled_for` is gone (the receiver answered 410), failing (for days) or
    by_hand. `secret` is given once, when it is made.
    """

    id: str
    name: str
    address: str
    events: list[str]
    report: bool
    key: str | None
    state: str
    disabled_for: str | None
    disabled_at: datetime | None
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    version: int
    secret: str | None = None


class DeliveryOut(BaseModel):
    """`event` is the webhook-id it leaves under, `status` the receiver's last answer, `fault` why it did not arrive."""

    id: str
    event: str
    type: str
    subject: str
    state: str
    attempts: int
    status: int | None
    fault: str | None
    at: datetime
    next_at: datetime | None
    sent_at: datetime | None


class PeriodIn(Strict):
    """Events from `since` up to `until`; without `all`, those alone that never arrived."""

    since: AwareDatetime
    until: AwareDatetime
    all: bool = False


class Replayed(BaseModel):
    count: int
