"""What the imports of `coach analyze` cost, package by package, against the budget in imports.toml.

Each module counts by its own time, without those that it imports, and by its least of several runs.
"""

import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks.common import CORE, EXAMPLES, NOTES, child, table

BUDGET = Path(__file__).with_name("imports.toml")
LIBRARY = "standard library"
OTHERS = "others"
LEAST = 0.5
"""Milliseconds: a package that takes less is not named, as those that are only looked for and not there."""
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def parsed(said: str) -> Counter[str]:
    """Module -> microseconds of its own, from what `python -X importtime` says."""
    found: Counter[str] = Counter()
    for took, module in _LINE.findall(said):
        found[module] += int(took)
    return found


def package(module: str) -> str:
    """The first part of a module's name; the standard library's are one, and what SWIG makes for FAISS is FAISS'."""
    top = module.split(".")[0]
    if top.startswith("swig_runtime"):
        return "faiss"
    return LIBRARY if top in sys.stdlib_module_names or top.startswith("_") else top


def by_package(modules: dict[str, int]) -> dict[str, float]:
    """Package -> milliseconds, the dearest first."""
    found: Counter[str] = Counter()
    for module, took in modules.items():
        found[package(module)] += took
    return {name: took / 1000 for name, took in found.most_common()}


def content() -> dict[str, Any]:
    """imports.toml: `ms` by package, `small` packages that count among the others, and what is `never` to be imported."""
    return tomllib.loads(BUDGET.read_text("utf-8"))


def budget() -> dict[str, float]:
    """Package -> milliseconds that it may take."""
    return dict(content()["ms"])


def measure(runs: int) -> dict[str, float]:
    """Package -> milliseconds."""
    least: dict[str, int] = {}
    note = EXAMPLES / f"{next(iter(NOTES.values()))[0]}.txt"
    for turn in range(runs + 1):  # the first fills the disk's cache
        run = child([str(CORE), "-X", "importtime", "-m", "coach.cli", "analyze", str(note)])
        for module, took in parsed(run.errors).items() if turn else ():
            least[module] = min(took, least.get(module, took))
    return by_package(least)


def section(found: dict[str, float], runs: int) -> str:
    """The table: packages with a budget, then the sum of the others, then all."""
    given = budget()
    named = {name: found.get(name, 0.0) for name in given if name != OTHERS}
    rest = {name: took for name, took in found.items() if name not in given}
    seen = [name for name, took in rest.items() if took >= LEAST]
    lines = {**dict(sorted(named.items(), key=lambda pair: -pair[1])), OTHERS: sum(rest.values())}
    rows = [
        [name, f"{took:.0f} ms", f"{given[name]:.0f} ms", "over" if took > given[name] else ""] for name, took in lines.items()
    ]
    rows.append(["**all**", f"{sum(lines.values()):.0f} ms", f"{sum(given.values()):.0f} ms", ""])
    over = [row[0] for row in rows if row[3]]
    return (
        table(["package", "its imports", "budget", ""], rows)
        + f"\n`python -X importtime` of `coach analyze`, which itself makes imports dearer; {runs} runs, each module by its least, without"
        f" what it imports. {OTHERS.capitalize()}: {', '.join(sorted(seen)) or 'none'} (of {LEAST:g} ms or more)."
        f" {'Over its budget: ' + ', '.join(over) + '.' if over else 'All within their budgets (imports.toml).'}\n"
    )
