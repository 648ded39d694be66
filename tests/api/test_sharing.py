"""Verdicts leave only with consent, masked and encrypted; what was erased is gone from the next export and found in what it taught."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from api.db.models import Note
from api.db.session import ALL
from api.main import main
from api.pairs.service import erase_note
from coach.training import feedback
from tests.api.conftest import GRAVE, House, house_on

NOTE = (
    "Met Dana Whitfield in Leeds.\n\nDana is behind on rent again and cries every night. She works for Northfield Consulting Ltd. "
    "Her sister has not called for weeks."
)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("COACH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COACH_KEY_FILE", str(tmp_path / "keys"))
    return house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)


def judge(house: House, note: dict[str, Any], **given: Any) -> None:
    path = f"/v1/notes/{note['note']['id']}/feedback"
    assert house.people["mentor"].post(path, json={"report_version": 1, **given}).status_code == 201


def consent(house: House, on: bool) -> None:
    admin = house.people["admin"]
    found = admin.get("/v1/program")
    given = {k: found.json()[k] for k in ("name", "region", "timezone")} | {
        "rules": {**found.json()["rules"], "share_feedback": on}
    }
    assert admin.put("/v1/program", json=given, headers={"If-Match": f'"{found.json()["version"]}"'}).status_code == 200


def test_consent_masks_and_keys(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = house.note(NOTE)
    index, signal = next((i, s) for i, s in enumerate(note["report"]["signals"]) if "rent" in s["quote"])
    judge(house, note, verdict="wrong", signal=index)
    judge(house, note, verdict="right", signal=index)
    judge(house, note, verdict="missed", label="distress.isolation", quote="Her sister has not called")
    other = house.note(GRAVE)
    judge(house, other, verdict="right", signal=0)
    key = tmp_path / "key"
    assert main(["feedback", "key", str(key)]) == 0 and key.stat().st_mode & 0o77 == 0

    def export(name: str) -> int:
        return main(["feedback", "export", house.program, "--key", str(key), "--out", str(tmp_path / name)])

    assert export("none") == 1 and not (tmp_path / "none").exists()
    assert "has not agreed" in capsys.readouterr().err
    consent(house, True)
    assert export("one") == 0
    data = (tmp_path / "one").read_bytes()
    assert b"rent" not in data and (tmp_path / "one").stat().st_mode & 0o77 == 0
    found = feedback.read(tmp_path / "one", key)
    by_label = {v.signal.label: v for v in found.verdicts if v.source == note["note"]["id"]}
    assert by_label[signal["label"]].verdict == "right"  # the newest of two
    assert by_label["distress.isolation"].verdict == "missed"
    plain = Fernet(key.read_bytes().strip()).decrypt(data).decode()
    assert [name for name in ("Dana", "Whitfield", "Leeds", "Northfield") if name in plain] == []
    assert "[PERSON_1]" in plain and "football" not in plain  # a note's other sentences stay here

    versions = tmp_path / "readers"
    (versions / "v1").mkdir(parents=True)
    taught = {"feedback": {"sources": feedback.sources([found])}}
    (versions / "v1" / "manifest.json").write_text(json.dumps(taught), encoding="utf-8")
    assert main(["feedback", "check", str(versions)]) == 0
    with house.at.database.write(ALL) as session:
        erase_note(house.at, session, session.execute(select(Note).where(Note.id == note["note"]["id"])).scalar_one())
    assert export("two") == 0
    assert feedback.read(tmp_path / "two", key).sources == {other["note"]["id"]}
    capsys.readouterr()
    assert main(["feedback", "check", str(versions)]) == 1
    assert "v1: 1 of its notes" in capsys.readouterr().out
    consent(house, False)
    assert export("three") == 1
    assert main(["feedback", "check", str(versions)]) == 1
    assert "v1: 2 of its notes" in capsys.readouterr().out
    acts = [row["act"] for row in house.people["admin"].get("/v1/audit").json()]
    assert (acts.count("feedback_exported"), acts.count("share_feedback_on"), acts.count("share_feedback_off")) == (2, 1, 1)
    assert main(["audit", "verify"]) == 0


def test_a_pair_that_said_no_is_left_out(house: House, tmp_path: Path) -> None:
    pair = house.pair(consent={"training": False})
    judge(house, house.note(GRAVE, pair=pair), verdict="right", signal=0)
    consent(house, True)
    key = tmp_path / "key"
    main(["feedback", "key", str(key)])
    assert main(["feedback", "export", house.program, "--key", str(key), "--out", str(tmp_path / "out")]) == 0
    assert feedback.read(tmp_path / "out", key).verdicts == ()


@pytest.mark.parametrize("wrong", ["missing", "empty"])
def test_without_a_good_key_nothing_is_written(house: House, tmp_path: Path, wrong: str) -> None:
    consent(house, True)
    (tmp_path / "empty").write_bytes(b"")
    assert main(["feedback", "export", house.program, "--key", str(tmp_path / wrong), "--out", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()
