"""Guidance cards as Markdown, under addresses of their own."""

from coach import Card

SCHEME = "coach://guidance/"
TEMPLATE = SCHEME + "{id}"
MARKDOWN = "text/markdown"


def address(card: Card) -> str:
    return SCHEME + card.id


def markdown(card: Card) -> str:
    """The whole card, for a mentor to read."""
    parts = [f"# {card.title}", f"## Situation\n{card.situation}", f"## Good practice\n{card.practice}"]
    for heading, lines in (("Ask", card.ask), ("Do", card.do), ("Avoid", card.avoid)):
        if lines:
            parts.append("\n".join([f"## {heading}", *(f"- {line}" for line in lines)]))
    parts.append(f"## Involve others\n{card.involve}")
    parts.append(f"Source: {card.source}")
    return "\n\n".join(parts) + "\n"
