"""French sets a space before a colon: in the templates it comes from `{{ colon }}`, never as a hard ":" after words."""

import re
from pathlib import Path

import pytest

from api.web.pages import environment

API = Path(__file__).resolve().parents[2] / "api"
TEMPLATES = sorted([*(API / "web" / "templates").glob("*.html"), *(API / "plugins").rglob("*.html")])
NO_WORDS = re.compile(r"""https?:|\b(?:href|src|srcset|style|action|content|media|accept)=(?:"[^"]*"|'[^']*')""")


def hard(text: str) -> list[str]:
    """Where a colon stands in what is shown, or said aloud (aria-label), with what is before and after it."""
    shown = re.sub(r"{#.*?#}", "", text, flags=re.S)
    shown = NO_WORDS.sub("", re.sub(r"{{.*?}}|{%.*?%}", "¤", shown, flags=re.S))
    return [m.group() for m in re.finditer(r".{0,20}:.{0,20}", shown)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_hard_colon(path: Path) -> None:
    assert hard(path.read_text(encoding="utf-8")) == [], "write {{ colon }}"


@pytest.mark.parametrize(
    "text",
    [
        '<p>{{ _("Source") }}: {{ card.source }}</p>',
        "{{ _(state) }}{% if f.holder %}: {{ name }}{% endif %}",
        "<button aria-label=\"{{ _('Remove') }}: {{ w.name }}\">",
        '<strong>{{ _("Staff") }}</strong>: {{ state }}',
    ],
)
def test_a_planted_one_is_found(text: str) -> None:
    assert len(hard(text)) == 1


def test_the_colon_is_the_language_s() -> None:
    made = {language: environment(language).from_string("a{{ colon }} b").render() for language in ("en", "fr")}
    assert made == {"en": "a: b", "fr": "a\u00a0: b"}
