"""Expressions of content files joined into one: what each finds in any case, the joined one finds in small letters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.text.expressions import one_of, small

LISTS = (
    [r"\bNo\b", r"\b(?:never|Not) \w+", r"n['’]t\b"],
    [r"\W(?P<Who>[A-Z]+) said", r"\S+\?", r"\bÉTÉ\b"],
    [r"\bdon\\t", r"[^A-Z]x", r"\bI['’]m\b"],
)
WORDS = ("No", "NEVER sure", "didn't", "Sam said", "why?", "ÉTÉ", "été", "I’m", "don\\t", "1X", "İ", "straße", "\n", " ")


@pytest.mark.parametrize("expressions", LISTS)
@given(said=st.lists(st.sampled_from(WORDS) | st.text(max_size=4)))
def test_it_finds_where_any_of_them_would_in_any_case(expressions: list[str], said: list[str]) -> None:
    text = " ".join(said)
    ascii_only = "".join(
        c if c.isascii() or c in "’éÉ" else "·" for c in text
    )  # beyond, IGNORECASE knows pairs that lower() does not
    low = small(ascii_only)
    starts = {m.start() for e in expressions for m in re.finditer(f"(?=(?:{e}))", ascii_only, re.IGNORECASE)}
    first = one_of(expressions).search(low)
    assert (first.start() if first else None) == min(starts, default=None)


@given(st.text())
def test_every_character_keeps_its_place(text: str) -> None:
    assert len(small(text)) == len(text)
    assert all(a == b or a.lower() == b for a, b in zip(text, small(text), strict=True) if len(a.lower()) == 1 and a != "Σ")


def test_a_faulty_expression_is_an_error() -> None:
    with pytest.raises(re.error):
        one_of([r"\b(?:one", "two"])
