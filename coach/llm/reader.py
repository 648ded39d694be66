"""The language model as a second reader: asks, checks the answer, keeps to its time. It only adds, and it never raises.

How a question is put within its time: coach/llm/asking.py.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coach.llm.answer import Answer, check
from coach.llm.asking import Asker, rows_of
from coach.llm.breaker import Breaker
from coach.llm.prompt import Prompt
from coach.llm.protocol import Backend, Masked, Message
from coach.values import Finding, Outgoing, SecondReading, Sentence

_LONG = "the note is longer than it is asked about."

Findings = tuple[Finding, ...]


class LanguageModelReader:
    """Safe to share between threads. `seconds` is the whole time of a note, retries among it.

    With `mask` the model sees notes without their names, and what it quotes is found again in the note as it is.
    """

    def __init__(
        self,
        prompt: Prompt,
        backend: Backend,
        seconds: float,
        max_chars: int,
        breaker: Breaker | None = None,
        mask: Callable[[str], Masked] | None = None,
    ) -> None:
        self._prompt, self._backend, self._mask = prompt, backend, mask
        self._seconds, self._max_chars = seconds, max_chars
        self._asker = Asker(seconds, breaker)

    def read(self, text: str, sentences: Sequence[Sentence]) -> tuple[Findings, SecondReading]:
        """What the model found that holds, and what came of asking it."""
        name = self._backend.name
        if len(text) > self._max_chars:
            return (), SecondReading(name, _LONG)
        asked = self._asker.ask(lambda: self._ask(text, tuple(sentences)))
        sent_to = self._backend.sent_to if asked.sent else None
        if asked.answer is None:
            return (), SecondReading(name, asked.fault, sent_to=sent_to)
        kept = len(asked.answer.findings)
        return asked.answer.findings, SecondReading(name, None, kept, asked.answer.dropped, sent_to)

    def outgoing(self, text: str) -> Outgoing | None:
        """What would leave this process if the note were read now, word for word; None where nothing would. Asks nobody.

        After an answer in another form the same is asked once more, with that answer under it.
        """
        where = self._backend.sent_to
        if where is None or len(text) > self._max_chars:
            return None
        messages = self._messages(text, self._mask(text) if self._mask else None)
        return Outgoing(where, self._backend.name, tuple((m.role, m.content) for m in messages))

    def _messages(self, text: str, masked: Masked | None) -> tuple[Message, ...]:
        return self._prompt.messages(masked.text if masked else text)

    def _ask(self, text: str, sentences: Sequence[Sentence]) -> Answer | None:
        """The checked answer; None where neither the first nor the second has the form asked for."""
        until = time.monotonic() + self._seconds
        masked = self._mask(text) if self._mask else None
        rows = rows_of(self._backend, self._messages(text, masked), self._prompt.schema, "signals", until)
        return None if rows is None else check(rows, self._prompt.row, text, sentences, masked)


class Absent:
    """Stands where a model that was asked for could not be set up: every report says why."""

    def __init__(self, name: str, fault: str) -> None:
        self._told = SecondReading(name, fault)

    def read(self, text: str, sentences: Sequence[Sentence]) -> tuple[Findings, SecondReading]:
        del text, sentences
        return (), self._told


class Given:
    """A backend whose answer was written beforehand: any model, tried by hand."""

    name = "answer from a file"
    sent_to: str | None = None

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> str:
        del messages, schema, seconds
        return self._answer
