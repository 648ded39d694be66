"""What the routes of the door take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, StringConstraints

from api.types import Strict


class SlackIn(Strict):
    """A program's own Slack app. `channel` is the id of the private channel that alerts go to; the app must be a member of it."""

    signing_secret: Annotated[SecretStr, Field(min_length=16, max_length=200)]
    bot_token: Annotated[SecretStr, Field(min_length=10, max_length=300)]
    channel: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[CG][A-Z0-9]{2,30}$")]


class SlackOut(BaseModel):
    """`request_url` is what the app's manifest must name. `open`: the program's rules let the door be used."""

    team: str
    channel: str
    request_url: str
    open: bool


class CodeIn(Strict):
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class AskerOut(BaseModel):
    """Who asked for a code in Slack, as Slack names them: to be looked at before anything is linked."""

    slack_name: str
    slack_user: str
    expires_at: datetime


class LinkOut(BaseModel):
    slack_user: str
    since: datetime
