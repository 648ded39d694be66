"""What `coach analyze` imports: nothing that a report does without, and nothing without a line in the budget."""

import subprocess
from pathlib import Path

import pytest

from tests.benchmarks import imports

ROOT = Path(__file__).resolve().parent.parent
CODE = """
import sys
from coach.cli import main
try:
    main(["analyze", "tests/examples/newcomer-nurse.txt", "--format", "json"])
finally:
    print(*{name.split(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def loaded(require) -> set[str]:
    """The packages from elsewhere that a report of a note takes."""
    require("core")
    require("reader")
    run = [str(ROOT / ".venv" / "bin" / "python"), "-c", CODE]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert '"signals"' in done.stdout
    return {imports.package(name) for name in done.stderr.splitlines()[-1].split()} - {imports.LIBRARY}


def test_a_report_takes_nothing_that_it_does_without(loaded):
    assert not loaded & set(imports.content()["never"])
    assert {"numpy", "onnxruntime"} <= loaded  # so the note was read, and by the trained reader


def test_whatever_a_report_takes_has_its_line_in_the_budget(loaded):
    known = set(imports.content()["ms"]) | set(imports.content()["small"])
    assert loaded <= known, "add it to tests/benchmarks/imports.toml, or import it where it is used"


SAID = """import time: self [us] | cumulative | imported package
import time:       100 |        100 | json.decoder
import time:        50 |        150 |   numpy.core
import time:      2000 |       2150 | numpy
"""


def test_import_times_are_summed_by_package():
    assert imports.by_package(imports.parsed(SAID)) == {"numpy": 2.05, imports.LIBRARY: 0.1}


def test_what_is_over_its_budget_is_told():
    given = imports.budget()
    found = {"numpy": given["numpy"] + 1, "somepackage": given[imports.OTHERS] + 1, imports.LIBRARY: 1.0}
    told = imports.section(found, 3)
    assert "Over its budget: numpy, others." in told
    assert "Others: somepackage (of" in told
    assert "All within" in imports.section({"numpy": 1.0}, 3)
