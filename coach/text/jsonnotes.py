"""JSON and JSON lines -> notes, one by one: a fault in one leaves its neighbours alone."""

import json
from collections.abc import Iterator
from typing import Any

from coach.errors import CoachError, InputError
from coach.text.items import BadItem, Limits, bad, broken, checked, whole
from coach.values import REGION, Note

_LONGEST_ID = 200
_MISSING = object()


def looks_like_json(text: str) -> bool:
    """Whether a text is meant as notes in JSON: it begins like an object or like a list of objects."""
    head = text[:200].lstrip()
    inner = head[1:].lstrip()
    if head.startswith("{"):
        return inner[:1] in {'"', "}"} or _loads(text) is not _MISSING
    return head.startswith("[") and inner.startswith("{")


def read_json(text: str, name: str, stem: str, limits: Limits, lines: bool) -> Iterator[Note | BadItem]:
    """Notes of one JSON document, or one a line; `lines` says that the file's name promises lines."""
    document = _MISSING if lines else _loads(text)
    if document is _MISSING and (lines or _has_object_lines(text)):
        yield from _read_lines(text, name, stem, limits)
    elif document is _MISSING:
        yield _not_json(text, name, stem)
    elif isinstance(document, dict) and "text" not in document and isinstance(document.get("notes"), list):
        yield from _read_list(document["notes"], name, stem, limits)
    elif isinstance(document, list):
        yield from _read_list(document, name, stem, limits)
    else:
        yield _item(document, stem, name, limits, {})


def read_line(line: str, ident: str, place: str, limits: Limits) -> Note | BadItem:
    """The note of one line of JSON lines, for who counts lines, and looks for ids that stand twice, by himself."""
    value = _loads(line)
    return _not_json(line, place, ident) if value is _MISSING else read_value(value, ident, place, limits)


def read_value(value: Any, ident: str, place: str, limits: Limits) -> Note | BadItem:
    """The note of one JSON object that has been read; `ident` is its id where it has none."""
    return _item(value, ident, place, limits, {})


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _MISSING


def _has_object_lines(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    return any(isinstance(_loads(line), dict) for line in lines)


def _read_lines(text: str, name: str, stem: str, limits: Limits) -> Iterator[Note | BadItem]:
    seen: dict[str, str] = {}
    # only "\n" ends a line: JSON strings may hold U+2028 and U+0085, at which str.splitlines would cut
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        ident, place = f"{stem}-{number}", f"{name} line {number}"
        value = _loads(line)
        yield _not_json(line, place, ident) if value is _MISSING else _item(value, ident, place, limits, seen)


def _read_list(values: list[Any], name: str, stem: str, limits: Limits) -> Iterator[Note | BadItem]:
    seen: dict[str, str] = {}
    if not values:
        yield bad(stem, name, InputError('the list of notes is empty; add objects with "text"'))
    for number, value in enumerate(values, 1):
        yield _item(value, f"{stem}-{number}", f"{name} note {number}", limits, seen)


def _not_json(text: str, place: str, ident: str) -> BadItem:
    try:
        json.loads(text)
    except json.JSONDecodeError as fault:
        where = f" at line {fault.lineno}, column {fault.colno}" if "\n" in text.strip() else f" at column {fault.colno}"
        return bad(ident, place, InputError(f'not valid JSON ({fault.msg}{where}); write one object with "text"'))
    except (ValueError, RecursionError) as fault:
        return broken(ident, place, "JSON", fault)
    return bad(ident, place, InputError('not a note; write one object with "text"'))


def _item(value: Any, ident: str, place: str, limits: Limits, seen: dict[str, str]) -> Note | BadItem:
    """One note; `ident` is its id where it has none, and `seen` maps the ids of notes given so far to their places."""
    if isinstance(value, dict) and _is_id(value.get("id")):
        ident = whole(str(value["id"]))
    elif ident in seen:
        ident = f"{ident}-unnamed"
    try:
        note = checked(_note(value, ident), limits)
        if ident in seen:
            raise InputError(f"its id is that of {seen[ident]}; give each note an id of its own")
    except CoachError as error:
        return bad(ident, place, error)
    seen[ident] = place
    return note


def _is_id(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    text = str(value)
    return bool(text.strip()) and len(text) <= _LONGEST_ID and text.isprintable()


def _note(value: Any, ident: str) -> Note:
    """A note from a JSON object; raises InputError for a wrong type, naming the key."""
    if not isinstance(value, dict):
        raise InputError('not an object; write {"text": "..."}')
    if "text" not in value:
        raise InputError('has no "text"; write {"text": "..."}')
    given = value.get("id")
    if given not in (None, "") and not _is_id(given):
        raise InputError(f'"id" must be a word or number of one line, {_LONGEST_ID} characters at most')
    text = value["text"]
    if not isinstance(text, str):
        raise InputError('"text" must be a string')
    minor = value.get("minor")
    if minor is not None and not isinstance(minor, bool):
        raise InputError('"minor" must be true, false or null')
    region = _word(value, "region")
    if region and not REGION.fullmatch(region):
        raise InputError('"region" must be an ISO 3166 code, such as CA, CA-QC, US or GB, or null')
    return Note(ident, text, region, minor, _word(value, "setting"), _word(value, "language"))


def _word(value: dict[str, Any], key: str) -> str | None:
    """A string, or None where it is missing, null or blank."""
    word = value.get(key)
    if word is not None and not isinstance(word, str):
        raise InputError(f'"{key}" must be a string or null')
    return whole(word.strip()) if word and word.strip() else None
