"""The frame: the tree of errors, settings, the public names, an import that costs nothing, the README's example."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import coach
import coach.errors
from coach.errors import CoachError, MissingDependency
from coach.settings import Settings
from tests.conftest import demand

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("numpy", "spacy", "onnxruntime", "tokenizers", "faiss", "bm25s", "pydantic", "rich", "torch", "transformers", "httpx")


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tree(error: type[CoachError]) -> Iterator[type[CoachError]]:
    yield error
    for child in error.__subclasses__():
        yield from tree(child)


def test_errors_stand_in_the_drawing() -> None:
    drawn = re.findall(r"(\w+) {2,}\S", coach.errors.__doc__ or "")
    assert sorted(drawn) == sorted(e.__name__ for e in tree(CoachError))
    codes = [e.code for e in tree(CoachError)]
    assert len(set(codes)) == len(codes)


def test_missing_dependency_names_the_remedy() -> None:
    assert "pip install 'conversation-coach[train]'" in MissingDependency("torch", "train").message


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().threads == 2
    monkeypatch.setenv("COACH_THREADS", "7")
    monkeypatch.setenv("COACH_READER_DIR", "/elsewhere")
    assert (Settings().threads, Settings().reader_dir) == (7, Path("/elsewhere"))
    with pytest.raises(ValueError, match="frozen"):
        Settings().threads = 3  # type: ignore[misc]


def test_settings_paths_exist() -> None:
    made_later = {"index_dir", "reader_dir", "handbooks_dir", "versions_dir"}
    paths = {name: value for name, value in Settings() if isinstance(value, Path) and name not in made_later}
    assert not [name for name, path in paths.items() if not path.is_dir()]


def test_public_names() -> None:
    assert {"Coach", "Note", "Report", "Guidance", "Resources", "load"} <= set(coach.__all__)
    given = [getattr(coach, name) for name in coach.__all__]
    assert all(one.__module__.startswith("coach.") for one in given if callable(one))  # not ALARMS, LABEL_NAMES, REGION
    with pytest.raises(AttributeError, match="no attribute 'Oracle'"):
        _ = coach.Oracle


@pytest.mark.parametrize("module", ["coach", "coach.cli", "coach.values"])
def test_import_is_light(module: str) -> None:
    loaded = python(f"import sys, {module}; print(*[n for n in {HEAVY!r} if n in sys.modules])").split()
    assert not [name for name in loaded if name != "pydantic" or module != "coach.cli"]


def test_readme_example_runs() -> None:
    readme = ROOT / "README.md"
    block = re.search(r"```python\n(.+?)```", readme.read_text(encoding="utf-8"), re.DOTALL) if readme.exists() else None
    if block is None:
        pytest.skip("README.md has no python example yet")
    assert python(block[1]).strip()


def test_core_environment_has_no_torch_and_prints_a_report(require: Callable[[str], None]) -> None:
    require("core")
    bin_ = ROOT / ".venv" / "bin"
    torch = subprocess.run([bin_ / "python", "-c", "import torch"], capture_output=True, check=False)
    assert torch.returncode == 1
    env = {**os.environ, "PYTHONPATH": ""}
    note = "Call with Sam. She said she can't sleep and worries about money."
    done = subprocess.run([bin_ / "coach", "analyze", "-"], input=note, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    assert "sleep" in done.stdout


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [("", pytest.skip.Exception), ("gone, other", pytest.fail.Exception), ("other", pytest.skip.Exception)],
)
def test_require(monkeypatch: pytest.MonkeyPatch, environment: str, outcome: type[BaseException]) -> None:
    from tests.conftest import NEEDS

    monkeypatch.setitem(NEEDS, "gone", lambda: "it is not here")
    monkeypatch.setitem(NEEDS, "here", lambda: None)
    demand("here", environment)
    with pytest.raises(outcome, match="it is not here"):
        demand("gone", environment)
