"""A span of a text that names somebody or something, and how overlapping ones become one."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Kind = Literal["PERSON", "PLACE", "EMPLOYER", "CONTACT", "NUMBER"]
KINDS: Final[tuple[Kind, ...]] = ("PERSON", "PLACE", "EMPLOYER", "CONTACT", "NUMBER")


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) name one thing of a kind."""

    start: int
    end: int
    kind: Kind


def apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order and without overlaps: where two overlap, one span covers both, of the kind of the longer."""
    done: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if done and span.start < done[-1].end:
            last = done[-1]
            longer = max(last, span, key=lambda s: s.end - s.start)
            done[-1] = Span(last.start, max(last.end, span.end), longer.kind)
        else:
            done.append(span)
    return tuple(done)
