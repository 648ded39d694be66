"""The second labelling stands on its notes, and a labeller who says the same agrees wholly."""

import json

import pytest

from coach.errors import ContentError
from coach.settings import Settings
from coach.training.agreement import agreement
from coach.training.corpus import part_of, raw_notes

FAMILIES = ("expectation", "distress", "relationship")


def test_the_committed_labels_stand_on_notes_of_the_training_part():
    figures = agreement(Settings().corpus_dir)
    path = Settings().corpus_dir / "second-labelling" / "labels.jsonl"
    ids = [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert figures["notes"] == len(set(ids)) == 60 and {part_of(i) for i in ids} == {"train"}
    assert all(0.5 < figures[name]["f1"] < 1 for name in FAMILIES)


def copied(tmp_path, change=lambda row: row):
    """A corpus of the first file's notes, labelled a second time by `change` of the first labels."""
    rows = raw_notes(Settings().corpus_dir)[:20]
    (tmp_path / "notes-1.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    (tmp_path / "second-labelling").mkdir()
    again = [change({k: r[k] for k in ("id", "signals", "triage", "stage")}) for r in rows]
    (tmp_path / "second-labelling" / "labels.jsonl").write_text("".join(json.dumps(r) + "\n" for r in again), encoding="utf-8")
    return tmp_path


def test_the_same_labels_agree_wholly(tmp_path):
    figures = agreement(copied(tmp_path))
    assert [figures[name]["f1"] for name in FAMILIES] == [1, 1, 1] and figures["triage"]["accuracy"] == 1


def test_none_agree_not_at_all(tmp_path):
    assert agreement(copied(tmp_path, lambda row: {**row, "signals": []}))["distress"]["f1"] == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "nobody"}, "labels.jsonl:1: no note nobody"),
        ({"signals": [{"quote": "not in it", "label": "distress.grief", "about": "mentee", "assertion": "present"}]}, "stand in"),
    ],
)
def test_a_fault_is_named(tmp_path, change, says):
    with pytest.raises(ContentError, match=says):
        agreement(copied(tmp_path, lambda row: {**row, **change}))
