"""What was probably meant by a value that is not allowed, for the messages of `coach validate`."""

from collections.abc import Collection
from typing import Final

FEW: Final = 6
"""So many allowed values are listed; of more the nearest is named."""


def instead(given: object, allowed: Collection[str]) -> str:
    """The end of a message: "; one of a, b, c" where the values are few, else "; did you mean a?" or "" where none is near."""
    if len(allowed) <= FEW:
        return f"; one of {', '.join(sorted(allowed))}"
    from difflib import get_close_matches  # only where there is a fault: no start waits for it

    word = str(given)
    near = get_close_matches(word, allowed, n=1, cutoff=0.6) or get_close_matches(word.lower(), allowed, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
