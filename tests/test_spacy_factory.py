"""The coach inside spaCy: found by entry point, exact, serialisable, and no burden to the rest of a pipeline."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin

from coach import Settings, load
from coach.report import to_dict

ROOT = Path(__file__).resolve().parent.parent
TEXT = "Dana was put out that I took three days to answer \U0001f642. She hasn't slept since March.\r\nNext: her CV."


@pytest.fixture(scope="module")
def nlp() -> Language:
    made = spacy.blank("en")
    made.add_pipe("coach", config={"region": "CA-ON"})
    return made


def test_the_report_is_the_library_s(nlp: Language) -> None:
    grave = f"{TEXT} She said she wants to die."
    expected = to_dict(load(Settings()).analyze(grave, region="CA-ON"))
    report = nlp(grave)._.coach_report
    assert {**report, "id": ""} == {**expected, "id": ""}
    assert report["resources"] and report["triage"]["level"] == "urgent"  # the help lines of the region come too


def test_a_span_holds_its_signal_s_words(nlp: Language) -> None:
    doc = nlp(TEXT)
    assert len(doc.spans["coach"]) == len(doc._.coach_report["signals"]) > 1
    for span in doc.spans["coach"]:
        signal = doc._.coach_report["signals"][int(span.id_)]
        assert signal["quote"] in span.text and signal["label"] == span.label_


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_text_without_words_has_no_report(nlp: Language, text: str) -> None:
    doc = nlp(text)
    assert doc._.coach_report is None and not doc.spans["coach"]


def test_it_survives_bytes_and_disk(nlp: Language, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    doc = again(TEXT)
    kept = next(DocBin().from_bytes(DocBin(docs=[doc], store_user_data=True).to_bytes()).get_docs(again.vocab))
    assert json.dumps(kept._.coach_report) == json.dumps(doc._.coach_report) == json.dumps(nlp(TEXT)._.coach_report)
    assert [s.label_ for s in kept.spans["coach"]] == [s.label_ for s in doc.spans["coach"]]


def test_other_parts_of_the_pipeline_are_as_without_it() -> None:
    plain, with_coach = spacy.blank("en"), spacy.blank("en")
    for one in (plain, with_coach):
        one.add_pipe("sentencizer")
    with_coach.add_pipe("coach", first=True)
    assert [s.text for s in plain(TEXT).sents] == [s.text for s in with_coach(TEXT).sents]


def test_the_quick_start_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [source] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "spacy.md").read_text(encoding="utf-8"), re.S)
    exec(compile(source, "docs/spacy.md", "exec"), {})
    assert "expectation.response_time | Dana was put out" in capsys.readouterr().out


def test_the_example_draws_a_page_and_hostile_text_stays_text(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("<script>alert(1)</script> Dana was put out that I took three days to answer.", encoding="utf-8")
    script = ROOT / "docs" / "examples" / "spacy_marks.py"
    done = subprocess.run([sys.executable, str(script), str(note)], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "expectation.response_time" in done.stdout and "<script" not in done.stdout
    assert subprocess.run([sys.executable, str(script)], capture_output=True, cwd=ROOT, timeout=60).returncode == 1
