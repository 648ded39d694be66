"""A prompt file -> the messages for one note. The file is content: TOML front matter, then the parts "## system" and "## user".

Jinja runs in its sandbox and only over the file itself: a note is a value that is filled in, never a template.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from coach.errors import ContentError, MissingDependency
from coach.llm.protocol import Message
from coach.taxonomy import ABOUT, ASSERTIONS, LABELS, STATUSES

_SHAPE: Final = re.compile(
    r"\+\+\+\n(?P<front>.+?)\n\+\+\+\n+## system\n+(?P<system>.+?)\n+## user\n+(?P<user>.+?)\n*\Z", re.DOTALL
)
_INPUTS: Final = frozenset({"note", "fence", "schema"})
_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "label": frozenset(LABELS),
    "about": frozenset(ABOUT),
    "assertion": frozenset(ASSERTIONS),
    "status": frozenset(STATUSES),
}
_AGAIN: Final = "That was not the JSON object asked for. Answer again with that object alone: no other words, no code fence."


class PromptFile:
    """A task of a file; immutable, safe to share. `schema` is the JSON schema of the answer."""

    def __init__(self, path: Path, inputs: frozenset[str]) -> None:
        """`inputs` are what is filled in. Raises ContentError where the file breaks its shape."""
        self.name = path.name
        try:
            text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        except (OSError, ValueError) as error:
            raise ContentError(f"{path.name}: cannot be read ({type(error).__name__}); restore it from git") from None
        shape = _SHAPE.match(text)
        if not shape:
            raise ContentError(f"{path.name}: needs +++ front matter +++, then ## system and ## user")
        try:
            front = tomllib.loads(shape["front"])
            self.schema: Mapping[str, Any] = json.loads(front["schema"])
            given = set(front["inputs"])
        except (ValueError, KeyError, TypeError) as error:
            raise self._front(error) from None
        if given != inputs:
            raise ContentError(f"{path.name}: inputs must be {', '.join(sorted(inputs))}")
        self._parts: tuple[tuple[Literal["system", "user"], str], ...] = (("system", shape["system"]), ("user", shape["user"]))

    def _front(self, error: Exception) -> ContentError:
        return ContentError(f"{self.name}: front matter: {type(error).__name__}: {error}")

    def render(self, **given: str) -> tuple[Message, ...]:
        """What is asked. Raises ContentError at a fault in the template, MissingDependency without Jinja."""
        try:
            from jinja2 import StrictUndefined, TemplateError
            from jinja2.sandbox import ImmutableSandboxedEnvironment
        except ImportError:
            raise MissingDependency("jinja2", "llm") from None
        env = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        given = {**given, "schema": json.dumps(self.schema, ensure_ascii=False)}
        try:
            return tuple(Message(role, env.from_string(part).render(given)) for role, part in self._parts)
        except (TemplateError, TypeError) as error:  # TypeError: an include, for which there is no loader
            raise ContentError(f"{self.name}: line {getattr(error, 'lineno', '?')}: {type(error).__name__}") from None

    @staticmethod
    def again(messages: tuple[Message, ...], answer: str, longest: int = 2000) -> tuple[Message, ...]:
        """The same question after an answer that could not be used."""
        return (*messages, Message("assistant", answer[:longest] or "-"), Message("user", _AGAIN))


def fence(note: str) -> str:
    """The mark around a note, made from it: a note cannot hold its own, so none can end the fence it stands in."""
    mark = hashlib.sha256(note.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"NOTE-{mark}"


class Prompt(PromptFile):
    """Reading one note. `row` is the JSON schema of one signal of the answer."""

    def __init__(self, path: Path) -> None:
        """Raises ContentError where the file breaks its shape or its schema does not fit the taxonomy."""
        super().__init__(path, _INPUTS)
        try:
            self.row: Mapping[str, Any] = self.schema["properties"]["signals"]["items"]
            values = {name: self.row["properties"][name]["enum"] for name in _VALUES}
        except (KeyError, TypeError) as error:
            raise self._front(error) from None
        for name, allowed in _VALUES.items():
            if set(values[name]) - {None} != allowed:
                raise ContentError(f"{path.name}: the schema's values of {name!r} are not those of coach/taxonomy.py")

    def messages(self, note: str) -> tuple[Message, ...]:
        """What is asked of `note`."""
        return self.render(note=note, fence=fence(note))
