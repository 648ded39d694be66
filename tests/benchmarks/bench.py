"""make bench: a report beside its peers, the imports of a cold start, search at scale; about ten minutes on an idle machine.

python -m tests.benchmarks.bench [PART ...] [--price 0.04] [--quick]    PART is peers, imports or search; all without one

Writes the tables into README.md beside this file, between its marks, and the plots. Not a test: nothing here passes or fails.
"""

import argparse
import os
import platform
import shutil
import sys
from datetime import date
from pathlib import Path

from tests.benchmarks import imports, peers, search
from tests.benchmarks.common import CORE, PAGE, QUICK, ROOT, Effort, filled

PARTS = ("peers", "imports", "search")
PRICE = 0.04
"""Of a core-hour, in any currency: an assumption, about what large providers ask for a shared virtual core."""
BUSY = " **The machine was busy with other work: ratios and core-ms say more than times do.**"


def part(name: str, effort: Effort, price: float, folder: Path) -> str:
    """Measure a part, draw it into the folder, and give its text."""
    if name == "imports":
        return imports.section(imports.measure(effort.imports), effort.imports)
    if name == "search":
        figures, embed_ms = search.measure(effort)
        search.plot(figures, embed_ms, folder / "search.png")
        return search.section(figures, embed_ms)
    found, given = peers.measure(effort)
    peers.plot(found, folder / "peers.png")
    return peers.section(found, given, price)


def where() -> str:
    """Day, machine and its load, before anything here weighs on it."""
    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    machine = f"{cores} cores ({platform.machine()}, {platform.system()}), Python {platform.python_version()}"
    return f"{date.today()}, {machine}; the load of the machine was {load:.1f} at the start.{BUSY if load > cores else ''}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--price", type=float, default=PRICE, help=f"of a core-hour ({PRICE})")
    parser.add_argument(
        "--quick", action="store_true", help="try the benchmark itself: few runs, small sizes, into build/benchmarks"
    )
    given = parser.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}")
    if not CORE.exists():
        sys.exit("bench: no .venv; run it as: make bench")
    page = PAGE
    if given.quick:
        page = ROOT / "build" / "benchmarks" / PAGE.name
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PAGE, page)
    for name in given.parts or PARTS:
        filled(page.read_text("utf-8"), name, "")  # a page without its marks is told before ten minutes' work, not after
    for name in given.parts or PARTS:
        before = where()
        print(f"bench: {name}", file=sys.stderr, flush=True)
        text = f"{before}\n\n{part(name, QUICK if given.quick else Effort(), given.price, page.parent)}"
        page.write_text(filled(page.read_text("utf-8"), name, text), "utf-8")
        print(text, flush=True)


if __name__ == "__main__":
    main()
