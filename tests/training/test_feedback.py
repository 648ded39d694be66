"""Verdicts teach one label at the sentences judged and nothing else; a version comes in through the gate and names its sources."""

import json
from pathlib import Path

import numpy as np
import pytest
from cryptography.fernet import Fernet

from coach.cli import main
from coach.encode.weights import read_manifest
from coach.errors import InputError
from coach.settings import ROOT, Settings
from coach.taxonomy import LABELS
from coach.training import feedback, versions

HEAD = {"form": "coach-feedback 1", "program": "p1", "made_at": "2026-11-26T00:00:00+00:00"}
ROW = {
    "id": "v1", "source": "n1", "verdict": "right", "label": "distress.money", "before": "We met at noon.",
    "text": "He is behind on rent again.", "quote": "behind on rent", "about": "mentee", "assertion": "present", "status": None,
}  # fmt: skip
MISSED = {**ROW, "id": "v3", "source": "n3", "verdict": "missed", "label": "distress.isolation", "about": None}


def written(path: Path, *rows: dict[str, object], head: dict[str, str] = HEAD, key: bytes | None = None) -> Path:
    data = "\n".join(json.dumps(row) for row in (head, *rows)).encode()
    path.write_bytes(Fernet(key).encrypt(data) if key else data)
    return path


def test_a_file_is_read_with_its_key_alone(tmp_path: Path) -> None:
    key, other = tmp_path / "key", tmp_path / "other"
    for path in (key, other):
        path.write_bytes(Fernet.generate_key() + b"\n")
    sealed = written(tmp_path / "sealed", ROW, MISSED, key=key.read_bytes().strip())
    assert b"rent" not in sealed.read_bytes()
    found = feedback.read(sealed, key)
    assert (found.program, found.sources) == ("p1", {"n1", "n3"})
    assert found.verdicts[0].text[found.verdicts[0].signal.start : found.verdicts[0].signal.end] == "behind on rent"
    for wrong in (other, None, tmp_path / "none"):
        with pytest.raises(InputError):
            feedback.read(sealed, wrong)


@pytest.mark.parametrize(
    "changed",
    [
        *(
            {"label": "distress.none"},
            {"verdict": "perhaps"},
            {"quote": "no such words"},
            {"quote": ""},
            {"quote": "met at noon"},
        ),
        *({"about": "cat"}, {"assertion": None}, {"status": "loud"}, {"id": ""}, {"source": None}, {"text": 3}),
    ],
)
def test_a_line_that_breaks_the_form_is_named_without_its_words(tmp_path: Path, changed: dict[str, object]) -> None:
    with pytest.raises(InputError, match="file:3") as caught:
        feedback.read(written(tmp_path / "file", ROW, {**ROW, **changed}))
    assert "rent" not in str(caught.value)


@pytest.mark.parametrize("head", [{}, {**HEAD, "form": "coach-feedback 2"}])
def test_a_file_without_its_first_line_is_refused(tmp_path: Path, head: dict[str, str]) -> None:
    with pytest.raises(InputError, match="first line"):
        feedback.read(written(tmp_path / "file", ROW, head=head))


@pytest.mark.parametrize(
    ("changed", "mention", "knows_who"),
    [
        ({}, 1.0, True),
        ({"verdict": "wrong"}, 0.0, False),
        ({"verdict": "missed", "about": None}, 1.0, False),
        ({"assertion": "past"}, 1.0, True),
    ],
)
def test_a_verdict_teaches_one_label_at_one_sentence(tmp_path, tokenizer, changed, mention, knows_who):
    given = feedback.read(written(tmp_path / "file", {**ROW, **changed}))
    (one,) = feedback.examples(given.verdicts, tokenizer)
    column = LABELS.index("distress.money")
    assert np.argwhere(one.scored).tolist() == [[1, column]]
    assert one.mention[1, column] == mention
    assert one.now[1, column] == (mention if changed.get("assertion") != "past" else 0)
    assert bool(one.about.any()) == knows_who
    assert (one.level, one.stage, one.evidence) == (-1, -1, None)


def test_a_signal_that_was_said_not_to_hold_teaches_nothing_when_it_is_wrong(tmp_path, tokenizer):
    given = feedback.read(written(tmp_path / "file", {**ROW, "verdict": "wrong", "assertion": "negated"}))
    assert feedback.examples(given.verdicts, tokenizer) == []
    assert feedback.sources([given]) == {"p1": []}


def test_what_is_unknown_moves_no_weight(tmp_path, tokenizer, require):
    """The loss of a verdict has a gradient for its label at its sentence alone."""
    import torch

    from coach.training.network import Scores
    from coach.training.reader import Recipe, batches, losses

    given = feedback.read(written(tmp_path / "file", ROW, {**ROW, "id": "v2", "verdict": "wrong"}))
    (batch,) = batches(feedback.examples(given.verdicts, tokenizer), Recipe(crop=0), 0)
    s, n, b, t = batch.sentences, len(LABELS), *batch.ids.shape
    free = {"mention": (s, n), "now": (s, n), "assertion": (s, 3, 4), "about": (s, 3, 3), "status": (s,), "tokens": (b, t, n)}
    made = {name: torch.zeros(shape, requires_grad=True) for name, shape in {**free, "level": (b, 4), "stage": (b, 4)}.items()}
    losses(Scores(**made), batch, (torch.ones(n), torch.ones(n)), contrast=1.0).backward()
    for name in ("mention", "now"):
        moved = np.argwhere(made[name].grad.numpy())
        assert {tuple(place) for place in moved} == {(1, LABELS.index("distress.money")), (3, LABELS.index("distress.money"))}
    assert made["level"].grad is None and made["status"].grad is None


@pytest.mark.parametrize(
    ("new", "passed"),
    [
        ({}, True),
        ({"distress": 0.8, "expectation": 0.41}, True),
        ({"distress": 0.6999}, False),
        ({"distress": 0.9, "urgent": 0.89}, False),
    ],
)
def test_the_gate_lets_nothing_in_that_loses(new: dict[str, float], passed: bool) -> None:
    old = {"expectation": 0.5, "distress": 0.7, "relationship": 0.5, "urgent": 0.9}
    verdict = versions.Verdict(old, {**old, **new})
    assert verdict.passed == passed
    for name, value in new.items():
        assert f"({value - old[name]:+.4f})" in next(line for line in verdict.words().splitlines() if name in line)


def version(folder: Path, name: str, taught: dict[str, list[str]]) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "manifest.json").write_text(json.dumps({"feedback": {"sources": taught}}), encoding="utf-8")


def test_an_erased_source_is_found_in_every_version_that_it_taught(tmp_path, monkeypatch, capsys) -> None:
    version(tmp_path / "all", "a", {"p1": ["n1", "n2"], "p2": ["m1"]})
    version(tmp_path / "all", "b", {"p1": ["n1"]})
    monkeypatch.setenv("COACH_VERSIONS_DIR", str(tmp_path / "all"))
    export = written(tmp_path / "now", ROW)
    assert main(["train", "check", "--with", str(export)]) == 1
    printed = capsys.readouterr().out
    assert "a: 1 of its sources" in printed and "b:" not in printed
    other = written(tmp_path / "other", head={**HEAD, "program": "p2"})
    assert main(["train", "check", "--with", str(export), "--with", str(other)]) == 1
    assert "a: 2 of its sources" in capsys.readouterr().out
    assert main(["train", "check", "--with", str(written(tmp_path / "more", ROW, {**ROW, "source": "n2"}))]) == 0


def test_trained_weights_lie_where_git_does_not_look() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert Settings().versions_dir.relative_to(ROOT).parts[0] == "data" and "/data/" in ignored


@pytest.mark.long
@pytest.mark.filterwarnings("default")  # torch's exporter warns of its own future
def test_from_verdicts_to_a_version_or_a_refusal(require, tmp_path, monkeypatch, capsys):
    """A sliver of the corpus and a tiny recipe; whether it wins is not the point, so the figures are given."""
    require("train")
    require("base")
    from coach.training import reader

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, count in (("notes-12.jsonl", 24), ("sentences-distress-3.jsonl", 40)):
        lines = (Settings().corpus_dir / name).read_text(encoding="utf-8").splitlines()[:count]
        (corpus / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("COACH_CORPUS_DIR", str(corpus))
    monkeypatch.setenv("COACH_VERSIONS_DIR", str(tmp_path / "all"))
    standard = reader.Recipe
    tiny = {"note_repeat": 1, "batch_tokens": 600, "bf16": False, "settle": 0}
    monkeypatch.setattr(reader, "Recipe", lambda **more: standard(**{**tiny, **more}))
    old = dict.fromkeys(versions.FIGURES, 0.5)
    figures = {"old": old, "new": {**old, "distress": 0.25}}
    monkeypatch.setattr(versions, "figures", lambda s: figures["old" if s.reader_dir == Settings().reader_dir else "new"])
    command = [
        "train",
        "reader",
        "--epochs",
        "1",
        "--out",
        str(tmp_path / "out"),
        "--with",
        str(written(tmp_path / "f", ROW, MISSED)),
    ]
    assert main(command) == 1
    assert "distress       0.5000 -> 0.2500  (-0.2500)" in capsys.readouterr().out and not (tmp_path / "all").exists()
    figures["new"] = {**old, "distress": 0.75}
    assert main(command) == 0
    printed = capsys.readouterr().out
    (made,) = (tmp_path / "all").iterdir()
    assert f"COACH_READER_DIR={made}" in printed and f"COACH_READER_DIR={Settings().reader_dir}" in printed
    assert read_manifest(made, "")["feedback"]["sources"] == {"p1": ["n1", "n3"]}
    monkeypatch.undo()
    found = versions.figures(Settings(reader_dir=made, corpus_dir=corpus))
    assert set(found) == set(versions.FIGURES)
