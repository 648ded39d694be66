"""The report's words in French: every kind of line, with quotes, names of services and guidance cards as they are."""

import ast
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import coach
from coach.advise.registry import Resources
from coach.cli import main
from coach.errors import ContentError, UnknownValue
from coach.faces.brief import render_brief
from coach.faces.page import render_page
from coach.faces.text import render
from coach.pipeline import Coach
from coach.report import to_dict
from coach.settings import Settings
from coach.values import Note, SecondReading, Session
from coach.wording.files import FACES, faults, load
from coach.wording.french import day, hours
from coach.wording.reports import reworded, reworded_row
from coach.wording.templates import Template
from coach.wording.words import Words

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "examples"
CONTENT = Settings(use_reader=False)
RESOURCES = Resources(CONTENT.resources_dir)
STOP = re.compile(
    r"\b(?:the|and|ask|asked|with|for|what|your|you|this|that|of|is|are|in|not|was|somebody|mentee|staff|day|today|call)\b",
    re.IGNORECASE,
)
NOTES = {
    "grave": Note("grave", "She said she wants to die and cut her arm again. I asked and she said yes, most nights.", "CA-QC"),
    "minor": Note("minor", "He is 15. He told me his dad hits him and that he wants to kill himself.", "CA", minor=True),
    "own": Note("own", "I can't go on, I want to die. Nobody knows.", None),
    "other": Note("other", "Her brother told her he is going to kill himself tonight if she leaves.", "GB", minor=False),
    "asked": Note("asked", "I asked whether she thinks of suicide and she said no, never.", "CA-ON"),
    "feared": Note("feared", "His mother is scared that he might kill himself.", "US"),
    "retired": Note("retired", "I gave him 1-833-456-4566 because he wants to die.", "CA"),
    "spanish": Note("spanish", "Hoy hablamos de su trabajo y de la entrevista del martes. Dice que quiere cambiar.", "CA"),
    "mixed": Note("mixed", "We met at the library as planned.\n\nIl m'a dit qu'il veut mourir et qu'il n'en peut plus.", "CA-QC"),
    "abroad": Note("abroad", "She wants to die.", "FR"),
}


@pytest.fixture(scope="module")
def phrases():
    return coach.load(CONTENT)


@pytest.fixture(scope="module")
def reader(require):
    require("reader")
    return coach.load(Settings())


@pytest.fixture(scope="module")
def french():
    return load(CONTENT.wording_dir, "fr", lambda: RESOURCES)


def said(row):
    """Every sentence of the library in a report's object, with where it stands."""
    yield "coverage", row["coverage"]["reason"]
    yield from (("reason", r) for r in row["triage"]["reasons"])
    for name, keys in {
        "uncertain": ("question",),
        "expectations": ("statement", "ask"),
        "follow_ups": ("text", "why"),
        "resources": ("why", "caveat"),
        "handoff": ("text",),
        "corrections": ("message",),
    }.items():
        yield from ((f"{name}.{key}", one.get(key)) for one in row[name] for key in keys)


def ours(text, note):
    """The text without what it quotes from the note and without the names of services."""
    words = " ".join(note.text.split())
    text = re.sub(r"«\u202f(.*?)\u202f»", lambda m: "" if m[1].rstrip("…") in words else m[0], text)
    for service in RESOURCES:
        text = text.replace(service.name, "")
    return text


def assert_french(row, words, english, note):
    for (place, text), (_, before) in zip(said(row), said(english), strict=True):
        if before is None:
            assert text is None
            continue
        assert words.knows(before), f"{place}: {before!r}"
        assert not STOP.search(ours(text, note)), f"{place}: {text!r}"


def test_every_english_text_has_its_french_with_the_same_fields():
    assert list(faults(CONTENT.wording_dir, "fr", RESOURCES)) == []


@pytest.mark.parametrize("name", NOTES)
def test_each_line_is_french_and_the_contract_the_same(phrases, french, name):
    english = to_dict(phrases.analyze(NOTES[name]))
    row = to_dict(phrases.analyze(NOTES[name], words="fr"))
    assert_french(row, french, english, NOTES[name])
    assert row.keys() == english.keys()
    assert row["signals"] == english["signals"]
    assert row["guidance"] == english["guidance"]
    assert row["triage"]["level"] == english["triage"]["level"]
    assert [r["id"] for r in row["resources"]] == [r["id"] for r in english["resources"]]


def test_the_notes_above_have_every_kind_of_line(phrases):
    seen = {place for note in NOTES.values() for place, text in said(to_dict(phrases.analyze(note))) if text}
    assert seen >= {
        "coverage",
        "reason",
        "follow_ups.text",
        "follow_ups.why",
        "resources.why",
        "handoff.text",
        "corrections.message",
    }


@pytest.mark.parametrize("name", sorted(p.stem for p in EXAMPLES.glob("*.txt")))
def test_reports_of_the_trained_reader_are_french_too(reader, french, name):
    note = Note(name, (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8"), "CA-QC")
    report = reader.analyze(note)
    assert_french(to_dict(reworded(report, french)), french, to_dict(report), note)


def test_a_stored_report_is_said_in_french_without_its_note(phrases, french):
    for note in NOTES.values():
        stored = json.loads(json.dumps(to_dict(phrases.analyze(note))))
        assert reworded_row(stored, french) == json.loads(json.dumps(to_dict(phrases.analyze(note, words="fr"))))
        assert reworded_row(stored, Words()) == stored


def test_quotes_stand_in_guillemets_with_narrow_spaces_and_as_they_were(phrases):
    report = phrases.analyze("We met. He said “he wants to die” {quote} and left; he said: no.", words="fr", region="CA")
    (first, *_) = report.triage.reasons
    assert first.startswith("Des mots qui évoquent le suicide ou l'envie de ne plus vivre\u00a0: «\u202f")
    assert first.endswith("\u202f»")
    assert report.signals[0].quote in first
    assert report.signals[0].quote in report.follow_ups[0].text
    assert not re.search(r"« | »| :|[ \u00a0\u202f][;?!]", "".join(f.text + f.why for f in report.follow_ups))


def test_words_that_are_not_the_librarys_stay_as_they_are(french):
    for text in ("We agreed on Tuesdays.", "", "You wrote “x”. Do as you please.", "Hello: “there”", "Note: this; and that"):
        assert french.say(text) == text
        assert not french.knows(text)


def test_a_quote_that_looks_like_a_field_or_a_sentence_of_ours_is_only_a_quote(french):
    odd = "You wrote “{ask} and {quote}”. Ask: “What happened just before”"
    assert Template("You wrote {quote}. {lead}", "x").match(odd) == {
        "quote": "{ask} and {quote}",
        "lead": "Ask: “What happened just before”",
    }
    said = french.say("Anxiety: “I was {what}: “so”; tired\nall day”")
    assert said == "Anxiété\u00a0: «\u202fI was {what}: “so”; tired\nall day\u202f»"


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("For grief (women); day and night; in CA-QC", "Pour le deuil (femmes); jour et nuit; région\u00a0: CA-QC"),
        (
            "Check before you rely on it (one source, 2026-07).",
            "À vérifier avant de vous y fier (une seule source, juillet 2026).",
        ),
        (
            "Check before you rely on it (one source, date not known).",
            "À vérifier avant de vous y fier (une seule source, date non connue).",
        ),
        ("Low mood, in the past (yours): “x”", "Moral bas, dans le passé (chez vous)\u00a0: «\u202fx\u202f»"),
        (
            "May be counting on an answer to messages around 11 pm too, outside working hours.",
            "Compte peut-être sur une réponse aux messages même vers «\u202f11 pm\u202f», hors des heures de travail.",
        ),
        (
            "555 (Old Line) is no longer the number to give. Now: New Line, call 988 or text 45645.",
            "555 (Old Line) n'est plus le numéro à donner. Maintenant\u00a0: New Line, appel au 988 ou texto au 45645.",
        ),
    ],
)
def test_lines_that_are_put_together(french, english, expected):
    assert french.say(english) == expected


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("24/7", "jour et nuit, 7 jours sur 7"),
        ("Mon-Fri 09:00-17:30", "du lundi au vendredi, de 9\u00a0h à 17\u00a0h\u00a030"),
        ("14:00-02:00 ET daily", "de 14\u00a0h à 2\u00a0h (HE) tous les jours"),
        ("Set sessions, mornings or evenings by day", "Set sessions, mornings or evenings by day"),
    ],
)
def test_hours_in_french_form(english, expected):
    assert hours(english) == expected


def test_days_in_french_form():
    assert [day(d) for d in ("2026-03-01", "2026-12", "2015", "soon", "2026-13")] == [
        "1er mars 2026",
        "décembre 2026",
        "2015",
        "soon",
        "2026-13",
    ]


def test_the_brief_in_french(phrases, french):
    texts = [
        "He wants to die. We met on time.",
        "We met. He sorted his CV.",
        "We met. He came late again and I waited twenty minutes.",
        "She said no, she never thinks of suicide.",
    ]
    reports = [phrases.analyze(Note(f"n{i}", text)) for i, text in enumerate(texts)]
    today = date(2026, 6, 1)
    sessions = [Session(r, today - timedelta(days=100 - 7 * i)) for i, r in enumerate(reports)]
    english, other = (coach.load_briefs(Settings(words=w)).brief(sessions, today) for w in ("en", "fr"))
    assert english.quiet
    assert english.agenda
    assert english.open is not None
    for before, after in zip(
        (*english.agenda, *english.dropped, *english.changes, *english.open, english.quiet),
        (*other.agenda, *other.dropped, *other.changes, *other.open, other.quiet),
        strict=True,
    ):
        assert french.knows(before), before
        assert after == french.say(before)
    assert coach.load_briefs(Settings(words="fr")).brief([]).agenda[0].startswith("Faites connaissance")
    face = render_brief(other, words=french)
    assert "La prochaine séance (après 4 notes)" in face
    assert "The " not in face


def test_a_language_that_is_not_there_and_a_file_that_lacks_a_text(tmp_path, phrases, french):
    with pytest.raises(UnknownValue, match="No words in 'de'"):
        phrases.analyze("We met.", words="de")
    for path in (*CONTENT.wording_dir.glob("*.toml"), *(CONTENT.wording_dir / "fr").glob("*.toml")):
        target = tmp_path / path.relative_to(CONTENT.wording_dir)
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    brief = tmp_path / "fr" / "brief.toml"
    whole = brief.read_text(encoding="utf-8")
    for bad, fault in (
        (whole.replace("non dite : « {ask} »", "non dite : « {asks} »"), "the fields in braces differ"),
        (whole.replace("Work on one thing they bring.", "Work."), "nothing for 'Work on one thing they bring.'"),
        (whole + '\n[[say]]\nen = "x"\n', "needs `en` and `fr`"),
    ):
        brief.write_text(bad, encoding="utf-8")
        with pytest.raises(ContentError, match=fault):
            load(tmp_path, "fr", lambda: RESOURCES)


def face_texts():
    """Every text that coach/faces fills or gives as a title, from its source."""
    for path in (ROOT / "coach" / "faces").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("fill", "title")
            if named and node.args:
                yield from (c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant) and isinstance(c.value, str))
        for node in tree.body:
            if isinstance(node, ast.Assign) and node.targets[0].id in ("_LEVELS", "_TITLES", "_STATES", "_ASSERTED"):
                yield from ast.literal_eval(node.value).values()


def test_every_word_of_the_faces_has_its_french_and_none_is_left_over():
    import tomllib

    entries = tomllib.loads((CONTENT.wording_dir / "fr" / FACES).read_text(encoding="utf-8"))["say"]
    known = {e["en"] for e in entries}
    codes = {"none", "watch", "implicit"}  # in a condition, no text
    assert set(face_texts()) - known - codes == set()
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "coach" / "faces").glob("*.py")]
    written = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    of_codes = {"ask", "do", "agree", "refer", "escalate", "trust", "application", "growth", "closed"}
    assert known - written - of_codes == set()


def test_the_faces_in_french(phrases, french):
    for name in ("grave", "retired", "mixed"):
        report = phrases.analyze(NOTES[name], words="fr")
        text, page = render(NOTES[name], report, words=french), render_page([(NOTES[name], report)], french)
        assert "Les fiches sont en anglais." in text
        assert "Les fiches sont en anglais." in page
        assert '<html lang="fr">' in page
        assert page.count('<span lang="en">') == len(report.guidance)
        for english in (
            "The note\n",
            "<h2>The note",
            "What to do next",
            "Why:",
            "Help\n",
            "Guidance cited",
            "A guess by",
            "The mentee:",
        ):
            assert english not in text
            assert english not in page
    faulty = replace(phrases.analyze("We met.", words="fr"), second=SecondReading("m", french.say("it cannot be reached.")))
    assert "Modèle de langage (m)\u00a0: il est injoignable. Voici le rapport sans lui." in render(
        NOTES["own"], faulty, words=french
    )


def test_from_the_command_line(capsys, tmp_path, monkeypatch, phrases):
    note = tmp_path / "n.txt"
    note.write_text("She wants to die.", encoding="utf-8")
    made = lambda settings, _answer=None, **_: Coach(replace(phrases._parts, words=settings.words))  # noqa: E731
    monkeypatch.setattr("coach.build.build", made)
    assert main(["analyze", str(note), "--words", "fr", "--format", "json"]) == 0
    asked = capsys.readouterr().out
    assert json.loads(asked)["triage"]["reasons"][0].startswith("Des mots qui évoquent le suicide")
    monkeypatch.setenv("COACH_WORDS", "fr")
    assert main(["analyze", str(note), "--format", "json"]) == 0
    assert capsys.readouterr().out == asked
    assert main(["analyze", str(note), "--words", "en"]) == 0
    assert "Words of suicide" in capsys.readouterr().out
    assert main(["brief", str(note)]) == 0
    assert "La prochaine séance" in capsys.readouterr().out
