"""JSON -> values. What is not as the description says raises KeyError, TypeError, ValueError or InputError; core.py makes it BadAnswer."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from coach import report as reports
from coach.values import Referral, Report, Resource

T = TypeVar("T")
PLAIN = (str, int, bool, float)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def one(kind: type[T]) -> Callable[[Any], T]:
    """A reader of one value."""
    return partial(made, kind)


def many(kind: type[T]) -> Callable[[Any], tuple[T, ...]]:
    """A reader of a list of them."""

    def read(given: Any) -> tuple[T, ...]:
        return tuple(made(kind, row) for row in _checked(list, given))

    return read


def made(kind: type[T], row: Any) -> T:
    """A dataclass from the fields that it knows: a newer service may send more."""
    if kind is Report:
        return report(row)  # type: ignore[return-value]
    _checked(dict, row)
    hints, given = _hints(kind), {}  # type: ignore[arg-type]
    for one_field in fields(kind):  # type: ignore[arg-type]
        if one_field.name in row or one_field.default is MISSING:
            given[one_field.name] = _value(hints[one_field.name], row[one_field.name])
    return kind(**given)


def report(row: Any) -> Report:
    """A report with its help services, which `coach.report.from_dict` leaves out."""
    return replace(reports.from_dict(row), resources=tuple(_referral(r) for r in row["resources"]))


def _referral(row: Mapping[str, Any]) -> Referral:
    """A report tells less of a service than the library does: what it leaves out is what holds of every service that is shown."""
    untold: dict[str, Any] = {"concerns": [], "audience": "any", "status": "active", "replaced_by": None, "confidence": ""}
    absent = {f.name: None if f.default is MISSING else f.default for f in fields(Resource)}
    return Referral(made(Resource, {**absent, **untold, **row}), _checked(str, row["why"]), row.get("caveat"))


def _value(hint: Any, value: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        (some,) = (one for one in inner if one is not NoneType)
        return None if value is None else _value(some, value)
    if origin is tuple:
        return tuple(_value(inner[0], item) for item in _checked(list, value))
    if hint is datetime:
        return datetime.fromisoformat(_checked(str, value))
    if is_dataclass(hint):
        return made(hint, value)  # type: ignore[arg-type]
    return _checked(hint, value) if hint in PLAIN else _checked((str, dict), value)


def _checked(kind: Any, value: Any) -> Any:
    if not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(f"not a {kind}")
    return value
