"""One question to a language model within its time: in a thread of its own, behind a breaker, never more than some at once."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from coach.errors import CoachError
from coach.llm.answer import parse
from coach.llm.breaker import Breaker
from coach.llm.prompt import Prompt
from coach.llm.protocol import Backend, Message

MOST_AT_ONCE: Final = 8
"""Questions that may be under way, those given up on among them."""

LATE: Final = "it did not answer in time."
RESTING: Final = "it did not answer lately and is not asked for a minute."
BUSY: Final = "too many questions to it are still under way."
MALFORMED: Final = "its answers, asked twice, were not in the form asked for."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """`fault` says why there is no answer; `sent` whether anything may have left."""

    answer: T | None
    fault: str | None
    sent: bool


@dataclass(slots=True)
class _Outcome(Generic[T]):
    """What a question came to; written by its thread, read when `done` is set."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: T | None = None
    fault: str = LATE


class Asker:
    """Safe to share between threads. `seconds` is the whole time of a question, retries among it."""

    def __init__(self, seconds: float, breaker: Breaker | None = None) -> None:
        self.seconds = seconds
        self._breaker = breaker or Breaker()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def ask(self, question: Callable[[], T | None]) -> Asked[T]:
        """What `question` gives; None from it means that no answer had the form asked for. Raises nothing."""
        if not self._breaker.allows():
            return Asked(None, RESTING, False)
        if not self._places.acquire(blocking=False):
            return Asked(None, BUSY, False)
        outcome: _Outcome[T] = _Outcome()
        threading.Thread(target=self._run, args=(outcome, question), name="language-model", daemon=True).start()
        answered = outcome.done.wait(self.seconds)
        answer = outcome.answer if answered else None
        if answer is None:
            self._breaker.failed()
            return Asked(None, outcome.fault if answered else LATE, True)
        self._breaker.succeeded()
        return Asked(answer, None, True)

    def _run(self, outcome: _Outcome[T], question: Callable[[], T | None]) -> None:
        try:
            outcome.answer = question()
            outcome.fault = MALFORMED
        except CoachError as error:
            outcome.fault = error.message
        except (
            Exception
        ) as error:  # whatever a backend's libraries raise: its message may hold the note, so only its kind is told
            outcome.fault = f"it failed ({type(error).__name__})."
        finally:
            self._places.release()
            outcome.done.set()


def rows_of(
    backend: Backend, messages: tuple[Message, ...], schema: Mapping[str, Any], name: str, until: float
) -> list[Any] | None:
    """The rows called `name` of the answer; asked once more after one in another form, None where that is no better.

    `until` is when time is up, on the monotonic clock. Raises what the backend raises.
    """
    for _ in range(2):
        answer = backend.ask(messages, schema, until - time.monotonic())
        rows = parse(answer, name)
        if rows is not None:
            return rows
        messages = Prompt.again(messages, answer)
    return None
