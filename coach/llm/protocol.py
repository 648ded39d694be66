"""What a language model is to the rest of the library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of what is asked."""

    role: Literal["system", "user", "assistant"]
    content: str


class Masked(Protocol):
    """A note without its names (coach/text/masking.py). `place` says where characters of `text` stand in the note as it is."""

    @property
    def text(self) -> str: ...

    def place(self, start: int, end: int) -> tuple[int, int]: ...


class Backend(Protocol):
    """Anything that answers messages with text. `sent_to` is the address the text goes to, None where it stays in this process."""

    @property
    def name(self) -> str: ...

    @property
    def sent_to(self) -> str | None: ...

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> str:
        """The answer, unchecked, within about `seconds`. `schema` is its JSON schema, for backends that can hold a model to it.

        Raises LanguageModelError, whose message never holds a note's text nor the model's.
        """
        ...
