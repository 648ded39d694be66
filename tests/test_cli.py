"""The command, as a person or a program runs it."""

import io
import json
import sys
from pathlib import Path

import pytest

from coach.cli import main

NOTE = "He thought I'd have answered his Sunday mail by now. Behind on rent again."


@pytest.fixture(autouse=True)
def _needs(require):
    require("reader")
    require("encoder")


def run(capsys, *arguments):
    status = main(list(arguments))
    return status, *capsys.readouterr()


def test_a_note_as_text_shows_evidence_help_and_follow_ups(capsys, tmp_path):
    (tmp_path / "a.txt").write_text(NOTE)
    status, out, err = run(capsys, "analyze", str(tmp_path / "a.txt"), "--region", "CA")
    assert (status, err) == (0, "")
    assert "Behind on rent" in out
    assert "What to do next" in out
    assert out.index("The note") < out.index("What to do next")


def test_standard_input_and_json(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NOTE.encode())))
    status, out, _ = run(capsys, "analyze", "--format", "json")
    assert status == 0
    assert json.loads(out)["triage"]["level"] in ("watch", "concern")


def test_jsonl_keeps_order_and_loses_no_neighbour(capsys, tmp_path):
    lines = [json.dumps({"id": f"n{i}", "text": NOTE, "region": "GB", "odd": 1}) for i in range(9)]
    lines[6] = '{"id": "n6", "text": '
    lines[7] = json.dumps({"id": "n0", "text": NOTE})
    lines[8] = json.dumps({"id": "n8", "text": "  "})
    (tmp_path / "notes.jsonl").write_text("\n".join(lines))
    status, out, _ = run(capsys, "analyze", str(tmp_path / "notes.jsonl"), "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [r["id"] for r in rows[:6]] == [f"n{i}" for i in range(6)]
    assert [r["error"]["code"] for r in rows[6:]] == ["bad_input", "bad_input", "empty_note"]
    assert "7" in rows[6]["error"]["message"]
    assert NOTE[:20] not in json.dumps(rows[6:])


def test_a_folder_with_a_broken_file_reads_the_rest(capsys, tmp_path):
    (tmp_path / "a.txt").write_text(NOTE)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 broken")
    (tmp_path / "c.md").write_text(NOTE)
    status, out, err = run(capsys, "analyze", str(tmp_path), "--format", "json")
    assert status == 1
    assert "b.pdf" in err
    assert sum("triage" in row for row in json.loads(out)) == 2


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["analyze", "no-such-file.txt"], 1, "no-such-file.txt"),
        (["analyze", "README.md", "--region", "Canada"], 2, "ISO 3166"),
        (["search", "best pizza in Naples", "--format", "json"], 0, '"refused": true'),
        (["search", "she has gone quiet since March", "--format", "json"], 0, '"refused": false'),
        (["search", "she has gone quiet since March"], 0, "Came because it is like “"),
        (["search", "she has gone quiet since March", "--label", "relationship.gone_dark"], 0, "gone-dark-"),
        (["search", "she has gone quiet", "--label", "relationship.gone"], 2, "relationship.gone_dark"),
        (["index", "check"], 0, "fits"),
    ],
)
def test_commands_say_what_is_wrong_and_what_to_do(capsys, arguments, status, says):
    code, out, err = run(capsys, *arguments)
    assert code == status
    assert says in out + err
    assert "Traceback" not in err


def test_wrong_usage_is_status_two(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["analyze", "--format", "xml"])
    assert caught.value.code == 2


def test_escapes_and_markup_of_a_note_are_shown_and_not_obeyed(capsys, tmp_path):
    (tmp_path / "a.txt").write_text("\x1b[31mred\x1b[0m <script>alert(1)</script> he wants to die")
    _, text, _ = run(capsys, "analyze", str(tmp_path / "a.txt"))
    assert "\x1b" not in text
    _, page, _ = run(capsys, "analyze", str(tmp_path / "a.txt"), "--format", "html")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_search_reads_a_file_of_queries(capsys, tmp_path):
    (tmp_path / "q.jsonl").write_text('{"id": "a", "query": "no reply for weeks"}\n{"id": "b", "query": "renew my passport"}\n')
    status, out, _ = run(capsys, "search", str(tmp_path / "q.jsonl"), "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [r["id"] for r in rows] == ["a", "b"]
    assert len(rows[0]["results"]) <= 10
    assert rows[0]["results"][0].keys() == {"id", "title", "score", "excerpt", "source", "why"}


def test_content_is_sound(capsys):
    status, out, _ = run(capsys, "validate")
    assert status == 0, out


STORY = Path(__file__).parent / "examples" / "pair-story"


def test_a_brief_from_the_notes_of_a_pair(capsys):
    status, out, err = run(capsys, "brief", str(STORY), "--today", "2026-05-04")
    assert (status, err) == (0, "")
    assert "after 6 notes" in out
    assert "Money trouble" in out[out.index("Dropped") :]
    assert "42 days" in out


def test_a_brief_from_reports_says_the_same(capsys, tmp_path):
    _, notes, _ = run(capsys, "brief", str(STORY), "--format", "json", "--today", "2026-03-30")
    _, reports, _ = run(capsys, "analyze", str(STORY), "--format", "jsonl")
    lines = reports.splitlines()
    (tmp_path / "reports.jsonl").write_text("\n".join(reversed(lines)), encoding="utf-8")
    status, out, _ = run(
        capsys, "brief", "--reports", str(tmp_path / "reports.jsonl"), "--format", "json", "--today", "2026-03-30"
    )
    assert status == 0
    assert json.loads(out) == json.loads(notes)


def test_a_line_that_is_no_report_is_named_and_the_rest_is_used(capsys, tmp_path):
    _, reports, _ = run(capsys, "analyze", str(STORY / "2026-01-12.txt"), "--format", "jsonl")
    (tmp_path / "r.jsonl").write_text('{"triage": "none"}\nnonsense\n' + reports, encoding="utf-8")
    status, out, err = run(capsys, "brief", "--reports", str(tmp_path / "r.jsonl"))
    assert status == 1
    assert "line 1" in err and "line 2" in err
    assert "after 1 note" in out


def test_words_of_held_out_notes_are_not_printed(capsys, monkeypatch, require, tmp_path):
    require("reader")
    from coach.settings import Settings
    from coach.training.corpus import raw_notes

    held, seen = ([{**n, "signals": []} for n in raw_notes(Settings().corpus_dir, part)[:6]] for part in ("test", "dev"))
    gold = tmp_path / "gold.jsonl"
    for rows, hidden in ((held, True), (seen, False)):
        gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        status, out, _ = run(capsys, "evaluate", str(gold), "--errors", "5")
        listed = [line for line in out.splitlines() if line.startswith("false alarm")]
        assert status == 0 and listed and all(("held out" in line) is hidden for line in listed)
