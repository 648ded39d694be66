"""What the tests of training examples share."""

import pytest

from coach.settings import Settings


@pytest.fixture(scope="session")
def tokenizer(require):
    """The base model's, which neither cuts nor pads."""
    require("train")
    require("base")
    from tokenizers import Tokenizer

    from coach.training.encoder import base_folder

    made = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


@pytest.fixture(scope="session")
def examples(tokenizer):
    """Examples of sixty notes and of two hundred single sentences."""
    from coach.training.corpus import bank, notes
    from coach.training.examples import build

    return build(notes(Settings().corpus_dir)[:60], tokenizer), build(bank(Settings().corpus_dir)[:200], tokenizer)
