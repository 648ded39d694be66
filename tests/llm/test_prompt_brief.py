"""coach prompt --brief: what a model would be asked about the agenda of a pair's next session, from its reports."""

import json

import pytest

from coach.cli import main
from coach.report import to_dict
from coach.settings import Settings
from tests.advise.test_brief import session

CALM = [session(14 * n, stage="growth") for n in range(3)]


def asked(capsys, tmp_path, sessions, *more):
    """Exit code, output and errors of the command for reports in two files, the later one first in neither."""
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file, part in zip(files, (sessions[:2], sessions[2:]), strict=True):
        file.write_text("".join(json.dumps(to_dict(s.report)) + "\n" for s in part), encoding="utf-8")
    return main(["prompt", "--brief", *map(str, files), *more]), *capsys.readouterr()


@pytest.mark.parametrize("masked", [[], ["--masked"]])
def test_it_prints_the_agenda_of_all_the_reports_and_sends_nothing(capsys, tmp_path, masked):
    from coach.build import build_briefs

    code, out, err = asked(capsys, tmp_path, CALM, *masked)
    assert (code, err) == (0, "")
    for line in build_briefs(Settings()).brief(CALM).agenda:
        assert json.dumps(line, ensure_ascii=False) in out
    assert "You reword the agenda" in out


def test_at_urgent_it_says_that_nothing_would_be_asked(capsys, tmp_path):
    code, out, err = asked(capsys, tmp_path, [*CALM, session(60, level="urgent")])
    assert code == 0 and "before anything else" in out
    assert "nothing would be asked" in err


def test_wrong_use_and_what_is_no_report_are_told(capsys, tmp_path):
    code, out, err = asked(capsys, tmp_path, CALM, "--task", "follow_up")
    assert (code, out) == (2, "") and "leave those out" in err
    (tmp_path / "c.jsonl").write_text('{"text": "Rosa came by"}\n', encoding="utf-8")
    assert main(["prompt", "--brief", str(tmp_path / "c.jsonl")]) == 1
    told = capsys.readouterr().err
    assert "no report of the coach" in told and "Rosa" not in told
