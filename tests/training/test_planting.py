"""Single sentences planted in a note bring their own labels and leave the note's where they were."""

import random

import numpy as np


def rows(example):
    """Each sentence's tokens with all that is known of it."""
    for row, (a, b) in enumerate(example.window.spans):
        evidence = None if example.evidence is None else example.evidence[a:b].tobytes()
        labels = (example.scored[row].tobytes(), example.status[row], example.now[row].tobytes(), example.mention[row].tobytes())
        yield tuple(example.window.ids[a:b]), labels, evidence


def test_both_keep_their_tokens_and_labels(examples):
    from coach.training.planting import UNKNOWN, planted

    notes, singles = examples
    chance, grown = random.Random(5), 0
    bank = {(ids, labels) for e in singles for ids, labels, _ in rows(e)}
    for note in notes:
        own = list(rows(note))
        got = planted(note, singles, 3, chance)
        if got is note:
            continue
        grown += 1
        mine = [row for row in rows(got) if row in own]
        assert mine == own, "the note's own sentences, whole and in order"
        others = [row for row in rows(got) if row not in own]
        assert others and all((ids, labels) in bank for ids, labels, _ in others)
        assert all((np.frombuffer(evidence, np.float32) == UNKNOWN).all() for _, _, evidence in others)
        assert (got.level, got.stage) == (-1, -1)
        assert got.window.spans[0][0] == 1 and got.window.spans[-1][1] == len(got.window.ids) - 1
        assert len(got.evidence) == len(got.window.ids) == len(got.window.offsets)
    assert grown > 40


def test_nothing_is_planted_in_a_single_sentence_or_from_an_empty_bank(examples):
    from coach.training.planting import planted

    notes, singles = examples
    assert planted(singles[0], singles, 3, random.Random(0)) is singles[0]
    assert planted(notes[0], [], 3, random.Random(0)) is notes[0]


def test_planted_words_teach_the_tokens_nothing(examples):
    """The loss of the tokens is that of the note alone, wherever something was planted."""
    import torch

    from coach.taxonomy import LABELS
    from coach.training.planting import planted
    from coach.training.reader import Batch, _token_loss, collate

    notes, singles = examples
    note = next(e for e in notes if e.evidence.any())
    got = planted(note, singles, 2, random.Random(1))
    assert got is not note
    known = (got.evidence >= 0).all(1)
    torch.manual_seed(0)
    tokens = torch.randn(1, len(got.window.ids), len(LABELS))
    alone: Batch = collate([note])
    assert torch.allclose(_token_loss(tokens, collate([got])), _token_loss(tokens[:, known], alone))
