"""What the command says on standard error where it does other than a newcomer may think."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from coach.cli import main
from coach.settings import Settings

NOTE = "He thought I'd have answered his Sunday mail by now. Behind on rent again."


def run(capsys, *arguments):
    status = main(list(arguments))
    return status, *capsys.readouterr()


def piped(monkeypatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("name", ["notes.csv", "notes.PARQUET"])
def test_a_table_is_for_coach_batch(capsys, tmp_path, name):
    (tmp_path / name).write_text("id,text\na,Met Ana.\n")
    status, out, err = run(capsys, "analyze", str(tmp_path / name))
    assert (status, out) == (1, "")
    assert "coach batch" in err and name in err and "Met Ana" not in err


def test_a_table_that_is_not_there_is_only_missing(capsys):
    status, _, err = run(capsys, "analyze", "nothere.csv")
    assert (status, "no such file" in err, "coach batch" in err) == (1, True, False)


def test_a_folder_says_what_it_left_out(capsys, require, tmp_path):
    require("reader")
    for name in ("a.txt", "b.csv", "c.PNG", "d.png", "plain", ".DS_Store", ".git/x.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(NOTE)
    status, out, err = run(capsys, "analyze", str(tmp_path), "--format", "jsonl")
    assert (status, len(out.splitlines())) == (0, 1)
    assert "4 files of other kinds were left out (.csv: 1, .png: 2, no ending: 1)." in err
    assert "coach batch" in err


def test_a_folder_of_notes_alone_says_nothing(capsys, require, tmp_path):
    require("reader")
    (tmp_path / "a.txt").write_text(NOTE)
    assert run(capsys, "analyze", str(tmp_path), "--format", "jsonl")[2] == ""


@pytest.mark.parametrize("arguments", [["analyze"], ["analyze", "-"], ["brief"]])
def test_standard_input_that_is_empty_is_named_so(capsys, monkeypatch, arguments):
    piped(monkeypatch, b"")
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("coach: standard input is empty")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_brief_of_nothing_is_no_plan(capsys, tmp_path, form):
    status, out, err = run(capsys, "brief", "nothere", "--format", form)
    assert (status, out) == (1, "")
    assert "nothere" in err
    (tmp_path / "none.jsonl").write_text("\n")
    status, out, err = run(capsys, "brief", "--reports", str(tmp_path / "none.jsonl"), "--format", form)
    assert (status, out) == (1, "")
    assert "none.jsonl: holds nothing to plan from" in err


def test_a_row_with_a_region_that_is_none_is_refused_alone(capsys, require, tmp_path):
    require("reader")
    rows = [
        {"id": "a", "text": NOTE, "region": "CA-QC"},
        {"id": "b", "text": NOTE, "region": "Quebec"},
        {"id": "c", "text": NOTE},
    ]
    (tmp_path / "n.jsonl").write_text("\n".join(map(json.dumps, rows)))
    status, out, _ = run(capsys, "analyze", str(tmp_path / "n.jsonl"), "--format", "jsonl")
    got = [json.loads(line) for line in out.splitlines()]
    assert (status, [g["id"] for g in got], ["error" in g for g in got]) == (1, ["a", "b", "c"], [False, True, False])
    assert got[1]["error"]["code"] == "bad_input"
    assert "n.jsonl line 2" in got[1]["error"]["message"] and "ISO 3166" in got[1]["error"]["message"]


def copied_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "built"
    shutil.copytree(Settings().index_dir, folder)
    monkeypatch.setenv("COACH_INDEX_DIR", str(folder))
    return folder


@pytest.mark.parametrize("command", ["search", "analyze"])
def test_a_command_says_once_that_it_makes_the_index_anew(capsys, monkeypatch, require, tmp_path, command):
    require("encoder")
    several = "She said she wants to die. She is overwhelmed by work and cannot sleep."  # of which there is more than one card
    (tmp_path / "notes.jsonl").write_text(f"{json.dumps({'text': several})}\n" * 2)
    given = "no reply for weeks" if command == "search" else str(tmp_path / "notes.jsonl")
    manifest = copied_index(tmp_path, monkeypatch) / "manifest.json"
    sound = manifest.read_text(encoding="utf-8")
    from coach.guidance import index

    told: list[str] = []

    def build(*_):
        told.append(capsys.readouterr().err)
        return kept

    kept = index.load(manifest.parent, json.loads(sound)["fingerprint"])
    monkeypatch.setattr(index, "build", build)
    monkeypatch.setattr(index, "save", lambda *_: None)
    for text, why in ((json.dumps({**json.loads(sound), "fingerprint": "0"}), "is of other cards"), (None, "is missing")):
        manifest.write_text(text) if text else manifest.unlink()
        status, out, after = run(capsys, command, given)
        assert status == 0 and out and "made anew" not in after
        assert why in told[-1] and told[-1].count("made anew") == told[-1].count("\n") == 1  # before it is made
    assert len(told) == 2


def test_a_search_with_an_index_that_fits_says_nothing(capsys, monkeypatch, require, tmp_path):
    require("encoder")
    from coach.build import build_guidance
    from coach.guidance.index import fingerprint

    manifest, guidance = copied_index(tmp_path, monkeypatch) / "manifest.json", build_guidance(Settings())
    fits = {**json.loads(manifest.read_text(encoding="utf-8")), "fingerprint": fingerprint(guidance.cards, guidance.encoder.name)}
    manifest.write_text(json.dumps(fits), encoding="utf-8")  # whatever the state of the one in the tree
    assert run(capsys, "search", "no reply for weeks")[2] == ""
