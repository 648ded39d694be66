"""What the tests of the language-model reader share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coach.llm.breaker import Breaker
from coach.llm.openai_backend import OpenAIBackend
from coach.llm.prompt import Prompt
from coach.llm.reader import LanguageModelReader
from coach.settings import Settings


@pytest.fixture(scope="session", autouse=True)
def _needs(require):
    require("llm")


@pytest.fixture(scope="session")
def prompt() -> Prompt:
    return Prompt(Settings().prompts_dir / "read_note.md")


@pytest.fixture
def reader_at(prompt) -> Callable[..., LanguageModelReader]:
    """A reader that asks an address; it waits for nothing between its tries."""

    def make(address: str, seconds: float = 5.0, breaker: Breaker | None = None) -> LanguageModelReader:
        backend = OpenAIBackend(address, "small-instruct", sleep=lambda _: None)
        return LanguageModelReader(prompt, backend, seconds, 24_000, breaker)

    return make


@pytest.fixture
def broken(tmp_path) -> Callable[[str, str], Path]:
    """The prompt file with something in it replaced."""

    def make(old: str, new: str) -> Path:
        text = (Settings().prompts_dir / "read_note.md").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "read_note.md"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path

    return make
