"""Several pieces of text masked with the note that they come from, so that a name known there is known in each of them."""

from collections.abc import Callable, Sequence
from typing import Final

from coach.text.masking import Masked

_GAP: Final = "\n\n"


def masked_parts(mask: Callable[[str], Masked], before: str, parts: Sequence[str]) -> tuple[Masked, ...]:
    """`parts` as they read after `before`, without their names; `before` itself is not given back.

    A name that seems to run from one part into the next is masked in both.
    """
    joined = _GAP.join((before, *parts))
    whole, at, out = mask(joined), len(before) + len(_GAP), []
    for part in parts:
        out.append(_cut(whole, at, at + len(part)))
        at += len(part) + len(_GAP)
    return tuple(out)


def _cut(whole: Masked, start: int, end: int) -> Masked:
    """The part of a masked text between two places of the original."""
    text, spans, places, at = "", [], [], start
    for span, (a, b) in zip(whole.spans, whole.places, strict=True):
        if span.end <= start or span.start >= end:
            continue
        text += whole.original[at : max(at, span.start)]
        places.append((len(text), len(text) + b - a))
        text += whole.text[a:b]
        spans.append(span._replace(start=max(span.start, start) - start, end=min(span.end, end) - start))
        at = min(span.end, end)
    return Masked(whole.original[start:end], text + whole.original[at:end], tuple(spans), tuple(places))
