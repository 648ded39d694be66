"""The alarm dial: where the cut lies, what it promises, and that the floor and the limit on missed notes stand at every place."""

import json
import random
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.assess import heldout
from coach.assess.dial import ALARMS, HIGHEST, MISSED, Dial, Held, choose, highest, lowest, table, upper
from coach.assess.ladder import triage, whole_note
from coach.errors import ContentError, UnknownValue
from coach.settings import Settings
from coach.taxonomy import LEVELS, rank
from coach.values import Note
from tests.signals import reading, signal


def urgent(*scores: float, floored: int = 0) -> list[Held]:
    return [*(Held(3, 2, s) for s in scores), *[Held(4, 3, 0.0)] * floored]


def calm(*scores: float, floored: int = 0) -> list[Held]:
    return [*(Held(0, 1, s) for s in scores), *[Held(1, 3, 0.0)] * floored]


@pytest.mark.parametrize(
    ("notes", "limit", "cut"),
    [
        (urgent(0.3, 0.1, 0.2), 0.02, 0.1),  # too few to promise 2%: none is missed
        (urgent(*(n / 200 for n in range(1, 100))), 0.02, 0.01),  # 99 notes: (1 + 1) / 100 allows one below
        (urgent(*(n / 200 for n in range(1, 50)), floored=50), 0.02, 0.01),  # those that the floor holds count among them
        (urgent(*(n / 200 for n in range(1, 100))), 0.1, 0.05),
        (urgent(*[0.9] * 200), 0.02, HIGHEST),
        (urgent(0.001, floored=200), 0.02, HIGHEST),  # the only one that a cut could miss may be missed
        ([], 0.02, HIGHEST),
    ],
)
def test_the_highest_cut_that_keeps_the_promise(notes, limit, cut):
    assert highest(notes, limit) == pytest.approx(cut)


@pytest.mark.parametrize(
    ("notes", "share", "cut"),
    [
        (calm(0.4, 0.3, 0.2, 0.1), 0.5, 0.25),  # two may be raised
        (calm(0.4, 0.3, 0.2, floored=1), 0.5, 0.35),  # one of them is, whatever the cut
        (calm(0.4, 0.3, floored=2), 0.25, float("inf")),
        (calm(0.4, 0.3, 0.3, 0.1), 0.5, 0.35),  # equal scores go together
        (calm(0.4, 0.3), 1.0, 0.15),
        (calm(0.1, 0.05), 0.1, 0.3),  # none may be raised, so between the highest of them and likelier than not
    ],
)
def test_the_lowest_cut_that_raises_so_few(notes, share, cut):
    assert lowest(notes, share) == pytest.approx(cut)


@pytest.mark.parametrize(("hits", "of", "bound"), [(0, 10, 0.3085), (2, 114, 0.0619), (5, 404, 0.0286), (3, 3, 1.0), (0, 0, 1.0)])
def test_the_upper_bound_is_that_of_clopper_and_pearson(hits, of, bound):
    assert upper(hits, of) == pytest.approx(bound, abs=5e-5)


held = st.builds(Held, st.integers(0, 4), st.integers(0, 4), st.sampled_from([n / 20 for n in range(21)]))


@given(st.lists(held, max_size=120), st.sampled_from(ALARMS))
def test_a_more_careful_place_misses_no_more_and_none_breaks_a_promise_that_can_be_kept(notes, alarms):
    here, careful = choose(notes, alarms), choose(notes, 2 * alarms)
    assert careful.cut <= here.cut
    assert careful.missed.hits <= here.missed.hits
    assert careful.raised.hits >= here.raised.hits
    assert here.missed.hits == 0 or here.promised <= MISSED + 1e-9
    assert here.fits == (here.raised.hits <= alarms / 100 * here.raised.of + 1e-9)


def test_where_both_cannot_hold_the_limit_on_missed_notes_wins_and_the_false_alarms_are_told():
    notes = [*urgent(*[0.1] * 100), *calm(*[0.2] * 10, *[0.01] * 90)]
    choice = choose(notes, 1)
    assert (choice.cut, choice.fits, choice.keeps) == (0.1, False, True)
    assert (choice.missed.hits, choice.raised.hits, choice.raised.of) == (0, 10, 100)
    assert "10 of 100" in table([choice]) and "the limit on missed notes wins" in table([choice])


def test_what_is_to_be_expected_at_a_prevalence():
    notes = [*urgent(*[0.4] * 100), *calm(*[0.3] * 5, *[0.01] * 95), *[Held(2, 2, 0.3)] * 100]
    ahead = choose(notes, 5).outlook[1]
    assert ahead.prevalence == 0.05
    assert ahead.alarms == pytest.approx((5 + 95 * 0.05, 5 + 95 * 105 / 200))
    assert ahead.precision == pytest.approx((5 / 9.75, 5 / 54.875))


@pytest.mark.parametrize("alarms", [0, -1, 51, float("nan")])
def test_what_is_no_place_of_the_dial_is_refused(alarms):
    with pytest.raises(UnknownValue):
        Dial(()).choose(alarms)


def test_new_notes_are_missed_no_oftener_than_promised():
    """Over many draws of held-out notes, where a third of the urgent ones are held by the floor."""
    chance = random.Random(7)

    def drawn(n: int) -> list[Held]:
        return [Held(3, 3 if chance.random() < 0.33 else 2, chance.betavariate(2, 5)) for _ in range(n)]

    missed = 0
    for _ in range(1500):
        cut = min(highest(drawn(114), 0.1), 1.0)
        missed += sum(not n.urgent(cut) for n in drawn(20))
    assert 0.08 < missed / 30_000 <= 0.102


NOTE = Note("n", "He wants to die. Shouting at home.", minor=True)
FOUND = {
    "nothing": [],
    "the floor": [signal(NOTE, "wants to die", "distress.suicide", explicit=True)],
    "a grave matter": [signal(NOTE, "Shouting at home", "distress.harm_from_others", about="other")],
}


@given(
    st.sampled_from(sorted(FOUND)),
    st.sampled_from(LEVELS),
    st.floats(0, 1),
    st.floats(0, 1),
    st.booleans(),
)
def test_no_place_of_the_dial_lowers_the_floor_or_more_than_the_step_to_urgent(found, level, one, other, full):
    signals, low, high = FOUND[found], min(one, other), max(one, other)
    careful, eager = (triage(signals, reading(level, sure=0.2), NOTE, full=full, urgent_from=cut).level for cut in (low, high))
    assert rank(careful) >= rank(eager)
    if found == "the floor":
        assert rank(eager) >= rank("urgent")
    if careful != eager:
        assert (careful, rank(eager) <= rank("concern")) == ("urgent", True)
    assert rank(eager) >= rank("concern") or rank(level) < rank("concern")
    assert full or rank(eager) >= rank("watch")


@given(st.sampled_from(sorted(FOUND)), st.sampled_from(LEVELS), st.floats(0, 1), st.floats(0, 1))
def test_a_report_tells_what_another_cut_would_have_made_of_the_note(found, level, here, there):
    view = reading(level, sure=0.3)
    made = triage(FOUND[found], view, NOTE, full=True, urgent_from=here).level
    whole = whole_note(made, FOUND[found], view, NOTE, full=True, urgent_from=here)
    assert whole is not None and whole.urgent_from == here
    told = "urgent" if whole.score >= there and rank(whole.otherwise) < rank("urgent") else whole.otherwise
    assert told == triage(FOUND[found], view, NOTE, full=True, urgent_from=there).level


def test_without_a_reading_there_is_nothing_to_dial():
    assert whole_note("urgent", FOUND["the floor"], None, NOTE, full=False, urgent_from=0.1) is None


def folder(tmp_path, thresholds: float = 0.5):
    manifest = {"name": "r", "sha256": {"heads.npz": "00"}, "thresholds": {"levels": {"urgent": thresholds}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_held_out_notes_are_read_as_they_were_written_and_those_of_another_reader_refused(tmp_path):
    assert heldout.read(folder(tmp_path)) is None
    rows = [
        {"gold": "urgent", "levels": [0.9, 0.8, 0.25, 0.1], "otherwise": "concern"},
        {"gold": "none", "levels": None, "otherwise": "watch"},
    ]
    path = heldout.write(tmp_path, "r 1", rows)
    assert heldout.read(tmp_path) == (Held(3, 2, 0.25), Held(0, 1, 0.0))
    folder(tmp_path, thresholds=0.4)
    with pytest.raises(ContentError, match="another reader"):
        heldout.read(tmp_path)
    path.write_text('{"notes": []}')
    with pytest.raises(ContentError, match="damaged"):
        heldout.read(tmp_path)


def test_the_shipped_dial_keeps_its_promise_at_every_place():
    dial = Dial(heldout.read(Settings().reader_dir) or ())
    for choice in dial.choices():
        assert choice.keeps and choice.missed.of >= 100 and choice.raised.of >= 300, asdict(choice)
    assert heldout.FILE  # written by `coach evaluate --levels`; holds no text
    rows = json.loads((Settings().reader_dir / heldout.FILE).read_text(encoding="utf-8"))["notes"]
    assert {key for row in rows for key in row} == {"gold", "levels", "otherwise"}
