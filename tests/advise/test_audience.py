"""Whom a line is for: groups, age, and what is left out where nothing asks for it."""

import pytest

from coach.advise.referrals import referrals
from coach.advise.registry import Resources
from coach.settings import Settings
from coach.values import Note
from tests.signals import signal

GROUP_LINES = {
    "us-trevor",
    "us-veterans-crisis",
    "us-trans-lifeline",
    "ca-residential-school",
    "ca-hope-for-wellness",
    "ca-trans-lifeline",
}


@pytest.fixture(scope="module")
def resources():
    return Resources(Settings().resources_dir)


def ids(resources, text, words, label, region, minor, level, about="mentee", **more):
    note = Note("n", text, region, minor)
    found = referrals(resources, note, [signal(note, words, label, about=about, **more)], level, full=True, most=6)
    return [r.resource.id for r in found]


@pytest.mark.parametrize("region", ["US", "CA", "CA-ON", "AU"])
@pytest.mark.parametrize("minor", [None, True, False])
def test_a_line_for_one_group_is_not_offered_to_everybody(resources, region, minor):
    found = ids(resources, "She wants to die.", "wants to die", "distress.suicide", region, minor, "urgent")
    assert found
    assert not GROUP_LINES & set(found)
    assert "au-13yarn" not in found


@pytest.mark.parametrize(
    ("text", "region", "minor", "line"),
    [
        ("A veteran, home from deployment. He wants to die.", "US", False, "us-veterans-crisis"),
        ("He came out to his mum as gay. He wants to die.", "US", True, "us-trevor"),
        ("First Nations, from up north. He wants to die.", "CA", False, "ca-hope-for-wellness"),
    ],
)
def test_it_is_offered_where_the_note_gives_a_reason_and_the_common_line_stays(resources, text, region, minor, line):
    found = ids(resources, text, "wants to die", "distress.suicide", region, minor, "urgent")
    assert line in found
    assert {"us-988", "ca-988"} & set(found)


@pytest.mark.parametrize(
    ("minor", "about", "childrens"),
    [(True, "mentee", True), (None, "mentee", True), (False, "mentee", False), (True, "mentor", False)],
)
def test_childrens_lines_go_to_children_and_where_the_age_is_not_known(resources, minor, about, childrens):
    found = ids(resources, "wants to die", "wants to die", "distress.suicide", "CA", minor, "urgent", about)
    assert ("ca-kids-help-phone" in found) == childrens
    assert "ca-988" in found


def test_where_there_are_only_lines_for_women_or_men_both_are_named(resources):
    found = ids(resources, "He hits her.", "hits her", "distress.harm_from_others", "GB", False, "urgent")
    assert {"gb-mens-advice", "gb-ndah"} <= set(found)


def test_a_child_is_given_no_line_for_women_or_men(resources):
    found = ids(resources, "He hits her.", "hits her", "distress.harm_from_others", "GB", True, "urgent")
    assert "gb-childline" in found
    assert not {"gb-mens-advice", "gb-ndah"} & set(found)


@pytest.mark.parametrize(
    ("words", "label", "region", "line"),
    [
        ("his manager shouts slurs at him", "distress.harm_from_others", "ZA", "za-ccma"),
        ("betting again", "distress.substance", "US", "us-gambling"),
    ],
)
def test_the_quote_says_which_help(resources, words, label, region, line):
    assert line in ids(resources, words, words, label, region, False, "concern")


@pytest.mark.parametrize(
    ("label", "level", "region", "most"),
    [
        ("distress.anxiety", "watch", "GB", 0),
        ("distress.money", "watch", "GB", 2),
        ("distress.money", "watch", "BR", 0),
        ("distress.low_mood", "concern", "BR", 2),
    ],
)
def test_mild_signs_bring_little_and_a_directory_of_crisis_lines_is_no_help_with_rent(resources, label, level, region, most):
    found = ids(resources, "rent and nerves", "rent and nerves", label, region, False, level)
    assert len(found) <= most
    assert bool(found) == bool(most)


def test_taught_material_lists_no_crisis_line(resources):
    text = "In the training: if a kid says he is suicidal, ring the lead."
    assert ids(resources, text, "suicidal", "distress.suicide", "CA", True, "none", "other", assertion="hypothetical") == []
    assert ids(
        resources,
        "Maria is scared Leo is suicidal.",
        "suicidal",
        "distress.suicide",
        "CA",
        True,
        "watch",
        assertion="hypothetical",
    )


@pytest.mark.parametrize("level", ["concern", "urgent", "emergency"])
@pytest.mark.parametrize("region", ["ca-qc", "FR", "SG", "XX", None])
def test_a_crisis_line_wherever_suicide_is_named(resources, level, region):
    note = Note("n", "wants to die", region)
    found = referrals(resources, note, [signal(note, "wants to die", "distress.suicide")], level, full=True, most=6)
    assert any({"suicide", "crisis"} & set(r.resource.concerns) for r in found)
    assert all(r.why[0].isupper() for r in found)
    assert (found[0].resource.concerns == ("emergency",)) == (level == "emergency")
