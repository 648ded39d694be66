"""Old numbers, however they are written."""

import pytest

from coach.advise.numbers import Numbers
from coach.advise.registry import Resources
from coach.settings import Settings


@pytest.fixture(scope="module")
def numbers():
    return Numbers(Resources(Settings().resources_dir))


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("1-833-456-4566 24/7", "1-833-456-4566"),
        ("1\u2011833\u2011456\u20114566, 2 of us", "1\u2011833\u2011456\u20114566"),
        ("833.456.4566", "833.456.4566"),
        ("(833)456-4566", "(833)456-4566"),
        ("18334564566", "18334564566"),
        ("1 (833)\n456 4566", "1 (833)\n456 4566"),
        ("6389 2222", "6389 2222"),
    ],
)
def test_found_with_its_exact_place(numbers, text, quote):
    whole = f"é😀 Gave her {text} and left."
    (c,) = numbers.find(whole)
    assert whole[c.start : c.end] == c.quote == quote


def test_each_is_named_in_the_order_of_the_text(numbers):
    found = numbers.find("Cards: 1-800-931-2237 (eating), 1-833-456-4566.")
    assert [c.replaced_by for c in found] == ["us-anad", "ca-988"]


@pytest.mark.parametrize("text", ["21833456456677", "1-833-456-45667", "8334 564 5660", "1-866-277-3553", "988", ""])
def test_longer_and_living_numbers_are_left_alone(numbers, text):
    assert numbers.find(f"ref {text}.") == ()
