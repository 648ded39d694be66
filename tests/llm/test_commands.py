"""coach prompt and coach analyze --answer: any model, tried by hand."""

import json
import subprocess
import sys

import pytest

from coach.cli import main
from tests.llm.standin import standin

NOTE = "Rosa came by. Behind on rent again. {{ 7 * 7 }}"
ROW = {"quote": "Rosa came by", "label": "relationship.progress", "about": "mentee", "assertion": "present", "status": None}


@pytest.fixture
def note(tmp_path, require):
    require("reader")
    require("encoder")
    (tmp_path / "note.txt").write_text(NOTE, encoding="utf-8")
    return str(tmp_path / "note.txt")


def run(capsys, *arguments):
    status = main(list(arguments))
    return status, *capsys.readouterr()


def test_prompt_prints_exactly_what_would_be_asked(capsys, monkeypatch, note):
    _, text, _ = run(capsys, "prompt", note)
    _, shown, _ = run(capsys, "prompt", note, "--format", "json")
    with standin("empty") as server:
        for name, value in {"LLM": "openai", "LLM_ADDRESS": server.address, "LLM_MODEL": "m"}.items():
            monkeypatch.setenv(f"COACH_{name}", value)
        run(capsys, "analyze", note)
    (asked,) = server.asked
    assert json.loads(shown)["messages"] == asked["messages"]
    assert json.loads(shown)["schema"] == asked["response_format"]["json_schema"]["schema"]
    assert text == "\n\n".join(m["content"] for m in asked["messages"]) + "\n"
    assert NOTE in text


def test_an_answer_from_a_file_is_read_as_a_models(capsys, tmp_path, note):
    answer = tmp_path / "answer.txt"
    answer.write_text("Sure!\n" + json.dumps({"signals": [ROW, {**ROW, "quote": "Rosa left"}]}), encoding="utf-8")
    status, out, _ = run(capsys, "analyze", note, "--answer", str(answer), "--format", "json")
    report = json.loads(out)
    assert status == 0
    assert [s["quote"] for s in report["signals"] if "model" in s["sources"]] == ["Rosa came by"]
    told = {"name": "answer from a file", "fault": None, "kept": 1, "dropped": {"quote": 1}, "sent_to": None}
    assert report["language_model"] == told


def test_an_answer_that_cannot_be_used_leaves_the_report_and_says_so(capsys, tmp_path, note):
    (tmp_path / "answer.txt").write_text("I'd rather not.", encoding="utf-8")
    status, out, _ = run(capsys, "analyze", note, "--answer", str(tmp_path / "answer.txt"))
    assert status == 0
    assert "not in the form asked for" in " ".join(out.split())
    assert "nothing was sent anywhere" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["prompt", "{folder}"], 1, "holds 2 notes"),
        (["prompt", "{folder}/none.txt"], 1, "no such file"),
        (["analyze", "{folder}", "--answer", "{folder}/note.txt"], 2, "one note"),
        (["analyze", "{folder}/note.txt", "--answer", "{folder}/none.json"], 1, "none.json: the answer cannot be read"),
    ],
)
def test_wrong_use_is_told(capsys, tmp_path, note, arguments, status, says):
    (tmp_path / "two.txt").write_text(NOTE, encoding="utf-8")
    code, out, err = run(capsys, *[a.format(folder=tmp_path) for a in arguments])
    assert (code, out) == (status, "")
    assert says in err
    assert "Rosa" not in err


def test_an_address_elsewhere_is_refused_in_words(capsys, monkeypatch, note):
    monkeypatch.setenv("COACH_LLM", "openai")
    monkeypatch.setenv("COACH_LLM_ADDRESS", "https://api.example.com/v1")
    status, out, err = run(capsys, "analyze", note)
    assert (status, out) == (1, "")
    assert "would leave this machine" in err
    assert "COACH_LLM_REMOTE_ACCEPTED=names-" in err


def test_an_unknown_kind_is_wrong_use(capsys, monkeypatch, note):
    monkeypatch.setenv("COACH_LLM", "oracle")
    assert run(capsys, "analyze", note) == (2, "", "coach: COACH_LLM must be none, local or openai.\n")


def test_the_default_loads_none_of_it(note):
    code = f"import sys\nfrom coach.cli import main\nmain(['analyze', {note!r}])\n"
    code += "print(*sorted(n for n in sys.modules if n.startswith(('coach.llm', 'coach.text.mask', 'coach.text.name')) or n in ('openai', 'jinja2', 'jsonschema', 'httpx2')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Behind on rent" in done.stdout
    assert done.stdout.splitlines()[-1] == ""


def test_validate_checks_the_prompts(capsys, monkeypatch, tmp_path, require):
    require("encoder")
    assert "prompts: ok" in run(capsys, "validate")[1]
    (tmp_path / "read_note.md").write_text("nothing", encoding="utf-8")
    monkeypatch.setenv("COACH_PROMPTS_DIR", str(tmp_path))
    status, out, _ = run(capsys, "validate")
    assert status == 1
    assert "read_note.md: needs" in out
