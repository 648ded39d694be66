"""Training of the reader on a sliver of the corpus: it learns, a stopped run goes on to the same weights, and what it exports
is read without torch."""

import json
from pathlib import Path

import pytest

from coach.settings import Settings

TINY = {"epochs": 2, "note_repeat": 1, "batch_tokens": 600, "bf16": False, "warmup": 0.1, "average": 0.5, "settle": 1}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """24 notes and 40 sentences of the real corpus."""
    folder = tmp_path_factory.mktemp("corpus")
    for name, count in (("notes-12.jsonl", 24), ("sentences-distress-3.jsonl", 40)):
        lines = (Settings().corpus_dir / name).read_text(encoding="utf-8").splitlines()[:count]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def losses(printed: str) -> list[float]:
    return [json.loads(line)["loss"] for line in printed.splitlines() if line.startswith('{"epoch"')]


@pytest.mark.long
def test_a_stopped_run_goes_on_to_the_same_weights(require, corpus, tmp_path, monkeypatch, capsys):
    require("train")
    require("base")
    import torch

    from coach.training import reader
    from coach.training.encoder import base_folder

    recipe = reader.Recipe(**TINY)
    reader.train(corpus, base_folder(), tmp_path / "whole", recipe)
    first, second, _ = losses(capsys.readouterr().out)
    assert second < first

    real = reader._epoch

    def stops(*arguments):
        if arguments[-1] == 1:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(reader, "_epoch", stops)
        with pytest.raises(KeyboardInterrupt):
            reader.train(corpus, base_folder(), tmp_path / "stopped", recipe)
    reader.train(corpus, base_folder(), tmp_path / "stopped", recipe)
    whole, stopped = (torch.load(tmp_path / name / "reader.pt", weights_only=True) for name in ("whole", "stopped"))
    assert whole.keys() == stopped.keys()
    assert all(torch.equal(whole[k], stopped[k]) for k in whole)


@pytest.mark.long
@pytest.mark.filterwarnings("default")  # torch's exporter warns of its own future
def test_what_is_exported_reads_as_the_network_does(require, corpus, tmp_path):
    require("train")
    require("base")
    import numpy as np
    import torch
    from transformers import AutoModel

    from coach.detect.reader import NeuralReader
    from coach.text.sentences import split
    from coach.training.corpus import notes
    from coach.training.encoder import base_folder
    from coach.training.examples import build
    from coach.training.network import Reader
    from coach.training.publish import publish
    from coach.training.reader import Recipe, collate, train

    recipe, base = Recipe(**TINY), base_folder()
    run = train(corpus, base, tmp_path / "run", recipe)
    served = NeuralReader(publish(run, base, corpus, tmp_path / "reader", recipe, "test"))
    note = notes(corpus)[0]
    (window, joined), *_ = served.score(note.text, split(note.text)).windows
    scores = served._heads(served._states(window.ids), window.spans)  # the network alone; what is served joins the linear reader
    network = Reader(AutoModel.from_pretrained(base))
    network.load_state_dict(torch.load(run / "reader.pt", weights_only=True))
    network.eval()
    batch = collate(build([note], served._tokenizer))
    with torch.no_grad():
        mention = torch.sigmoid(network(batch.ids, batch.mask, batch.owner, batch.sentences).mention).numpy()
    assert len(mention) == len(window.spans)
    assert float(np.abs(mention - scores.mention).max()) < 0.05
    texts = [s.text for s in split(note.text)[window.first : window.first + len(window.spans)]]
    linear = served._ngrams(texts)[:, mention.shape[1] :]
    odds = 0.7 * np.log(scores.mention / (1 - scores.mention)) + 0.3 * linear
    assert joined.mention == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-3)


@pytest.mark.long
def test_a_reader_learns_from_a_published_one(require, corpus, tmp_path, capsys):
    require("train")
    require("base")
    from coach.training import reader
    from coach.training.encoder import base_folder
    from coach.training.teaching import Lessons, Teachers, unlabelled

    lessons = Lessons(Teachers([Settings().reader_dir], tmp_path), tuple(unlabelled(Settings().guidance_dir))[:20])
    reader.train(corpus, base_folder(), tmp_path / "run", reader.Recipe(**TINY), lessons=lessons)
    first, second, _ = losses(capsys.readouterr().out)
    assert second < first
    assert (tmp_path / "run" / "reader.pt").exists()
