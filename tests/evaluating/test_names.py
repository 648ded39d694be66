"""The recall of masking: what counts as found, and that the labels are of notes that may be read."""

import json

import pytest

from coach.cli import main
from coach.errors import ContentError
from coach.evaluating.names import Labelled, labelled, measure, note_texts
from coach.settings import Settings
from coach.text.spans import Span
from coach.training.corpus import part_of

CORPUS = Settings().corpus_dir


class Fixed:
    """A masker that finds what it is told to."""

    def __init__(self, *spans):
        self._spans = spans

    def spans(self, text):
        return self._spans


def test_a_name_is_found_where_none_of_it_is_left():
    text = "Dana Whitfield of Leeds, Rob's"
    names = (Span(0, 14, "PERSON"), Span(18, 23, "PLACE"), Span(25, 30, "PERSON"))
    masks = (Span(0, 4, "PERSON"), Span(18, 23, "PERSON"), Span(25, 28, "PERSON"), Span(15, 17, "PLACE"))
    rows = {r.kind: r for r in measure(Fixed(*masks), [Labelled("x", text, names)])}
    assert (rows["PERSON"].recall.value, rows["PERSON"].as_kind.value) == (0.5, 0.5)
    assert (rows["PLACE"].recall.value, rows["PLACE"].as_kind.value) == (1, 0)
    assert rows["PLACE"].precision.value == 0
    assert (rows["ALL"].names, rows["ALL"].masks, rows["ALL"].precision.value) == (3, 4, 0.75)


def test_build_and_held_out_are_apart_and_no_note_of_the_test_part_is_labelled():
    notes = note_texts(CORPUS)
    build, held = ({one.id for one in labelled(CORPUS, f"names-{part}", notes)} for part in ("build", "held-out"))
    assert (len(build), len(held), build & held) == (200, 100, set())
    assert "test" not in {part_of(ident) for ident in build | held}


def test_a_fault_in_the_labels_is_told(tmp_path):
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "x.jsonl").write_text(json.dumps({"id": "a", "text": "Dana", "spans": [[0, 9, "PERSON"]]}))
    with pytest.raises(ContentError, match=r"x\.jsonl:1: a span outside the text"):
        labelled(tmp_path, "x", {})


def test_the_command_prints_the_figures_and_their_version(capsys):
    assert main(["names", "evaluate"]) == 0
    out = capsys.readouterr().out
    assert "names-held-out, 100 texts" in out
    assert "COACH_LLM_REMOTE_ACCEPTED names: names-" in out
