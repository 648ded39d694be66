"""Near-duplicates: copies with a word changed are found, notes of one kind are not; the corpus has none across its split."""

from coach.build import build_encoder
from coach.settings import Settings
from coach.training.corpus import Item, bank, notes
from coach.training.duplicates import across, near_duplicates


def item(ident: str, text: str) -> Item:
    return Item(ident, text, (), None, None)


TEXTS = [
    item("a", "I introduced myself, she introduced herself, and we filled in the welcome form together."),
    item("b", "I introduced myself, she introduced herself, and we filled in the welcome form."),
    item("c", "He hasn't answered since the third of March, three emails and a call."),
    item("d", "No reply from her in five weeks, though I rang twice and wrote."),
]


def test_a_copy_with_a_word_changed_is_found(require):
    require("train")
    (pair,) = near_duplicates(TEXTS, None)
    assert (pair.first, pair.second) == ("a", "b")
    assert pair.characters > 0.8


def test_meaning_alone_makes_no_pair(require):
    require("train")
    require("encoder")
    assert [(p.first, p.second) for p in near_duplicates(TEXTS, build_encoder(Settings()).encode)] == [("a", "b")]


def test_the_corpus_has_none_across_training_and_what_is_held_out(require):
    require("train")
    require("encoder")
    labelled = notes(Settings().corpus_dir)
    items = [*labelled, *bank(Settings().corpus_dir)]
    pairs = near_duplicates(items, build_encoder(Settings()).encode)
    assert across(pairs, labelled) == []
    labels = {i.id: sorted((s.label, s.assertion, s.status or "") for s in i.signals) for i in items}
    alike = [p for p in pairs if labels[p.first] == labels[p.second]]  # the others are look-alikes, written to be told apart
    assert len(alike) < len(items) / 1000
