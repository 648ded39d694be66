"""Old numbers in a note: named, and corrected to what holds now."""

import re

from coach.advise.registry import Resources
from coach.values import Correction, Resource

_GAP = r"[\s().\-\u2010-\u2015\u2212/]{0,3}"
"""What people write between the digits of a number: blanks, brackets, dots, hyphens and dashes of any kind."""

LEAST_DIGITS = 7
"""Shorter codes would match dates, times and sums."""

_LONG = re.compile(rf"(?:\d{_GAP}){{{LEAST_DIGITS}}}")
"""What every number that is looked for has; most notes hold none."""

_TOLD = "{number} ({name}) is no longer the number to give."
WORDS = (
    f"{_TOLD} The service has ended; use the help listed here.",
    f"{_TOLD} Now: {{successor}}, {{ways}}.",
    "call {call} or text {text}",
    "call {call}",
    "text {text}",
)
"""Every correction, for translators."""


class Numbers:
    """Finds retired or replaced numbers of seven digits or more, in any spacing, with or without the leading 1 or +1."""

    def __init__(self, resources: Resources) -> None:
        live = {_bare(n) for r in resources if r.status == "active" for n in (r.call, r.text) if n}
        self._old: list[tuple[re.Pattern[str], Resource, Resource | None]] = []
        for r in resources:
            if r.status == "active":
                continue
            successor = resources.by_id(r.replaced_by) if r.replaced_by else None
            for number in (r.call, r.text):
                digits = _bare(number or "")
                if len(digits) >= LEAST_DIGITS and digits not in live:
                    self._old.append((_pattern(digits, number or ""), r, successor))

    def find(self, text: str) -> tuple[Correction, ...]:
        """Corrections in the order of the text; each quote runs from the number's first digit, + or bracket to its last digit."""
        if not _LONG.search(text):
            return ()
        found = [
            Correction(m.start(), m.end(), m[0], _message(m[0], old, successor), old.replaced_by)
            for pattern, old, successor in self._old
            for m in pattern.finditer(text)
        ]
        return tuple(sorted(found, key=lambda c: c.start))


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _bare(number: str) -> str:
    """The digits without the leading 1 of a North American number of eleven digits."""
    digits = _digits(number)
    return digits[1:] if len(digits) == 11 and digits[0] == "1" and number.lstrip().startswith(("1-", "+1")) else digits


def _pattern(digits: str, written: str) -> re.Pattern[str]:
    """`digits` with gaps, not inside a longer number. `written` with a leading 1 makes that 1 optional in the note."""
    lead = rf"(?:\+?1{_GAP})?" if _bare(written) != _digits(written) else r"(?:\+\d{1,3}" + _GAP + ")?"
    return re.compile(rf"(?<![\d+]){lead}\(?{_GAP.join(digits)}(?!\d)")


def _message(number: str, old: Resource, successor: Resource | None) -> str:
    if successor is None:
        return WORDS[0].format(number=number, name=old.name)
    ways = " or ".join(
        w for w in (f"call {successor.call}" if successor.call else "", f"text {successor.text}" if successor.text else "") if w
    )
    return WORDS[1].format(number=number, name=old.name, successor=successor.name, ways=ways or successor.url)
