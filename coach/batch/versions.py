"""What made a report besides its note: code, libraries, reader, index and content. All workers of a run must agree in it."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from coach.settings import Settings

DIALS: Final = ("words", "max_note_chars", "max_file_bytes", "max_follow_ups", "max_resources", "use_reader", "search_min_score")
"""The settings that bear on what is read and on what a report says; paths and threads do not."""
_PARTS: Final = ("advise", "assess", "detect", "encode", "guidance", "text", "wording")
_FILES: Final = ("batch/values.py", "batch/work.py", "build.py", "pipeline.py", "report.py", "taxonomy.py", "values.py")
_LIBRARIES: Final = ("numpy", "onnxruntime", "py3langid", "spacy", "tokenizers")


def dials(settings: Settings) -> dict[str, Any]:
    """The settings that a worker is given."""
    return {name: getattr(settings, name) for name in DIALS}


def versions(settings: Settings) -> dict[str, str]:
    """Name of a part -> its version, or a hash of what it is made of."""
    folders = (settings.phrases_dir, settings.cues_dir, settings.resources_dir, settings.wording_dir)
    return {
        "code": _code(),
        "libraries": " ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
        "reader": _of_manifest(settings.reader_dir) if settings.use_reader else "off",
        "index": _of_manifest(settings.index_dir),
        "cards": _digest(settings.guidance_dir, (settings.guidance_dir / "cards").glob("*.md")),
        "content": " ".join(_digest(folder, folder.rglob("*.toml")) for folder in folders),
    }


@cache
def _code() -> str:
    top = Path(__file__).resolve().parent.parent
    return _digest(top, [*(path for part in _PARTS for path in (top / part).rglob("*.py")), *(top / name for name in _FILES)])


def _digest(top: Path, paths: Iterable[Path]) -> str:
    h = hashlib.sha256()
    for path in sorted(paths):
        h.update(path.relative_to(top).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return h.hexdigest()[:16]


def _of_manifest(folder: Path) -> str:
    """Name and version where the manifest gives them, and its hash: it holds those of all files of the folder."""
    try:
        data = (folder / "manifest.json").read_bytes()
        given = json.loads(data)
    except (OSError, ValueError):
        return "none"
    named = [str(given[name]) for name in ("name", "version") if name in given]
    return " ".join([*named, hashlib.sha256(data).hexdigest()[:16]])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
