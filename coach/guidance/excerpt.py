"""The beginning of a text, for a list of what was found."""


def excerpt(text: str, longest: int = 240) -> str:
    """At most `longest` characters, cut at a sentence where one ends late enough."""
    if len(text) <= longest:
        return text
    cut = text[:longest]
    end = max(cut.rfind(". "), cut.rfind("; "))
    return cut[: end + 1] if end > 80 else cut.rsplit(" ", 1)[0] + "…"
