"""The matcher is loaded without the rest of spaCy, which is whole again for whoever asks for it."""

import subprocess
import sys

import pytest

CODE = "import sys\nimport coach.detect.phrases\n"


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", CODE + code], check=True, capture_output=True, text=True).stdout.strip()


def test_neither_pipelines_nor_commands_are_loaded():
    heavy = "('spacy.cli', 'spacy.language', 'spacy.pipeline', 'weasel', 'requests')"
    assert run(f"print([name for name in {heavy} if name in sys.modules])") == "[]"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import spacy; print(spacy.blank('en')('Hello there')[1])", "there"),
        ("import spacy; print(spacy.tokens.Doc.__name__, spacy.__name__)", "Doc spacy"),
        ("from spacy.language import Language; print(Language.__name__)", "Language"),
        ("import spacy\ntry: spacy.nonsense\nexcept AttributeError: print('refused')", "refused"),
    ],
)
def test_the_package_is_whole_when_it_is_asked_for(code, expected):
    assert run(code) == expected
