"""What the service keeps. Words of people (notes, reports, comments, names of mentees) are sealed; the rest is ids, kinds, times.

A class under `Tenant` belongs to one program; `api/db/session.py` binds every query of it to the program at hand.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    or_,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from api.clock import new_id

_KEPT = "text IS NOT NULL"
_UNDECIDED = "state != 'decided'"
"""Of partial indexes: the few rows of a table that a worker looks for, however many are done with."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC on every database; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {
        datetime: UtcTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
        bytes: LargeBinary,
    }


def ident() -> Mapped[str]:
    return mapped_column(String(32), primary_key=True, default=new_id)


class Tenant:
    """Belongs to one program."""

    @declared_attr
    def program_id(cls) -> Mapped[str]:
        return mapped_column(ForeignKey("program.id"), index=True)


class Program(Base):
    """A tenant. `rules` holds deadlines, working hours, thresholds, escalation (api/rules.py gives the standard ones)."""

    __tablename__ = "program"
    id: Mapped[str] = ident()
    name: Mapped[str] = mapped_column(String(200))
    region: Mapped[str | None] = mapped_column(String(8))
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    retention_days: Mapped[int | None] = mapped_column(Integer)
    live: Mapped[bool] = mapped_column(Boolean, default=False)
    drill: Mapped[bool] = mapped_column(Boolean, default=False)
    demo: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)


class Person(Base):
    """Somebody who signs in. One person may serve several programs."""

    __tablename__ = "person"
    id: Mapped[str] = ident()
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(300))
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]


class Membership(Tenant, Base):
    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("program_id", "person_id", "role"),)
    id: Mapped[str] = ident()
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))


class SignIn(Base):
    """A session: only the token's hash is kept. One with a program, made by its identity provider, serves that program alone."""

    __tablename__ = "sign_in"
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    program_id: Mapped[str | None] = mapped_column(ForeignKey("program.id"))
    csrf: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]


class OneTimeLink(Base):
    """A link that works once: the first admin, an invitation, a test alert to acknowledge."""

    __tablename__ = "one_time_link"
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str | None] = mapped_column(String(32))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(Tenant, Base):
    __tablename__ = "api_key"
    id: Mapped[str] = ident()
    name: Mapped[str] = mapped_column(String(100))
    token: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class DataKey(Tenant, Base):
    """A data key, wrapped by a master key; `wrapped` is None once it is destroyed."""

    __tablename__ = "data_key"
    id: Mapped[str] = ident()
    wrapped: Mapped[bytes | None]
    destroyed_at: Mapped[datetime | None]


class Secret(Base):
    """A key of the whole service, wrapped: what hashes audit rows."""

    __tablename__ = "secret"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    wrapped: Mapped[bytes]


class Pair(Tenant, Base):
    """A mentor and a mentee, who is known by a pseudonym alone."""

    __tablename__ = "pair"
    id: Mapped[str] = ident()
    mentor_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    mentee: Mapped[bytes]
    age_group: Mapped[str] = mapped_column(String(8), default="unknown")
    region: Mapped[str | None] = mapped_column(String(8))
    timezone: Mapped[str | None] = mapped_column(String(64))
    consent: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key_id: Mapped[str] = mapped_column(ForeignKey("data_key.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)


class Note(Tenant, Base):
    """A stored note; `text` is None once it is erased. `reread_at`: when the worker reads it again."""

    __tablename__ = "note"
    __table_args__ = (
        UniqueConstraint("program_id", "idempotency_key"),
        Index("ix_note_reread", "reread_at"),
        Index("ix_note_purge", "program_id", "received_at", postgresql_where=text(_KEPT), sqlite_where=text(_KEPT)),
    )
    id: Mapped[str] = ident()
    pair_id: Mapped[str | None] = mapped_column(ForeignKey("pair.id"), index=True)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("data_key.id"))
    text: Mapped[bytes | None]
    region: Mapped[str | None] = mapped_column(String(8))
    minor: Mapped[bool | None] = mapped_column(Boolean)
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    historical: Mapped[bool] = mapped_column(Boolean, default=False)
    drill: Mapped[bool] = mapped_column(Boolean, default=False)
    hold: Mapped[bool] = mapped_column(Boolean, default=False)
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    reread_at: Mapped[datetime | None]
    rereads: Mapped[int] = mapped_column(Integer, default=0)
    erased_at: Mapped[datetime | None]


class StoredReport(Tenant, Base):
    """A report of a note; a newer reading gets the next version and the old one stays."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("note_id", "version"),)
    id: Mapped[str] = ident()
    note_id: Mapped[str] = mapped_column(ForeignKey("note.id"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes | None]
    level: Mapped[str] = mapped_column(String(10))
    coverage: Mapped[str] = mapped_column(String(16))
    kinds: Mapped[list[str]]
    topics: Mapped[list[str]]
    model: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]


class Flag(Tenant, Base):
    """A concern that staff must look at. `due_at` is None where no clock runs (old notes: the review list).

    `about_id` is the person of the program whom the concern is about (a mentor), who neither sees nor decides it.
    """

    __tablename__ = "flag"
    __table_args__ = (
        Index("ix_flag_queue", "program_id", "state", "due_at", "id"),
        Index("ix_flag_due", "program_id", "due_at", "id"),
        Index("ix_flag_overdue", "due_at", postgresql_where=text(_UNDECIDED), sqlite_where=text(_UNDECIDED)),
        Index("ix_flag_escalation", "state", "escalate_at"),
    )
    id: Mapped[str] = ident()
    note_id: Mapped[str] = mapped_column(ForeignKey("note.id"), unique=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"))
    pair_id: Mapped[str | None] = mapped_column(ForeignKey("pair.id"), index=True)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    about_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    level: Mapped[str] = mapped_column(String(10))
    kinds: Mapped[list[str]]
    sources: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(10), default="open")
    decision: Mapped[str | None] = mapped_column(String(16))
    holder_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    not_fully_read: Mapped[bool] = mapped_column(Boolean, default=False)
    historical: Mapped[bool] = mapped_column(Boolean, default=False)
    drill: Mapped[bool] = mapped_column(Boolean, default=False)
    group_id: Mapped[str | None] = mapped_column(String(32), index=True)
    raised_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    escalate_at: Mapped[datetime | None]
    step: Mapped[int] = mapped_column(Integer, default=0)
    first_look_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(Integer, default=1)

    @classmethod
    def not_about(cls, person: str | None) -> ColumnElement[bool]:
        """For queries: flags that are not about somebody; all of them for None, a key's."""
        return or_(cls.about_id.is_(None), cls.about_id != (person or ""))


class FlagEvent(Tenant, Base):
    """What happened to a flag; `words` is a sealed comment or reason. `for_mentor`: the mentor may read it."""

    __tablename__ = "flag_event"
    id: Mapped[str] = ident()
    flag_id: Mapped[str] = mapped_column(ForeignKey("flag.id"), index=True)
    at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(16))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    words: Mapped[bytes | None]
    for_mentor: Mapped[bool] = mapped_column(Boolean, default=False)


class LedgerEntry(Tenant, Base):
    """An expectation of a pair: guessed, asked, agreed, broken or closed; statement and question are sealed."""

    __tablename__ = "ledger_entry"
    id: Mapped[str] = ident()
    pair_id: Mapped[str] = mapped_column(ForeignKey("pair.id"), index=True)
    note_id: Mapped[str | None] = mapped_column(ForeignKey("note.id"))
    topic: Mapped[str] = mapped_column(String(20))
    holder: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8), default="guessed")
    words: Mapped[bytes | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)


class FollowUp(Tenant, Base):
    """A follow-up of a stored note: open, done or dropped."""

    __tablename__ = "follow_up"
    __table_args__ = (Index("ix_follow_up_due", "program_id", "state", "created_at"),)
    id: Mapped[str] = ident()
    note_id: Mapped[str] = mapped_column(ForeignKey("note.id"), index=True)
    pair_id: Mapped[str | None] = mapped_column(ForeignKey("pair.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    cards: Mapped[list[str]]
    words: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(String(8), default="open")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)


class Feedback(Tenant, Base):
    """What a person says of a signal: right, wrong, or missed (with a sealed quote)."""

    __tablename__ = "feedback"
    id: Mapped[str] = ident()
    note_id: Mapped[str] = mapped_column(ForeignKey("note.id"), index=True)
    report_version: Mapped[int] = mapped_column(Integer)
    signal: Mapped[int | None] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(48))
    verdict: Mapped[str] = mapped_column(String(8))
    quote: Mapped[bytes | None]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Contact(Tenant, Base):
    """Where alerts go: `step` 1 first; `on_call` also out of hours. `acknowledged_at`: a person answered a test alert."""

    __tablename__ = "contact"
    id: Mapped[str] = ident()
    name: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(500))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    step: Mapped[int] = mapped_column(Integer, default=1)
    on_call: Mapped[bool] = mapped_column(Boolean, default=False)
    acknowledged_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Alert(Tenant, Base):
    """One message in the outbox; `key` makes it one message however often it is sent. Holds no words of a note."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_outbox", "state", "next_at"),)
    id: Mapped[str] = ident()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    flag_id: Mapped[str | None] = mapped_column(ForeignKey("flag.id"), index=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]
    fault: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Release(Tenant, Base):
    """A second person's leave to erase what an open flag or a hold protects: a pair's notes, or a note that has no pair.

    `words` is the reason, sealed.
    """

    __tablename__ = "release"
    id: Mapped[str] = ident()
    pair_id: Mapped[str | None] = mapped_column(ForeignKey("pair.id"), index=True)
    note_id: Mapped[str | None] = mapped_column(ForeignKey("note.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    words: Mapped[bytes]
    at: Mapped[datetime]


class RateCount(Base):
    """Requests of one minute since 1970, on PostgreSQL, by all processes; `mark` is a hash of what is counted and for whom."""

    __tablename__ = "rate_count"
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True)
    count: Mapped[int] = mapped_column(Integer)


class AuditRow(Base):
    """One act. `mac` is keyed over the row and the one before it, so a changed, dropped or moved row is found."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    program_id: Mapped[str | None] = mapped_column(String(32), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]]
    mac: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """How long the trail is and its last mac, sealed by a mac of its own: a cut tail is found. Its row is the trail's lock."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    last: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class OidcProvider(Tenant, Base):
    """A program's own identity provider; the client's secret is sealed with a data key of its own."""

    __tablename__ = "oidc_provider"
    __table_args__ = (UniqueConstraint("program_id"),)
    id: Mapped[str] = ident()
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(200))
    secret: Mapped[bytes]
    key_id: Mapped[str] = mapped_column(ForeignKey("data_key.id"))


class OidcIdentity(Tenant, Base):
    """Who is who at the program's identity provider: from a person's first sign-in there on its `sub` counts, not the address."""

    __tablename__ = "oidc_identity"
    __table_args__ = (
        UniqueConstraint("program_id", "issuer", "subject"),
        UniqueConstraint("program_id", "issuer", "person_id"),
    )
    id: Mapped[str] = ident()
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    linked_at: Mapped[datetime]


class HandbookDocument(Tenant, Base):
    """A document of a program's own handbook, cut into passages and embedded; sealed with a data key of its own."""

    __tablename__ = "handbook_document"
    __table_args__ = (UniqueConstraint("program_id", "name"),)
    id: Mapped[str] = ident()
    name: Mapped[str] = mapped_column(String(200))
    passages: Mapped[int]
    added_at: Mapped[datetime]
    body: Mapped[bytes]
    key_id: Mapped[str] = mapped_column(ForeignKey("data_key.id"))


class OidcAttempt(Base):
    """A sign-in that was begun at a provider: `state` is hashed, and bound to the browser by a cookie."""

    __tablename__ = "oidc_attempt"
    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("program.id"))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class SlackDoor(Tenant, Base):
    """A program's own Slack app: its workspace, the private channel of its alerts; signing secret and bot token are sealed."""

    __tablename__ = "slack_door"
    __table_args__ = (UniqueConstraint("program_id"),)
    id: Mapped[str] = ident()
    team: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    signing_secret: Mapped[bytes]
    bot_token: Mapped[bytes]
    key_id: Mapped[str] = mapped_column(ForeignKey("data_key.id"))


class SlackLink(Tenant, Base):
    """A user of the program's Slack who acts there as a person of the program; one of each to one of the other."""

    __tablename__ = "slack_link"
    __table_args__ = (UniqueConstraint("program_id", "slack_user"), UniqueConstraint("program_id", "person_id"))
    id: Mapped[str] = ident()
    slack_user: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]


class SlackCode(Tenant, Base):
    """A one-time code that Slack shows a user, hashed; `slack_name` is shown to whoever enters it."""

    __tablename__ = "slack_code"
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    slack_user: Mapped[str] = mapped_column(String(32))
    slack_name: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime]


class SlackSeen(Tenant, Base):
    """A request or event of Slack that has been served, hashed, so that it is not served twice."""

    __tablename__ = "slack_seen"
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class WebhookSubscription(Tenant, Base):
    """Where a program's events go. Its secrets are sealed with a data key of its own; the one before holds until `old_until`.

    `made_by` is the person, or whoever made the API key that made it; with `api_key_id` it ends when that key does.
    `busy_until`: a worker has it. `rest_until`: it failed, and is left alone. `watched_to`: what came due by then has been told.
    """

    __tablename__ = "webhook_subscription"
    id: Mapped[str] = ident()
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[str]]
    report: Mapped[bool] = mapped_column(Boolean, default=False)
    made_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    api_key_id: Mapped[str | None] = mapped_column(ForeignKey("api_key.id"), index=True)
    secret: Mapped[bytes]
    old_secret: Mapped[bytes | None]
    old_until: Mapped[datetime | None]
    key_id: Mapped[str] = mapped_column(ForeignKey("data_key.id"))
    created_at: Mapped[datetime]
    watched_to: Mapped[datetime]
    busy_until: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_for: Mapped[str | None] = mapped_column(String(40))
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)


class WebhookDelivery(Tenant, Base):
    """One event for one subscription, sent as `event_id` however often. `data` holds ids, kinds and times; None once its note is
    erased. The report is never in it: where it was granted, it is opened as the event leaves.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("subscription_id", "event_id"),
        Index("ix_webhook_outbox", "state", "next_at"),
        Index("ix_webhook_old", "created_at"),
    )
    id: Mapped[str] = ident()
    subscription_id: Mapped[str] = mapped_column(ForeignKey("webhook_subscription.id"))
    event_id: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(80))
    note_id: Mapped[str | None] = mapped_column(ForeignKey("note.id"), index=True)
    report_id: Mapped[str | None] = mapped_column(ForeignKey("report.id"))
    data: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(8), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(Integer)
    fault: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class WeeklySample(Tenant, Base):
    """A week of a program whose unflagged notes were drawn from for a second look; `week` is its Monday, in the program's time zone.

    `pool`: level -> [how many were drawn, of how many].
    """

    __tablename__ = "weekly_sample"
    __table_args__ = (UniqueConstraint("program_id", "week"),)
    id: Mapped[str] = ident()
    week: Mapped[str] = mapped_column(String(10))
    drawn_at: Mapped[datetime]
    pool: Mapped[dict[str, Any]]


class SampledNote(Tenant, Base):
    """A note drawn for a second look. `level` is what the reader gave; `opened` holds the times it was opened, in ISO form.

    `answer`: "nothing" or "missed", which raised the flag `flag_id`.
    """

    __tablename__ = "sampled_note"
    id: Mapped[str] = ident()
    sample_id: Mapped[str] = mapped_column(ForeignKey("weekly_sample.id"), index=True)
    note_id: Mapped[str] = mapped_column(ForeignKey("note.id"), unique=True)
    level: Mapped[str] = mapped_column(String(10))
    opened: Mapped[list[str]] = mapped_column(default=list)
    opened_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(String(8))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    flag_id: Mapped[str | None] = mapped_column(ForeignKey("flag.id"))
