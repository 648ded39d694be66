"""Changes of a note that should change nothing, as tables."""

import pytest

from coach.evaluating.perturb import (
    VARIANTS,
    american,
    british,
    changed,
    first_half,
    lower_case,
    names,
    people,
    pronouns,
    run_on,
    typos,
)

HE, SHE, THEY = (pronouns(to) for to in ("he", "she", "they"))
SLAVIC = names("Slavic")


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (HE, "She said her mum rang her.", "He said his mum rang him."),
        (HE, "The choice is hers, she did it herself", "The choice is his, he did it himself"),
        (SHE, "He told him to bring his CV. Not his!", "She told her to bring her CV. Not hers!"),
        (SHE, "She and her friend, they left", "She and her friend, they left"),
        (THEY, "He is late, he's tired, she's been off", "They are late, they're tired, they've been off"),
        (THEY, "she says he never tries, she watches him", "they say they never try, they watch them"),
        (THEY, "he always does his bit, she was unsure as he goes", "they always do their bit, they were unsure as they go"),
        (THEY, "HE LEFT. She could.", "THEY LEFT. They could."),
        (american, "Mum organised the programme; her behaviour", "Mom organized the program; her behavior"),
        (american, "MUM said grey", "MOM said gray"),
        (british, "Her mom realized the color; check", "Her mum realised the colour; check"),
        (typos, "he is so sad", "he is so sad"),
        (lower_case, "She RANG Sam.", "she rang sam."),
        (run_on, "- Late again.\n- She's (still) off, half-hour!", "late again she's still off half hour"),
        (first_half, "One two. Three four. Five six seven eight.", "One two. Three four."),
        (first_half, "no end of a sentence stands here at all", "no end of a"),
        (
            SLAVIC,
            "Sam said hi. Met Ana. Sam and Ana left on Monday.",
            "Dmitri said hi. Met Bogdan. Dmitri and Bogdan left on Monday.",
        ),
        (SLAVIC, "Ana (15) was late, she knows", "Oksana (15) was late, she knows"),
    ],
)
def test_a_change(change, before, after):
    assert change(before, before) == after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Imogen, scheme. She wants more.", ("Imogen",)),
        ("I asked. Money is tight and He was late", ()),
        ("Grace said the grace period is over", ()),
        ("w/ Tyrell and with Kofi", ("Tyrell", "Kofi")),
    ],
)
def test_people_are_found_beside_words_that_go_with_persons(text, expected):
    assert people(text) == expected


def test_a_word_slips_the_same_way_each_time_and_few_do():
    text = "Yesterday the workshop closed, another workshop opened; whatever happened, nobody mentioned wages again afterwards"
    before, after = text.split(), typos(text, text).split()
    slips = {(a, b) for a, b in zip(before, after, strict=True) if a != b}
    assert 0 < len(slips) < len(before) / 2
    assert all(sorted(a) == sorted(b) for a, b in slips)
    assert typos("workshop", text) == typos("the workshop", text).split()[1]


NOTE = {
    "id": "a",
    "text": "Sam said he can't sleep, his rent is late. He told her brother. Then nothing else was said about it.",
    "triage": "concern",
    "stage": "trust",
    "signals": [{"quote": q} for q in ("he can't sleep", "his rent is late", "He told her", "nothing else was said")],
}


@pytest.mark.parametrize(
    ("change", "quotes", "lost"),
    [
        (run_on, ["he can't sleep", "his rent is late", "he told her", "nothing else was said"], 0),
        (first_half, ["he can't sleep", "his rent is late"], 2),
        (HE, ["he can't sleep", "his rent is late", "nothing else was said"], 1),  # "her" alone is not "her brother"
    ],
)
def test_labels_follow_their_quotes_and_lost_ones_are_counted(change, quotes, lost):
    note, gone = changed(NOTE, change)
    assert ([s["quote"] for s in note["signals"]], gone) == (quotes, lost)
    assert all(q in note["text"] for q in quotes)
    assert note["triage"] == "concern"


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_every_change_leaves_the_given_note_as_it_was(variant):
    before = repr(NOTE)
    changed(NOTE, variant.change)
    assert repr(NOTE) == before
