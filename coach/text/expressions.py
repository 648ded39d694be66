"""Lists of regular expressions that content files give, as one that is fast: looked for in small letters.

`re` tries the branches of an expression one by one; where letters count as they stand it skips by the first letter a branch that
cannot begin here, with IGNORECASE it does not. So text and expressions go into small letters, two to three times as fast.
"""

import re
from collections.abc import Sequence
from typing import Final

_AT_A_WORD: Final = r"(?:\b"
_KEPT: Final = re.compile(r"\\.|\(\?P<\w+>|[^\\]", re.DOTALL)


def small(text: str) -> str:
    """In small letters, every character in its place."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def one_of(expressions: Sequence[str]) -> re.Pattern[str]:
    """Finds in `small` text what any of these finds in any case, those that begin at a word's edge before the others. Raises re.error.

    That edge is looked for once, which lets the engine skip the inside of words.
    """
    parts = [f"(?:{_KEPT.sub(_smaller, expression)})" for expression in expressions]
    words = "|".join(part for part in parts if part.startswith(_AT_A_WORD))
    rest = [part for part in parts if not part.startswith(_AT_A_WORD)]
    return re.compile("|".join([rf"\b(?:{words})", *rest] if words else rest))


def _smaller(found: re.Match[str]) -> str:
    """What is no letter of its own (\\W, a group's name) stays."""
    return found[0] if len(found[0]) > 1 else small(found[0])
