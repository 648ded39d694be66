"""The French as a reader in Quebec meets it: its typography, one word for one thing, vous to the mentor and tu to the mentee."""

import re
import tomllib
from pathlib import Path

import pytest

from api.web.language import catalogue, plurals

ROOT = Path(__file__).resolve().parents[2]
FRENCH = ROOT / "indexes" / "wording" / "fr"
PAGES = [*catalogue("fr").values(), *(text for forms in plurals("fr").values() for text in forms)]
FILES = {path.name: [e["fr"] for e in tomllib.loads(path.read_text(encoding="utf-8"))["say"]] for path in FRENCH.glob("*.toml")}
ALL = PAGES + [text for texts in FILES.values() for text in texts]
SAID = re.compile(r"«[^»]*»")
"""What stands between French marks: in these files the words of a mentor to a mentee."""


def faulty(pattern, texts):
    return [text for text in texts if re.search(pattern, text)]


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"[ \u00a0\u202f][;?!]", "no space before ; ? ! in Canada"),
        (r"[^\s\d/]:(?=\s|$)", "a space before a colon"),
        ("[\u2018\u2019]", "a straight apostrophe, as everywhere else"),
        ("«(?![ \u202f])|(?<![ \u202f])»", "a space inside « »"),
        (r"[“”]|\.\.\.", "« » and …"),
        (r"modèle de langue|lecteur entraîné|phrases? précises?", "modèle de langage, lecteur automatique, expression fixe"),
        (r"(?<!personne )(?<!personnes )\bmentorée?s?\b", "la personne mentorée"),
        (r"\b(?:[Ll]e|[Uu]n|du|au) mentor\b(?! ou)|\bmentoré\b", "le mentor ou la mentore, or another turn"),
        (r"·", "no dot within a word: it is hard to read and to hear"),
    ],
)
def test_typography_and_one_word_for_one_thing(pattern, why):
    assert faulty(pattern, ALL) == [], why


def test_the_fixed_spaces_stand_in_the_catalogue_and_are_set_in_the_files_at_load():
    """The files have plain spaces (coach/wording/templates.py sets them); the catalogue is shown as it is."""
    assert faulty(" (?:[:»]|%%)|« ", PAGES) == [], "write U+00A0 before a colon, U+202F before % and inside « »"
    assert faulty("[\u00a0\u202f]", [text for texts in FILES.values() for text in texts]) == []


def test_the_mentor_is_vous_and_the_mentee_tu():
    familiar, polite = r"\b(?:tu|te|toi)\b|\bt'", r"\b(?:vous|votre|vos)\b"
    for name in ("follow_ups.toml", "handoff.toml", "brief.toml"):
        assert faulty(familiar, [SAID.sub("", text) for text in FILES[name]]) == []
        assert faulty(polite, [said for text in FILES[name] for said in SAID.findall(text)]) == []
    assert faulty(polite, FILES["expectations.toml"]) == [], "the questions are the mentor's to the mentee"
    assert faulty(familiar, PAGES) == []
