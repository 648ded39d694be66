"""Any OpenAI-compatible address, through the `openai` client: timeouts, retries with backoff, no redirects. Extra `llm`."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from coach.errors import LanguageModelError, MissingDependency
from coach.llm.address import permit
from coach.llm.protocol import Message

BACKOFF: Final = 0.5
"""Seconds before the second try; twice that before the third, and so on."""
_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_NO_SCHEMA: Final = frozenset({400, 404, 422, 501})
"""What servers answer that know no `response_format`; the question is then put without it."""


class OpenAIBackend:
    """Safe to share between threads. Raises RemoteRefused for an address elsewhere that nobody accepted, MissingDependency."""

    def __init__(
        self,
        address: str,
        model: str,
        key: str = "",
        *,
        remote_accepted: bool = False,
        tries: int = 3,
        max_tokens: int = 2000,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sent_to: str | None = permit(address, remote_accepted)
        self.name = model or "unnamed"
        self._address, self._key, self._accepted = address, key, remote_accepted
        self._tries, self._max_tokens, self._sleep = max(1, tries), max_tokens, sleep
        self._with_schema = True
        try:
            import openai
        except ImportError:
            raise MissingDependency("openai", "llm") from None
        self._openai = openai
        logging.getLogger("openai").setLevel(logging.WARNING)  # below it, older versions log all that is asked

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> str:
        """The answer's text. Raises LanguageModelError where it refuses, is cut short, or all tries within `seconds` fail."""
        until = time.monotonic() + seconds
        fault = "there was no time left to ask."
        number = 0
        while number < self._tries and until - time.monotonic() > 0.05:
            try:
                return self._once(messages, schema if self._with_schema else None, until - time.monotonic())
            except self._openai.APITimeoutError:
                raise LanguageModelError("it did not answer in time.") from None
            except self._openai.APIConnectionError:
                fault = "it cannot be reached."
            except self._openai.APIStatusError as error:  # its message may hold what was sent, so only the status is told
                fault = f"it answered with status {error.status_code}."
                if self._with_schema and error.status_code in _NO_SCHEMA:
                    self._with_schema = False
                    continue
                if error.status_code not in _AGAIN:
                    break
            except self._openai.OpenAIError as error:
                raise LanguageModelError(f"its answer could not be read ({type(error).__name__}).") from None
            number += 1
            wait = BACKOFF * 2 ** (number - 1)
            if number < self._tries and wait < until - time.monotonic():
                self._sleep(wait)
            else:
                break
        raise LanguageModelError(fault)

    def _once(self, messages: Sequence[Message], schema: Mapping[str, Any] | None, seconds: float) -> str:
        """One request. Redirects are not followed, and proxies not used unless a remote address was accepted: no detours."""
        form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
        held: dict[str, Any] = {"response_format": form} if schema is not None else {}
        http = self._openai.DefaultHttpxClient(follow_redirects=False, trust_env=self._accepted)
        with self._openai.OpenAI(
            base_url=self._address, api_key=self._key or "none", max_retries=0, timeout=seconds, http_client=http
        ) as client:
            done = client.chat.completions.create(
                model=self.name,
                messages=[{"role": m.role, "content": m.content} for m in messages],  # type: ignore[misc]
                temperature=0,
                max_tokens=self._max_tokens,
                **held,
            )
        return _said(done)


def _said(done: Any) -> str:
    """The words of a completion, whatever a server made of the protocol. Raises LanguageModelError."""
    choices = getattr(done, "choices", None)
    message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
    if getattr(message, "refusal", None):
        raise LanguageModelError("it refused to answer.")
    content = getattr(message, "content", None)
    if not isinstance(content, str):
        raise LanguageModelError("its answer holds no text.")
    return content
