"""Distillation: targets lie between the labels and what published readers say, and what they said is asked once."""

from pathlib import Path

import numpy as np
import pytest

from coach.settings import Settings
from coach.training.corpus import Item, bank, notes
from coach.training.examples import build


@pytest.fixture
def shipped(require) -> Path:
    require("reader")
    return Settings().reader_dir


def test_targets_are_part_label_and_part_teacher(shipped, tokenizer, tmp_path):
    from coach.training.teaching import UNLABELLED, Teachers, taught

    items = [*notes(Settings().corpus_dir)[:3], *list(bank(Settings().corpus_dir))[:3]]
    line = Item(f"{UNLABELLED}x-0", "He wants me to answer at midnight.", (), None, None)
    teachers = Teachers([shipped, shipped], tmp_path)
    made = taught([*items, line], tokenizer, teachers, 0.25)
    plain = build([*items, line], tokenizer)
    said = [one for item in (*items, line) for one in teachers(item)]
    assert len(made) == len(plain) == len(said)
    for got, labelled, (mention, now) in zip(made[:-1], plain[:-1], said[:-1], strict=True):
        assert np.allclose(got.now, 0.75 * labelled.now + 0.25 * now, atol=1e-6)
        assert np.allclose(got.mention, 0.75 * labelled.mention + 0.25 * mention, atol=1e-6)
        assert (got.level, got.stage) == (labelled.level, labelled.stage)
    assert np.array_equal(made[-1].now, said[-1][1]) and made[-1].now.max() > 0.2


def test_the_mean_of_two_equal_teachers_is_that_of_one(shipped, tmp_path):
    from coach.detect.reader import NeuralReader
    from coach.text.sentences import split
    from coach.training.teaching import Teachers

    note = notes(Settings().corpus_dir)[0]
    teachers = Teachers([shipped, shipped], tmp_path)
    teachers.ask([note])
    alone = NeuralReader(shipped).score(note.text, split(note.text)).windows
    for (_, now), (_, scores) in zip(teachers(note), alone, strict=True):
        assert np.allclose(now, np.clip(scores.now, 1e-4, 1 - 1e-4), atol=1e-3)


def test_what_they_said_is_asked_once_and_only_of_the_same_readers(shipped, tmp_path, monkeypatch):
    from coach.training.teaching import Teachers

    note = notes(Settings().corpus_dir)[0]
    first = Teachers([shipped], tmp_path)
    first.ask([note, note])
    monkeypatch.setattr(Teachers, "_ask", lambda self, item: pytest.fail(f"asked again about {item.id}"))
    again = Teachers([shipped], tmp_path)
    again.ask([note])
    for (a, b), (c, d) in zip(first(note), again(note), strict=True):
        assert np.allclose(a, c, atol=1e-3) and np.allclose(b, d, atol=1e-3)
    with pytest.raises(pytest.fail.Exception):
        Teachers([shipped, shipped], tmp_path).ask([note])
