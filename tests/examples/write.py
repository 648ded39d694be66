"""The report of every sample note, as `coach analyze` prints it, beside it in reports/: python -m tests.examples.write

What the program would know of each pair (region, age) and which levels are right stands in levels.toml.
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from coach.values import Note

HERE = Path(__file__).parent
REPORTS = HERE / "reports"


@dataclass(frozen=True, slots=True)
class Example:
    """A sample note, the levels that are right for it, and the level that is known to be given wrongly (None: none is)."""

    note: Note
    levels: tuple[str, ...]
    wrong_now: str | None

    @property
    def report(self) -> Path:
        return REPORTS / f"{self.note.id}.txt"


def examples() -> list[Example]:
    """Every note of the folder, sorted by name. Raises KeyError where levels.toml has no table for it."""
    rows = tomllib.loads((HERE / "levels.toml").read_text(encoding="utf-8"))
    return [_example(path, rows[path.stem]) for path in sorted(HERE.glob("*.txt"))]


def _example(path: Path, row: dict[str, object]) -> Example:
    known = Note(path.stem, path.read_text(encoding="utf-8"), row.get("region"), row.get("minor"))  # type: ignore[arg-type]
    return Example(known, tuple(row["levels"]), row.get("wrong_now"))  # type: ignore[arg-type]


def main() -> None:
    """Writes all reports, and takes away those whose note is gone."""
    for name in [n for n in os.environ if n.startswith("COACH_")]:
        del os.environ[name]
    import coach
    from coach.faces.text import render

    reader = coach.load()
    REPORTS.mkdir(exist_ok=True)
    mine = examples()
    for example in mine:
        example.report.write_text(render(example.note, reader.analyze(example.note)), encoding="utf-8")
    for old in set(REPORTS.glob("*.txt")) - {e.report for e in mine}:
        old.unlink()


if __name__ == "__main__":
    main()
