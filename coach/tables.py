"""Content files in TOML -> tables; a file that is missing, not UTF-8 or not TOML is one ContentError with name and place.

And what was probably meant by a value that is not allowed, for the messages of `coach validate`.
"""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from coach.errors import ContentError

FEW: Final = 6
"""So many allowed values are listed; of more the nearest is named."""


def read(path: Path) -> dict[str, Any]:
    """The file's tables. Raises ContentError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContentError(f"{path.name}: cannot be read ({error.strerror}); restore it from git") from None
    except ValueError as error:  # TOMLDecodeError names line and column, UnicodeDecodeError the byte
        raise ContentError(f"{path.name}: not valid TOML: {error}") from None


def instead(given: object, allowed: Collection[str]) -> str:
    """The end of a message: "; one of a, b, c" where the values are few, else "; did you mean a?" or "" where none is near."""
    if len(allowed) <= FEW:
        return f"; one of {', '.join(sorted(allowed))}"
    from difflib import get_close_matches  # only where there is a fault: no start waits for it

    word = str(given)
    near = get_close_matches(word, allowed, n=1, cutoff=0.6) or get_close_matches(word.lower(), allowed, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
