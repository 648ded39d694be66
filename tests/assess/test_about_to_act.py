"""Words of suicide with a plan, a time, a place or the means in the same sentence are an emergency."""

import pytest

from coach.assess.safety import floor, least
from coach.values import Note
from tests.signals import signal


@pytest.mark.parametrize(
    ("text", "more", "level"),
    [
        ("He told me he has a plan to end his life tonight.", {}, "emergency"),
        ("He wants to die, he's settled on tonight once the kids are away.", {}, "emergency"),
        ("Her cousin wrote that she has got hold of what she needs.", {"about": "other"}, "emergency"),
        ("She took a lot of her tablets because she wanted it to stop.", {}, "emergency"),
        ("She has picked a day, the crisis team has her since six.", {"about": "other"}, "watch"),
        ("She wants to die, she has no plan.", {}, "urgent"),
        ("She wants to die. The whole class has a plan for Friday.", {}, "urgent"),
        ("Years ago he had a plan to end his life.", {"assertion": "past"}, "watch"),
        ("She said sometimes at night she would rather be dead, no time, no place.", {}, "urgent"),
        ("I asked whether he has a plan; he wants to die, he said.", {}, "urgent"),
    ],
)
def test_how_near_it_is(text: str, more: dict[str, str], level: str) -> None:
    note = Note("n", text)
    words = text.split(". ")[0].rstrip(".")
    found = signal(note, words, "distress.suicide", explicit=True, **more)
    assert least(floor([found], note)) == level
