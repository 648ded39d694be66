"""Runs that are stopped or fed nonsense: what was printed before stays whole, and nothing ends in a traceback."""

import json
import random
import signal
import subprocess
import sys

import pytest

from coach.build import build
from coach.errors import CoachError
from coach.settings import Settings
from coach.text.formats import read_bytes
from coach.text.items import BadItem, Limits
from coach.training.corpus import raw_notes

SEED = 20261125
STRANGE = ("\u202e", "\x00", "\x1b[31m", "<script>", "😀", "e\u0301", "\r\n\r\n", "\ufeff")
MAIN = "import sys; from coach.cli import main; sys.exit(main())"


@pytest.mark.long
def test_a_folder_of_a_thousand_notes_survives_ctrl_c(require, tmp_path):
    require("reader")
    notes = raw_notes(Settings().corpus_dir)
    for number in range(1000):
        (tmp_path / f"{number:04d}.txt").write_text(notes[number % len(notes)]["text"], encoding="utf-8")
    command = [sys.executable, "-c", MAIN, "analyze", str(tmp_path), "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    whole = [json.loads(line) for line in (*lines, *rest.splitlines()) if line.strip()]
    assert 20 <= len(whole) < 1000


def mangled(note: bytes, chance: random.Random) -> bytearray:
    """A note with bytes put in, taken out and doubled: other encodings, controls, markup."""
    data = bytearray(note)
    for _ in range(chance.randrange(1, 60)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
            case 1:
                del data[at : at + chance.randrange(1, 30)]
            case 2:
                data[at:at] = chance.choice(STRANGE).encode()
            case _:
                data[at:at] = data[: chance.randrange(1, 80)]
    return data


@pytest.mark.long
def test_bytes_of_any_kind_give_a_report_or_an_error_that_says_what_to_do():
    settings = Settings()
    limits = Limits.of(settings)
    coach = build(settings)
    chance = random.Random(SEED)
    seeds = [n["text"].encode() for n in raw_notes(Settings().corpus_dir)[:40]]
    for number in range(1500):
        data = mangled(chance.choice(seeds), chance)
        for item in read_bytes(bytes(data), f"n{number}", limits):
            if isinstance(item, BadItem):
                assert item.message
                continue
            try:
                report = coach.analyze(item)
            except CoachError as error:
                assert error.message
                continue
            assert all(item.text[s.start : s.end] == s.quote for s in report.signals)
