"""The corpus' parts and kinds, which figures rest on."""

import pytest

from coach.settings import Settings
from coach.training.corpus import bank, kind_of, notes, part_of


@pytest.mark.parametrize(
    ("ident", "kind"), [("t1-012", "subtle"), ("t4-100", "subtle"), ("t5-001", "plain"), ("t14-001", "plain")]
)
def test_a_note_is_plain_or_subtle_by_its_file(ident: str, kind: str) -> None:
    assert kind_of(ident) == kind


def test_what_was_written_after_reading_errors_is_for_training_alone() -> None:
    """Notes 14 came after the dev errors had been read: none may stand in a part that gives figures."""
    added = [n.id for n in notes(Settings().corpus_dir) if n.id.startswith("t14-")]
    assert len(added) > 300
    assert {part_of(ident) for ident in added} == {"train"}


def test_ids_are_used_once() -> None:
    ids = [i.id for i in (*notes(Settings().corpus_dir), *bank(Settings().corpus_dir))]
    assert len(ids) == len(set(ids))
