"""Old numbers in a note: named, and corrected to what holds now."""

import re

from coach.advise.registry import Resources
from coach.values import Correction, Resource

_NUMBER = re.compile(r"(?<![\w])\+?\(?\d[\d ().\-–\u00a0]{4,18}\d(?!\w)")


class Numbers:
    """Finds retired or replaced numbers of seven digits or more, in any spacing; short codes would match dates and times."""

    def __init__(self, resources: Resources) -> None:
        live = {_digits(n) for r in resources if r.status == "active" for n in (r.call, r.text) if n}
        self._old: dict[str, tuple[Resource, Resource | None]] = {}
        for r in resources:
            successor = resources.by_id(r.replaced_by) if r.replaced_by else None
            for number in (r.call, r.text):
                digits = _digits(number or "")
                if r.status != "active" and len(digits) >= 7 and digits not in live:
                    self._old[digits] = (r, successor)

    def find(self, text: str) -> tuple[Correction, ...]:
        """Corrections in the order of the text."""
        out = []
        for m in _NUMBER.finditer(text):
            hit = self._old.get(_digits(m[0])) or self._old.get(_digits(m[0]).removeprefix("1"))
            if hit:
                out.append(Correction(m.start(), m.end(), m[0], _message(m[0], *hit), hit[0].replaced_by))
        return tuple(out)


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _message(number: str, old: Resource, successor: Resource | None) -> str:
    told = f"{number} ({old.name}) is no longer the number to give."
    if successor is None:
        return f"{told} The service has ended; use the help listed here."
    ways = " or ".join(
        w for w in (f"call {successor.call}" if successor.call else "", f"text {successor.text}" if successor.text else "") if w
    )
    return f"{told} Now: {successor.name}, {ways or successor.url}."
