"""The note of a report in the terminal: every mark pairs with the numbers of what was seen there, and the words stay as they were."""

import itertools
import re
from dataclasses import replace

import pytest

from coach.faces.marks import marked, runs
from coach.faces.text import Page, _note
from coach.values import Note, Report, Signal, Stage, Triage

TEXT = "ab cd ef gh ij kl"
PLACES = [(0, 17), (0, 5), (3, 8), (3, 5), (6, 11), (12, 17), (9, 17)]


def made(places):
    labels = itertools.cycle(["distress.low_mood", "expectation.role", "relationship.stalled"])
    return tuple(
        Signal(x, a, b, TEXT[a:b], "mentee", "present", None, 0.9, ()) for (a, b), x in zip(places, labels, strict=False)
    )


def shown(places, *, colour=False):
    report = Report(
        "n", "en", "full", None, Triage("watch", (), ()), Stage("unclear", 0.5), made(places), (), (), (), (), (), "m", "1"
    )
    return "\n".join(list(_note(Note("n", TEXT), report, Page(colour, 200)))[1:]).strip()


@pytest.mark.parametrize(
    ("places", "line"),
    [
        ([(0, 5)], "«ab cd»[1] ef gh ij kl"),
        ([(0, 5), (0, 5)], "«ab cd»[1,2] ef gh ij kl"),
        ([(0, 17), (3, 8)], "«ab «cd ef»[2] gh ij kl»[1]"),
        ([(0, 17), (9, 17)], "«ab cd ef «gh ij kl»[2]»[1]"),
        ([(0, 17), (0, 5)], "««ab cd»[2] ef gh ij kl»[1]"),
        ([(0, 8), (3, 11)], "«ab cd ef gh»[1,2] ij kl"),
        ([(0, 8), (3, 11), (9, 17)], "«ab cd ef gh ij kl»[1,2,3]"),
        ([(0, 5), (6, 11)], "«ab cd»[1] «ef gh»[2] ij kl"),
    ],
)
def test_a_mark_within_another_is_closed_by_its_own_numbers(places, line):
    assert shown(places) == line


@pytest.mark.parametrize("places", [p for n in (1, 2, 3, 4) for p in itertools.permutations(PLACES, n)][::3])
def test_marks_always_pair_and_every_signal_is_numbered_once(places):
    line = shown(places)
    assert re.sub(r"[«»]|\[[\d,]+\]", "", line) == TEXT
    depths = list(itertools.accumulate({"«": 1, "»": -1}.get(c, 0) for c in line))
    assert min(depths) >= 0 and depths[-1] == 0
    assert line.count("»") == len(re.findall(r"»\[[\d,]+\]", line))
    assert sorted(n for found in re.findall(r"\[([\d,]+)\]", line) for n in found.split(",")) == sorted(
        str(n) for n in range(1, len(places) + 1)
    )


@pytest.mark.parametrize("places", list(itertools.permutations(PLACES, 3)))
def test_places_lie_within_each_other_or_apart_and_hold_their_signals(places):
    signals = made(places)
    found = marked(signals)
    for (a, b), (c, d) in itertools.combinations([place for place, _ in found], 2):
        assert b <= c or d <= a or (a <= c and d <= b) or (c <= a and b <= d)
    for (a, b), rows in found:
        assert all(a <= signals[i].start and signals[i].end <= b for i in rows)


def test_in_colour_the_numbers_stand_without_marks_and_the_pieces_are_the_note():
    line = re.sub(r"\x1b\[\d+m", "", shown([(0, 17), (3, 8)], colour=True))
    assert line == "ab cd ef[2] gh ij kl[1]"
    signals = tuple(replace(s, quote="") for s in made([(0, 17), (3, 8)]))
    assert "".join(TEXT[r.start : r.end] for r in runs(TEXT, signals)) == TEXT
