"""What the account routes take and give."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, EmailStr, Field, SecretStr, StringConstraints

from api.accounts.passwords import LONGEST, SHORTEST
from api.rules import Rules
from api.types import Region, Strict

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Password = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]
Role = Literal["mentor", "staff", "admin", "auditor"]
ScopeName = Literal["analyze", "notes:write", "notes:read", "flags:read", "guidance", "insights", "embed", "webhooks"]


class Credentials(Strict):
    email: EmailStr
    password: Annotated[str, StringConstraints(max_length=LONGEST)]


class Setup(Strict):
    """The one-time link's token, and who its bearer becomes."""

    token: Annotated[str, StringConstraints(max_length=200)]
    email: EmailStr
    name: Name
    password: Password


class PasswordIn(Strict):
    """The password as it is, and as it is to be."""

    old: Annotated[str, StringConstraints(max_length=LONGEST)]
    new: Password


class SessionOut(BaseModel):
    person: str
    csrf: str
    expires_at: datetime


class ProgramRole(BaseModel):
    program: str
    name: str
    roles: list[str]
    demo: bool
    drill: bool


class Me(BaseModel):
    id: str
    email: str
    name: str
    programs: list[ProgramRole]
    csrf: str


class ProgramIn(Strict):
    name: Name
    region: Region | None = None
    timezone: Annotated[str, StringConstraints(max_length=64)] = "UTC"
    retention_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    drill: bool = False
    rules: Rules = Rules()


class ProgramOut(BaseModel):
    id: str
    name: str
    region: str | None
    timezone: str
    retention_days: int | None
    live: bool
    drill: bool
    demo: bool
    rules: Rules
    version: int


class MemberIn(Strict):
    email: EmailStr
    name: Name
    role: Role


class MemberOut(BaseModel):
    """`invitation` is a one-time link, given once, for somebody who has no account yet."""

    person: str
    email: str
    name: str
    roles: list[str]
    invitation: str | None = None


class KeyIn(Strict):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    scopes: Annotated[list[ScopeName], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=730)] = 90


class KeyOut(BaseModel):
    """`token` is given once, when the key is made."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked: bool
    token: str | None = None


class ContactIn(Strict):
    """Where alerts go; `step` 1 is told first. An address is an e-mail address, an https address, or
    the private channel of the program's Slack app.
    """

    name: Name
    channel: Literal["email", "webhook", "slack"]
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
    step: Annotated[int, Field(ge=1, le=9)] = 1
    on_call: bool = False
    person: str | None = None


class ContactOut(BaseModel):
    id: str
    name: str
    channel: str
    address: str
    step: int
    on_call: bool
    acknowledged_at: datetime | None


class OidcIn(Strict):
    """A program's own identity provider; `issuer` as the provider writes it."""

    issuer: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://", max_length=500)]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    client_secret: SecretStr
