"""A sentence of the library with its fields, found again in a finished text and said in another language.

`You wrote {quote}. Ask: “{ask}”` finds `You wrote “I can't go on”. Ask: “How are you?”` and gives the two fields.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_FIELD = re.compile(r"\{(\w+)\}")
_QUOTE = "{quote}"
_NARROW, _FIXED = "\u202f", "\u00a0"


def fields(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(_FIELD.findall(text))


def typeset(text: str) -> str:
    """French typography as Canada has it: narrow fixed spaces inside « », a fixed space before a colon, none before ; ! ?"""
    text = text.replace(_QUOTE, f"« {_QUOTE} »") if _QUOTE in text else text
    return text.replace("« ", f"«{_NARROW}").replace(" »", f"{_NARROW}»").replace(" :", f"{_FIXED}:")


def filled(text: str, given: Mapping[str, object]) -> str:
    """The text with its fields; what stands in a field is never searched for fields itself."""
    return _FIELD.sub(lambda m: str(given[m[1]]), text)


@dataclass(frozen=True)
class Template:
    """`english` with at least one field, as the library fills it, and `other`, the same in another language."""

    english: str
    other: str

    @cached_property
    def literal(self) -> int:
        """Characters outside fields: the more, the surer a match."""
        return len(_FIELD.sub("", self.english))

    @cached_property
    def _ends(self) -> tuple[str, str]:
        parts = _FIELD.split(self._quoted)
        return parts[0], parts[-1]

    @property
    def _quoted(self) -> str:
        """The library puts the words of a note between marks when it fills `{quote}`."""
        return self.english.replace(_QUOTE, f"“{_QUOTE}”")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _FIELD.split(self._quoted)
        made = [f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)]
        return re.compile("".join(made), re.DOTALL)

    def match(self, text: str) -> dict[str, str] | None:
        """The fields of a text that was made from this template; None for any other."""
        head, tail = self._ends
        if not (text.startswith(head) and text.endswith(tail)):
            return None
        found = self._pattern.fullmatch(text)
        return found.groupdict() if found else None
