"""What the service reads notes by is damaged, before the start and while it runs: told where it belongs, and blamed on nobody's note."""

import base64
import logging
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.health import unbroken
from api.main import main as coach_api
from api.notes.analyst import Analyst
from coach import Settings, load, load_guidance
from coach.cli import main as coach
from tests.api.conftest import CALM, GRAVE
from tests.api.test_pages import FRENCH, PAGE, csrf
from tests.faults.conftest import Town
from tests.faults.holds import drained, holds
from tests.faults.test_damage import STANDARD, flip, linked, own

BANNER = "notes are read by fixed phrases alone, and more is missed than usual"


@pytest.fixture
def damaged(require: Any, tmp_path: Path, chance: random.Random) -> Path:
    """A reader of which one bit is another."""
    require("reader")
    folder = linked(STANDARD.reader_dir, tmp_path / "reader")
    flip(own(folder / "heads.npz"), chance)
    return folder


def read_by(town: Town, settings: Settings) -> None:
    """From now on the service reads with these."""
    town.at.analyst = Analyst(town.at.settings, unbroken(lambda: load(settings)))


def ready(town: Town) -> tuple[int, dict[str, Any]]:
    answer = town.client().get("/readyz")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("why", ["reader/heads.npz is damaged", "reader/ is not signed"])
def test_a_damaged_reader_is_told_and_phrases_still_keep_the_note(town: Town, damaged: Path, tmp_path: Path, why: str) -> None:
    """/readyz is 503 with the part in words and no path of this machine; the desk says it; a grave note is stored and flagged."""
    key = base64.b64encode(bytes(32)).decode()
    given = Settings(reader_dir=damaged, words="en") if "damaged" in why else Settings(signing_key=key, words="en")
    assert ready(town) == (200, {"status": "ready", "faults": []})
    assert BANNER not in town.people["staff"].get("/flags", headers=PAGE).text
    read_by(town, given)
    status, told = ready(town)
    assert (status, told["status"]) == (503, "not ready")
    (fault,) = told["faults"]
    assert fault.startswith(f"the trained reader does not load ({why}") and "Restore it" in fault
    assert str(tmp_path) not in fault and not fault.count("//")
    desk = town.people["staff"].get("/flags", headers=PAGE).text
    assert BANNER in desk and "heads.npz" not in desk
    assert "d'après des expressions fixes seulement" in town.people["staff"].get("/flags", headers=FRENCH).text.replace(
        "&#39;", "'"
    )
    kept: dict[str, str] = {}
    assert town.send(GRAVE, "1", kept) == 201 and next(iter(kept.values())) in ("urgent", "emergency")
    drained(town)
    holds(town, kept, town.heard())


def test_who_runs_the_service_may_let_phrases_alone_count_as_ready(town: Town, damaged: Path, tmp_path: Path) -> None:
    town.at.settings = town.at.settings.model_copy(update={"ready_without_reader": True})
    read_by(town, Settings(reader_dir=damaged, words="en"))
    status, told = ready(town)
    assert (status, told["status"], len(told["faults"])) == (200, "degraded", 1)
    assert BANNER in town.people["staff"].get("/flags", headers=PAGE).text
    town.at.make_guidance = lambda: (_ for _ in ()).throw(OSError())  # anything else is no matter of choice
    town.at.__dict__.pop("guidance", None)
    assert ready(town)[0] == 503


def test_a_reader_that_was_switched_off_is_no_fault(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_USE_READER", "false")
    monkeypatch.setattr(town.app.state.health, "_expects", Settings().use_reader)
    read_by(town, Settings(words="en"))
    assert town.at.analyst.coach.model[0] == "phrases"
    assert ready(town) == (200, {"status": "ready", "faults": []})


def broken_cards(folder: Path) -> tuple[Path, int]:
    """The cards with a quotation mark too few in one; the folder and the line."""
    shutil.copytree(STANDARD.guidance_dir, folder, ignore=shutil.ignore_patterns("built", "*.jsonl"))
    card = folder / "cards" / "grief.md"
    lines = card.read_text(encoding="utf-8").split("\n")
    number = next(n for n, line in enumerate(lines) if line.startswith("title = "))
    lines[number] = lines[number].rstrip('"')
    card.write_text("\n".join(lines), encoding="utf-8")
    return folder, number + 1


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_broken_card_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """With file, line and remedy, before anybody can send a note."""
    folder, line = broken_cards(tmp_path / "guidance")
    monkeypatch.setenv("COACH_GUIDANCE_DIR", str(folder))
    monkeypatch.setenv("COACH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("api.main.uvicorn.run", lambda *_, **__: pytest.fail("it started"))
    monkeypatch.setattr("api.main.Worker", lambda *_: pytest.fail("it started"))
    assert (coach(["serve", "--clean"]) if command == "serve" else coach_api(["worker"])) == 1
    told = capsys.readouterr()
    assert "grief.md: front matter: " in told.err and f"at line {line}, column" in told.err
    assert "coach validate" in told.err and "Traceback" not in told.err and told.out == ""


@pytest.mark.parametrize("spoilt", [b"\xff\xfe", b"+++\nid = 5\nlabels = 7\n+++\n\n## Situation\nx\n\n## Good practice\nx\n"])
def test_a_card_that_is_no_text_or_of_other_kinds_is_told_by_name(tmp_path: Path, spoilt: bytes) -> None:
    folder, _ = broken_cards(tmp_path / "guidance")
    (folder / "cards" / "grief.md").write_bytes(spoilt)
    with pytest.raises(Exception, match=r"^grief\.md: ") as told:
        load(Settings(guidance_dir=folder))
    assert getattr(told.value, "code", "") == "bad_content"


def test_a_card_that_breaks_while_the_service_runs_is_no_fault_of_the_note(
    town: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, with the words to keep, on every way in; the log has the file; once it is mended the same note is stored."""
    monkeypatch.setattr(logging.getLogger("coach"), "propagate", True)
    folder, _ = broken_cards(tmp_path / "guidance")
    read_by(town, Settings(guidance_dir=folder, words="en"))
    town.at.make_guidance = unbroken(lambda: load_guidance(Settings(guidance_dir=folder)))
    town.at.__dict__.pop("guidance", None)
    mentor, kept = town.people["mentor"], dict[str, str]()
    assert town.send(GRAVE, "1", kept) == 503 and not kept
    answer = mentor.post("/v1/notes", json={"text": GRAVE})
    assert (answer.status_code, answer.json()["code"]) == (503, "bad_content")
    assert "keep it" in answer.json()["detail"] and "grief" not in answer.text
    (item,) = mentor.post("/v1/notes/batch", json={"notes": [{"text": GRAVE}]}).json()
    assert (item["error"]["status"], item["error"]["code"]) == (503, "bad_content")
    page = mentor.post("/", data={"csrf": csrf(mentor.get("/", headers=PAGE).text), "text": GRAVE}, headers=PAGE)
    assert page.status_code == 503 and "tell whoever runs the service" in page.text and GRAVE[:40] in page.text
    assert mentor.post("/v1/guidance/search", json={"query": "grief"}).status_code == 503
    assert town.client().get("/v1/version").status_code == 503
    status, told = ready(town)
    assert status == 503 and "the coach does not load (grief.md: front matter:" in told["faults"][0]
    assert any("grief.md" in getattr(row, "fault", "") for row in caplog.records) and GRAVE[:40] not in caplog.text
    shutil.copy(STANDARD.guidance_dir / "cards" / "grief.md", folder / "cards" / "grief.md")
    assert town.send(GRAVE, "1", kept) == 201
    assert town.send(CALM, "2", kept) == 201 and ready(town)[0] == 200
    drained(town)
    holds(town, kept, town.heard())
