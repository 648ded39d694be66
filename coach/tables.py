"""Content files in TOML -> tables; a file that is missing, not UTF-8 or not TOML is one ContentError with name and place."""

import tomllib
from pathlib import Path
from typing import Any

from coach.errors import ContentError


def read(path: Path) -> dict[str, Any]:
    """The file's tables. Raises ContentError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContentError(f"{path.name}: cannot be read ({error.strerror}); restore it from git") from None
    except ValueError as error:  # TOMLDecodeError names line and column, UnicodeDecodeError the byte
        raise ContentError(f"{path.name}: not valid TOML: {error}") from None
