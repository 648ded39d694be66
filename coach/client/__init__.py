"""The service over HTTP, typed: `Client` waits, `AsyncClient` is awaited; both have the same methods (README.md beside this)."""

try:
    import httpx  # noqa: F401
except ImportError:  # pragma: no cover - needs an environment without it
    from coach.errors import MissingDependency

    raise MissingDependency("httpx", "client") from None

from coach.client.clients import AsyncClient, Client
from coach.client.values import (
    BatchItem,
    Entry,
    Flag,
    FlagState,
    FollowUp,
    Full,
    Health,
    NewNote,
    NoteRow,
    Pair,
    Stored,
    Told,
    Version,
)

__all__ = [
    "AsyncClient",
    "BatchItem",
    "Client",
    "Entry",
    "Flag",
    "FlagState",
    "FollowUp",
    "Full",
    "Health",
    "NewNote",
    "NoteRow",
    "Pair",
    "Stored",
    "Told",
    "Version",
]
