"""What the tests of training examples share."""

import pytest

from coach.settings import Settings


@pytest.fixture(scope="session")
def examples(require):
    """Examples of sixty notes and of two hundred single sentences."""
    require("train")
    require("base")
    from tokenizers import Tokenizer

    from coach.training.corpus import bank, notes
    from coach.training.encoder import base_folder
    from coach.training.examples import build

    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return build(notes(Settings().corpus_dir)[:60], tokenizer), build(bank(Settings().corpus_dir)[:200], tokenizer)
