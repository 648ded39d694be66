"""A note that gives the mentee's age where mentors put it; other numbers are none."""

import pytest

from coach.text.age import under_18

YOUNG = (
    "Mentee (15) turned up late again.",
    "mentee is 14 and lives with her gran",
    "Third session with Tomasz, apprentice roofer, 17. He was quiet.",
    "Aoife, 14. Library again.",
    "Met Sam (12) at the club.",
    "He's 16 and hates maths. I like him.",
    "- Callum, 9, brought his rabbit",
)
OTHERS = (
    "Site, 7.30. Donnacha late.",
    "November, 12. Ana was on time.",
    "Session (9). Ana was on time.",
    "Met Tuesday, 16. Ana was on time.",
    "Session 12 with Ana, 7 pm.",
    "Met Ana, 16 March, at the library.",
    "Met Ana. Her sister is 15.",
    "Mentee, 16:30, on Teams.",
    "Mentee is 24 and new here.",
    "She is 17 weeks pregnant.",
    "She has three kids (15, 12, 9).",
    "",
)


@pytest.mark.parametrize("text", YOUNG)
def test_the_age_of_a_minor_is_read(text: str) -> None:
    assert under_18(text)


@pytest.mark.parametrize("text", OTHERS)
def test_other_numbers_are_no_age(text: str) -> None:
    assert not under_18(text)
