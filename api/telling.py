"""What does not fit a description, in words: those of our own checks and descriptions, never of what was sent, which may be a note."""

from collections.abc import Mapping
from typing import Any

from api.types import REGION_FORM

PATTERNS = {
    REGION_FORM: "a country or a part of one, such as CA or CA-QC",
    "^https://": "an address that begins with https://",
    "^https?://": "an address that begins with https:// or http://",
    "^[+0-9 ()./-]+$": "a telephone number, in digits",
    "^[CG][A-Z0-9]{2,30}$": "the id of a channel as Slack gives it, such as C0123456789",
    "^[a-z_]{1,40}$": "small letters and _, such as mental_health",
    "^[0-9A-Za-z_-]{1,40}$": "an id as this service gave it",
}
"""The form that each pattern of our descriptions asks for."""

BOUNDS = {
    "literal_error": ("one of {}", "expected"),
    "string_too_long": ("at most {} characters", "max_length"),
    "string_too_short": ("at least {} characters", "min_length"),
    "too_long": ("at most {}", "max_length"),
    "too_short": ("at least {}", "min_length"),
    "greater_than_equal": ("at least {}", "ge"),
    "less_than_equal": ("at most {}", "le"),
}
"""Kinds of fault of which pydantic says what our description asks for, and under which name it does."""

NO_OBJECT = ("model_attributes_type", "model_type", "dict_type")
BODY = "send a JSON object, with the header Content-Type: application/json"
EMAIL = "value is not a valid email address"


class Told(ValueError):
    """A fault that a check of ours finds; its message is told as it is, so it is a literal and holds nothing of what was sent."""


def fault_in_words(error: Mapping[str, Any]) -> str:
    """Of one of pydantic's faults, with its context: what is asked for, else the kind of fault."""
    kind, context = str(error["type"]), error.get("ctx") or {}
    own = context.get("error")
    if isinstance(own, Told):
        return str(own)
    if kind == "value_error" and str(error.get("msg", "")).startswith(EMAIL):
        return "not an e-mail address"  # pydantic's own words may say what was typed
    asked = _asked(kind, tuple(error["loc"]), context)
    return f"{kind.replace('_', ' ')} ({asked})" if asked else kind.replace("_", " ")


def _asked(kind: str, place: tuple[int | str, ...], context: Mapping[str, Any]) -> str | None:
    if kind in NO_OBJECT:
        return BODY if place == ("body",) else "an object is needed"
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(str(context.get("pattern")))
    words, name = BOUNDS.get(kind, ("", ""))
    return words.format(context[name]) if name in context else None
