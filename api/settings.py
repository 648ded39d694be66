"""Every setting of the service, in one place; each is also an environment variable COACH_<NAME>. `coach serve --settings` lists them.

COACH_SECRETS names a folder of files that are settings too (coach_database_url, coach_smtp_password ...), as containers get secrets.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Sizes are bytes, times seconds where not named otherwise."""

    model_config = SettingsConfigDict(env_prefix="COACH_", frozen=True, extra="ignore")

    data_dir: Path = Field(default=Path("coach-data"), description="folder of the embedded database; made where it is missing")
    database_url: str | None = Field(default=None, description="SQLAlchemy address; empty: SQLite in the data folder")
    database_seconds: float = Field(
        default=30.0,
        ge=0,
        description="PostgreSQL: a statement may take so long, then the answer is 503; the purge has an hour, commands no limit; 0: none",
    )
    key_file: Path | None = Field(
        default=None, description="master keys, one 'id base64' a line, newest last; never inside the data folder"
    )
    master_keys: SecretStr | None = Field(default=None, description="the same lines, instead of a file, parted by commas")
    public_url: str = Field(default="http://127.0.0.1:8000", description="address that people use; stands in alerts")
    plain_http: bool = Field(
        default=False,
        description="true: `coach serve` starts though people come from other machines without TLS",
    )
    hsts_subdomains: bool = Field(
        default=True, description="browsers come to hosts below public_url's by https alone too; false where one speaks http"
    )
    host: str = "127.0.0.1"
    port: int = 8000
    migrate: bool | None = Field(default=None, description="bring the database up to date on start; empty: on SQLite alone")
    demo: bool = Field(default=False, description="make the demo program on a first start")

    max_body_bytes: int = 25_000_000
    body_seconds: float = Field(default=20.0, description="a request's body must have come within this time")
    requests_per_minute: int = Field(default=240, description="for each key, person or address")
    requests_at_once: int = Field(
        default=64, ge=1, description="under way in one process; past it the answer is 503 with Retry-After"
    )
    sign_ins_per_minute: int = Field(default=8, description="for each address and for each account")
    trusted_proxies: int = Field(default=0, description="how many proxies add to X-Forwarded-For in front of the service")

    analysis_workers: int = 2
    analysis_queue: int = Field(default=32, description="notes that may wait; past it the answer is 503 with Retry-After")
    analysis_seconds: float = Field(default=15.0, description="then phrases alone answer, and the note is read again later")
    reread_seconds: float = 60.0

    session_hours: int = Field(default=12, description="then a session ends, used or not")
    idle_minutes: int = Field(default=240, ge=0, description="a session ends when nothing was asked for so long; 0: never")
    staff_idle_minutes: int = Field(default=30, ge=0, description="the same for staff, admins and auditors, of any program")
    setup_hours: int = Field(default=24, description="how long a one-time link holds")
    historical_days: int = Field(
        default=14, description="notes of sessions longer ago go to the review list without starting clocks"
    )

    ready_without_reader: bool = Field(
        default=False,
        description="/readyz answers 200 and 'degraded', not 503, where the trained reader does not load and phrases alone read",
    )
    metrics_key: SecretStr | None = Field(
        default=None,
        description="/metrics asks for it as a bearer token; empty: only where public_url is this machine, and from it",
    )

    worker: bool = Field(default=True, description="send alerts and read again inside this process")
    worker_seconds: float = 1.0
    alert_attempts: int = Field(default=10, description="then the alert stands in the dead-letter list")
    alert_backoff_seconds: float = 5.0
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str = "coach@localhost"
    smtp_starttls: bool = True
    smtp_check_certificate: bool = Field(
        default=True, description="false: any certificate of the mail server will do; on a network of your own alone"
    )
    smtp_seconds: float = 10.0
    webhook_seconds: float = 10.0
    slack_url: str = Field(
        default="https://slack.com/api/", description="Slack's Web API, for programs that have set up a Slack app"
    )
    slack_seconds: int = 10
    follow_up_days: int = Field(default=7, ge=1, description="a follow-up that is open so long is due: webhooks are told")
    allow_private_webhooks: bool = Field(default=False, description="webhooks may go to private and loopback addresses")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then the environment, then files of the folder COACH_SECRETS where that is set."""
        kept = (*sources, named["init_settings"], named["env_settings"])
        folder = os.environ.get("COACH_SECRETS")
        return (*kept, SecretsSettingsSource(settings_cls, folder)) if folder else kept

    @property
    def address(self) -> str:
        """The SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'coach.db').resolve()}"

    @property
    def keys_at(self) -> Path:
        """The key file: beside the data folder, never in it."""
        return self.key_file or self.data_dir.resolve().parent / f"{self.data_dir.resolve().name}.keys"

    @property
    def embedded(self) -> bool:
        return self.address.startswith("sqlite")

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def in_the_clear(self) -> bool:
        """Whether people's words would travel between machines without TLS."""
        return not self.secure_cookies and not is_here(urlsplit(self.public_url).hostname)


def is_here(host: str | None) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def listing() -> str:
    """One line a setting: name, standard value, what it is."""
    lines = []
    for name, field in ServiceSettings.model_fields.items():
        standard = "" if field.default is None else str(field.default)
        lines.append(f"COACH_{name.upper():24s} {standard:24s} {field.description or ''}".rstrip())
    return "\n".join(lines)
