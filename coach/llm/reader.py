"""The language model as a second reader: asks, checks the answer, keeps to its time. It only adds, and it never raises.

A question runs in a thread of its own, so that a model that hangs costs a note its time limit and no more; after some failures
in a row it is not asked for a while (coach/llm/breaker.py).
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from coach.errors import CoachError
from coach.llm.answer import Answer, check, parse
from coach.llm.breaker import Breaker
from coach.llm.prompt import Prompt
from coach.llm.protocol import Backend, Masked, Message
from coach.values import Finding, SecondReading, Sentence

MOST_AT_ONCE: Final = 8
"""Questions that may be under way, those given up on among them."""

_LATE = "it did not answer in time."
_RESTING = "it did not answer lately and is not asked for a minute."
_BUSY = "too many questions to it are still under way."
_LONG = "the note is longer than it is asked about."
_MALFORMED = "its answers, asked twice, were not in the form asked for."

Findings = tuple[Finding, ...]


@dataclass(slots=True)
class _Outcome:
    """What a question came to; written by its thread, read when `done` is set."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    fault: str = _LATE


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
        self._breaker = breaker or Breaker()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def read(self, text: str, sentences: Sequence[Sentence]) -> tuple[Findings, SecondReading]:
        """What the model found that holds, and what came of asking it."""
        name = self._backend.name
        if len(text) > self._max_chars:
            return (), SecondReading(name, _LONG)
        if not self._breaker.allows():
            return (), SecondReading(name, _RESTING)
        if not self._places.acquire(blocking=False):
            return (), SecondReading(name, _BUSY)
        outcome = _Outcome()
        threading.Thread(target=self._run, args=(outcome, text, tuple(sentences)), name="language-model", daemon=True).start()
        answered = outcome.done.wait(self._seconds)
        answer = outcome.answer if answered else None
        if answer is None:
            self._breaker.failed()
            return (), SecondReading(name, outcome.fault if answered else _LATE, sent_to=self._backend.sent_to)
        self._breaker.succeeded()
        kept = len(answer.findings)
        return answer.findings, SecondReading(name, None, kept, answer.dropped, self._backend.sent_to)

    def _run(self, outcome: _Outcome, text: str, sentences: Sequence[Sentence]) -> None:
        try:
            outcome.answer = self._ask(text, sentences)
            outcome.fault = _MALFORMED
        except CoachError as error:
            outcome.fault = error.message
        except (
            Exception
        ) as error:  # whatever a backend's libraries raise: its message may hold the note, so only its kind is told
            outcome.fault = f"it failed ({type(error).__name__})."
        finally:
            self._places.release()
            outcome.done.set()

    def _ask(self, text: str, sentences: Sequence[Sentence]) -> Answer | None:
        """The checked answer; None where neither the first nor the second has the form asked for."""
        until = time.monotonic() + self._seconds
        masked = self._mask(text) if self._mask else None
        messages = self._prompt.messages(masked.text if masked else text)
        for _ in range(2):
            said = self._backend.ask(messages, self._prompt.schema, until - time.monotonic())
            rows = parse(said)
            if rows is not None:
                return check(rows, self._prompt.row, text, sentences, masked)
            messages = self._prompt.again(messages, said)
        return None


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
