"""The library's words in a language, one text at a time. English gives everything back as it is.

A report is always put together in English; another language is found from the finished sentences. So it needs neither the note nor
what the sentences were made from, and a report that was stored can be shown in either language.
"""

from collections.abc import Mapping

from coach.values import Tongue
from coach.wording import french
from coach.wording.templates import Template, fields, filled, typeset

STRICT = frozenset({"reason", "what", "lead", "concern", "audience", "source"})
"""Fields that hold words of the library itself; a text in which one of them is not known is not the library's."""
LENIENT = frozenset({"ask", "ways", "level", "fault", "languages"})
"""Fields that may hold the library's words or somebody else's. All others hold a note's words, names and numbers."""
_JOINT = "; "


class Words:
    """`pairs`: English -> the language, with the same fields in braces; `shown`: those that are only filled, never found again.

    Safe to share between threads.
    """

    def __init__(
        self, language: Tongue = "en", pairs: Mapping[str, str] | None = None, shown: Mapping[str, str] | None = None
    ) -> None:
        self.language = language
        self._pairs = dict(pairs or {})
        self._shown = {english: typeset(other) for english, other in (shown or {}).items()}
        self._typeset = {english: typeset(other) for english, other in self._pairs.items()}
        templates = (Template(english, other) for english, other in self._typeset.items() if fields(english))
        self._templates = sorted(templates, key=lambda t: -t.literal)

    def say(self, text: str) -> str:
        """A finished English text of the library in the language; any other text as it is."""
        found = self._found(text)
        return text if found is None else found

    def knows(self, text: str) -> bool:
        """Whether `say` gives the text in the language: always in English."""
        return self.language == "en" or self._found(text) is not None

    def fill(self, english: str, **given: object) -> str:
        """An English text with fields, in the language, filled with what is given as it stands."""
        return filled(self._shown.get(english) or self._typeset.get(english, english), given)

    def also(self, pairs: Mapping[str, str]) -> "Words":
        """The same with further texts; its own come first."""
        if self.language == "en":
            return self
        made = Words(self.language, {**pairs, **self._pairs})
        made._shown = self._shown
        return made

    def quoted(self, text: str) -> str:
        """In the quotation marks of the language."""
        return f"“{text}”" if self.language == "en" else typeset("« {text} »").replace("{text}", text)

    def hours(self, text: str) -> str:
        """Opening hours as the registry has them, in the form of the language where they are of a common kind."""
        return text if self.language == "en" else french.hours(text)

    def _found(self, text: str) -> str | None:
        """As it stands; then texts in a row, as the reason for a help service is put together; then with a small first letter."""
        found = self._whole(text)
        if found is not None or self.language == "en":
            return found
        if _JOINT in text:
            said = [self._found(part) for part in text.split(_JOINT)]
            return _JOINT.join(s for s in said if s) if all(said) else None
        if text[:1].isupper():
            found = self._whole(text[0].lower() + text[1:])
        return found[0].upper() + found[1:] if found else None

    def _whole(self, text: str) -> str | None:
        if text in self._typeset:
            return self._typeset[text]
        for template in self._templates:
            given = template.match(text)
            said = None if given is None else self._fields(given)
            if said is not None:
                return filled(template.other, said)
        return None

    def _fields(self, given: Mapping[str, str]) -> dict[str, str] | None:
        out = {}
        for name, value in given.items():
            said = self._found(value) if name in STRICT else self._lenient(name, value)
            if said is None:
                return None
            out[name] = said
        return out

    def _lenient(self, name: str, value: str) -> str:
        if name == "languages":
            return ", ".join(map(self.say, value.split(", ")))
        if name == "date":
            return self._typeset.get(value) or french.day(value)
        return self.say(value) if name in LENIENT else value
