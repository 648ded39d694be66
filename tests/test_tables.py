"""A content file that cannot be read is one clear error with its name, whoever reads it; never a traceback of the parser's."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from coach import tables
from coach.advise import steps
from coach.advise.brief import Briefs
from coach.advise.handoff import Handoffs
from coach.advise.registry import Resources
from coach.assess.unspoken import Unspoken
from coach.detect import cues
from coach.errors import ContentError

READERS: dict[str, Callable[[Path], object]] = {
    "brief.toml": lambda folder: Briefs(folder),
    "handoff.toml": lambda folder: Handoffs(folder),
    "expectations.toml": lambda folder: Unspoken(folder),
    "follow_ups.toml": lambda folder: steps.load(folder / "follow_ups.toml"),
    "en.toml": lambda folder: cues.load(folder / "en.toml"),
    "ca.toml": lambda folder: Resources(folder),
}

BROKEN = {
    "cut off": (b'[[line]]\ntext = "half a', "not valid TOML"),
    "not UTF-8": ('text = "café"'.encode("cp1252"), "not valid TOML"),
    "binary": (bytes(range(256)), "not valid TOML"),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_is_named(tmp_path, name, fault):
    data, says = BROKEN[fault]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ContentError, match=rf"{re.escape(name)}: {says}"):
        READERS[name](tmp_path)


@pytest.mark.parametrize("name", [n for n in READERS if n != "ca.toml"])  # resources are whatever files there are
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(ContentError, match=rf"{re.escape(name)}: cannot be read"):
        READERS[name](tmp_path)


def test_the_message_names_the_line(tmp_path):
    (tmp_path / "x.toml").write_text('a = 1\nb = "open\n', encoding="utf-8")
    with pytest.raises(ContentError, match="line 2"):
        tables.read(tmp_path / "x.toml")
