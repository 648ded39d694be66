"""No expression takes more than about linear time, whatever text meets it: cues, phrase rules, and the expressions in the code.

Times differ between machines, so each is compared with itself: on a text eight times as long it may take some times as long, no
more. What takes too little time to be measured on the long text is no danger.
"""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import api
import coach
from coach import Settings, tables
from coach.detect import cues
from coach.detect.phrases import PhraseDetector
from coach.text.formats import read_bytes
from coach.text.items import Limits
from coach.text.sentences import split

ROOT = Path(__file__).resolve().parents[2]
TIMES = 8
MOST = 24
"""Linear time is 8, quadratic 64, and an expression that explodes never ends."""
SQUARE = 120
"""What a cue may take: time with the square of a sentence, which is short."""
SENTENCE = 400
"""The longest text that a cue or a phrase rule meets: coach.text.sentences cuts what is longer."""

UNITS = [
    "a",
    " ",
    "\n",
    "a ",
    "not ",
    "no, ",
    "-",
    ".",
    "\t",
    "he ",
    "n't ",
    "'",
    "-",
    ". ",
    "1",
    "é",
    "<",
    "@",
    "a.",
    "/",
    "\u200b",
    "she was ",
]


def words_of(source: str) -> list[str]:
    """Words that an expression holds: text that begins to match it, and fails late."""
    return [w + " " for w in dict.fromkeys(re.findall(r"(?<![\\\w])[a-zé]{2,}", source))][:12]


def seconds(run: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    run(text)
    return time.process_time() - start


def grows(run: Callable[[str], object], unit: str, long: int, least: float) -> float:
    """How many times as long a text of `long` characters takes as one an eighth of it; 0 where it takes less than `least` seconds."""
    text = unit * max(TIMES, long // len(unit)) + "!"
    if min(seconds(run, text) for _ in range(2)) < least:
        return 0.0
    short = unit * max(1, long // len(unit) // TIMES) + "!"
    return min(seconds(run, text) for _ in range(3)) / max(1e-6, min(seconds(run, short) for _ in range(3)))


def cue_expressions() -> Iterator[tuple[str, "re.Pattern[str]"]]:
    """Every expression of the cue files by itself."""
    for path in sorted((ROOT / "indexes" / "cues").glob("*.toml")):
        data = tables.read(path)
        sets = data.pop("sets", {})
        for section, lists in data.items():
            for name, expressions in lists.items():
                for number, expression in enumerate(expressions):
                    yield f"{path.stem}/{section}.{name}[{number}]", cues._join(path.name, [expression], sets)


def code_expressions() -> Iterator[tuple[str, "re.Pattern[str]"]]:
    """Every compiled expression at the top of a module."""
    for package in (coach, api):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".training" in found.name or "migrations" in found.name or found.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{found.name}.{name}", value


def runner(expression: "re.Pattern[str]", anywhere: bool) -> Callable[[str], object]:
    return (lambda text: sum(1 for _ in expression.finditer(text))) if anywhere else expression.match


def used_anywhere(full: str) -> bool:
    """Whether the expression module.NAME is searched for in a text, rather than held against one place of it."""
    module, name = full.rsplit(".", 1)
    if not name.startswith("_"):
        return True  # other modules may
    path = ROOT / f"{module.replace('.', '/')}.py"
    source = (path if path.is_file() else path.with_suffix("") / "__init__.py").read_text(encoding="utf-8")
    return re.search(rf"\b{name}\b(?!\.(?:match|fullmatch)\b| = )", source) is not None


def slow_ones(
    expressions: Iterator[tuple[str, "re.Pattern[str]"]], long: int, least: float, units: int, most: int = MOST
) -> tuple[int, list[str]]:
    """(how many were timed, those that take too long) on `units` of UNITS and of each expression's own words."""
    walked, slow = 0, []
    for name, expression in expressions:
        walked += 1
        run = runner(expression, "/" in name or used_anywhere(name))
        for unit in [*UNITS[:units], *words_of(expression.pattern)[: units // 2]]:
            if (times := grows(run, unit, long, least)) > most:
                slow.append(f"{name} on {unit!r}: {times:.0f} times")
                break
    return walked, slow


def test_no_cue_explodes() -> None:
    walked, slow = slow_ones(cue_expressions(), SENTENCE, 0.01, 6, SQUARE)
    assert walked > 300 and not slow, slow


def test_no_expression_of_the_code_explodes() -> None:
    walked, slow = slow_ones(code_expressions(), 2000, 0.02, 8)
    assert walked > 40 and not slow, slow


def test_a_hostile_text_is_cut_and_read_in_about_linear_time() -> None:
    """The whole of the text stage, on units eight thousand characters long."""
    limits = Limits(max_note_chars=400_000, max_file_bytes=20_000_000, max_unpacked_bytes=80_000_000, max_pages=500)
    for unit in UNITS[:8]:
        for run in (split, lambda text: list(read_bytes(text.encode(), "a.txt", limits))):
            assert grows(run, unit, 8000, 0.1) <= MOST, repr(unit)


@pytest.mark.long
def test_none_explodes_on_more_texts() -> None:
    for name, found in (
        ("cues", slow_ones(cue_expressions(), SENTENCE, 0.005, len(UNITS), SQUARE)),
        ("code", slow_ones(code_expressions(), 8000, 0.1, len(UNITS))),
    ):
        assert not found[1], (name, found[1])


@pytest.mark.long
def test_no_phrase_rule_explodes() -> None:
    """Each rule's own examples and the units, as long as a sentence can be."""
    rules = PhraseDetector(Settings().phrases_dir)
    slow = []
    own = {f"{rule.match[0]} " for book in rules._books.values() for rule in book.rules if rule.match}
    for unit in [*UNITS, *sorted(own)]:
        if (times := grows(lambda text: rules.detect(text, split(text)), unit, SENTENCE, 0.05)) > MOST:
            slow.append(f"{unit!r}: {times:.0f} times")
    assert own and not slow, slow


def test_the_measure_finds_one_that_explodes() -> None:
    """A test that cannot fail tells nothing: an expression of the kind that is meant."""
    assert slow_ones(iter([("a/cubic", re.compile(r"\w*\w*!\d"))]), 320, 0.002, 1)[1]
