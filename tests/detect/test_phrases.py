"""The phrase rules against their own examples, and the detector and its pattern language against awkward text."""

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.detect.patterns import PatternError, unfold, words
from coach.detect.phrases import PhraseDetector
from coach.errors import ContentError
from coach.settings import ROOT
from coach.taxonomy import GRAVE
from coach.values import Sentence

DETECTOR = PhraseDetector(ROOT / "indexes" / "phrases")
RULE = """
language = "en"
[sets]
self = "himself|herself"
[[rule]]
id = "r"
label = "distress.suicide"
score = 0.9
patterns = ["hurt $self"]
match = ["he hurt himself", "she hurt herself", "hurt himself", "hurt herself"]
no_match = ["hurt him", "himself"]
"""


def labels(text: str, language: str = "en") -> set[str]:
    return {f.label for f in DETECTOR.detect(text, [Sentence(0, len(text), text, language=language)])}


def quotes(text: str, label: str) -> list[str]:
    found = DETECTOR.detect(text, [Sentence(0, len(text), text)])
    return [text[f.start : f.end] for f in found if f.label == label]


def write(folder: Path, text: str, name: str = "a.en.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_rule_meets_its_examples() -> None:
    assert DETECTOR.check_examples() == []


@pytest.mark.parametrize(
    "text",
    [
        "This deadline is killing me.",
        "She bombed the first mock and was dead tired.",
        "We killed two birds with one stone.",
        "He is dying to see it; I nearly died laughing.",
        "Shoot me an email about the killer app.",
        "Kill the process, the server died twice.",
        "He beat himself up about it, then hit his targets.",
        "A suicide squeeze won it in the seventh.",
        "The Suicide Prevention Week poster hangs by the lift.",
        "She booked the Suicide Prevention course.",
        "I'd murder a pint.",
        "Over my dead body, he joked.",
        "He shot down the plan and stabbed at the salad.",
        "The pitch is dead, and so is the battery.",
        "She cut the budget and cut herself some slack.",
        "Drop dead gorgeous set, dead on target.",
        "The crisis line number is on the wall.",
        "He was hit by the flu and beaten to the post.",
        "If looks could kill, she said.",
        "They were locked in a meeting until six.",
        "The demo died a death on stage.",
        "She wants to dye it blue.",
        "",
    ],
)
def test_figures_of_speech_and_teaching_are_no_grave_signal(text: str) -> None:
    assert not labels(text) & GRAVE


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("She said she WANTS TO DIE.", "WANTS TO DIE"),
        ("he  wants\r\n\tto die ok", "wants\r\n\tto die"),
        ("he don’t want to be here anymore", "don’t want to be here anymore"),
        ("she dont want to live any more", "dont want to live any more"),
        ("\U0001f600 é “I want to die”, he wrote", "want to die"),
        ("he wanna die he says", "wanna die"),
        ("No thoughts of suicide, I asked.", "thoughts of suicide"),
        ("if he ever felt suicidal he'd ring", "suicidal"),
        ("wants to die. wants to kill himself", "wants to die"),
        ("wants to k\u00adill himself", "k\u00adill himself"),
    ],
)
def test_spans_survive_awkward_text(text: str, quote: str) -> None:
    assert quote in quotes(text, "distress.suicide")


def test_offsets_count_in_the_whole_text_and_matches_stay_in_their_sentence() -> None:
    text = "Good call. He wants to. Die Hard was on. She wants to die."
    sentences = [Sentence(a, b, text[a:b]) for a, b in ((0, 10), (11, 23), (24, 40), (41, 58))]
    (finding,) = DETECTOR.detect(text, sentences)
    assert (text[finding.start : finding.end], finding.explicit, finding.source) == ("wants to die", True, "phrases")
    assert finding.rule == "suicide.wants-to-die"
    assert (finding.about, finding.assertion, finding.status) == ("mentee", "present", None)


def test_a_grave_phrase_is_found_whatever_language_the_sentence_was_taken_for() -> None:
    assert labels("She wants to die.", "en") == {"distress.suicide"}
    assert labels("She wants to die.", "xx") == {"distress.suicide"}


def test_one_label_gives_one_finding_a_place() -> None:
    text = "She has been saying she wants to die, she wants to be dead and end her life."
    found = [f for f in DETECTOR.detect(text, [Sentence(0, len(text), text)]) if f.label == "distress.suicide"]
    assert all(a.end <= b.start for a, b in itertools.pairwise(found)) and len(found) == 3


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('score = 0.9', "score = 2", "score"),
        ('score = 0.9', "", "'score' is missing"),
        ('label = "distress.suicide"', 'label = "distress.suicid"', "unknown label"),
        ('label = "distress.suicide"', 'label = "expectation.pace"', "status"),
        ('id = "r"', 'id = "r"\nfoo = 1', "unknown key 'foo'"),
        ('id = "r"', 'id = "r"\nabout = "me"', "about"),
        ('id = "r"', 'id = "r"\nexplicit = "yes"', "explicit"),
        ('["hurt $self"]', '["hurt $selves"]', "$selves"),
        ('["hurt $self"]', '["..2 hurt"]', "gap"),
        ('["hurt $self"]', '["hurt? himself?"]', "optional"),
        ('["hurt $self"]', '["hurt | himself"]', "no word"),
        ('["hurt $self"]', "[]", "empty"),
        ('["hurt $self"]', '"hurt"', "list"),
        ('language = "en"', "", "language"),
        ('language = "en"', "language = en", "TOML"),
        ("[[rule]]", "[[rules]]", "no [[rule]]"),
    ],
)  # fmt: skip
def test_a_broken_file_stops_the_start_with_file_and_reason(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(ContentError) as fault:
        PhraseDetector(write(tmp_path, RULE.replace(old, new)))
    assert "a.en.toml" in fault.value.message and reason in fault.value.message


def test_an_empty_folder_and_a_twin_id_are_faults(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no phrase rules"):
        PhraseDetector(tmp_path)
    write(tmp_path, RULE)
    with pytest.raises(ContentError, match="rule r stands twice"):
        PhraseDetector(write(tmp_path, RULE.replace('"en"', '"fr"'), "b.fr.toml"))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"hurt him", ', '"she hurt herself", ', "must not match"),
        ('"he hurt himself"', '"he hurt us"', "does not match"),
        (', "hurt herself"]', "]", "at least 4"),
        (', "himself"]', "]", "at least 2"),
    ],
)
def test_bad_examples_are_told_in_words(tmp_path: Path, old: str, new: str, fault: str) -> None:
    (told,) = PhraseDetector(write(tmp_path, RULE.replace(old, new))).check_examples()
    assert told.startswith("rule r: ") and fault in told


def test_other_languages_load_beside_english(tmp_path: Path) -> None:
    french = RULE.replace('"en"', '"fr"').replace('"hurt $self"', '"j\'ai|a envie de mourir", "suicid* ..1 hier"')
    detector = PhraseDetector(write(tmp_path, french, "grave.fr.toml"))
    for text in ("J’ai envie de mourir", "j'ai  envie de MOURIR", "elle s’est suicidée très hier"):
        assert [f.rule for f in detector.detect(text, [Sentence(0, len(text), text, language="fr")])] == ["r"], text


@pytest.mark.parametrize(
    ("text", "norms"),
    [
        ("don't don’t dont", "do not do not do not"),
        ("can't cannot won't", "can not can not will not"),
        ("he's I'm they'd we'll", "he is i am they would we will"),
        ("self-harm, “so-so”", "self harm , so so"),
        ("j'ai qu’il l'été", "j ai qu il l ete"),
        ("e\u0301te\u0301 ÉTÉ", "ete ete"),
        ("SI/SH 4.30", "si sh 4 , 30"),
        ("?!... end", ", end"),
        ("o'clock rock'n'roll", "oclock rocknroll"),
    ],
)
def test_words_are_normalised(text: str, norms: str) -> None:
    assert [w.norm for w in words(text)] == norms.split()


@given(st.text(max_size=200))
def test_any_text_keeps_offsets_in_order(text: str) -> None:
    found = words(text)
    assert all(0 <= w.start < w.end <= len(text) and w.norm for w in found)
    assert all(a.start <= b.start for a, b in itertools.pairwise(found))
    assert all(0 <= f.start < f.end <= len(text) for f in DETECTOR.detect(text, [Sentence(0, len(text), text)]))


def test_a_pattern_that_unfolds_too_far_is_refused() -> None:
    with pytest.raises(PatternError, match="unfolds"):
        unfold(" ".join(["a|b+c|d+e|f+g"] * 4), {})


def test_rules_load_fast_and_long_text_is_linear() -> None:
    loads = []
    for _ in range(4):  # the best of them: another worker on the same core makes any one of them slower
        start = time.process_time()
        detector = PhraseDetector(ROOT / "indexes" / "phrases")
        loads.append(time.process_time() - start)
    assert min(loads) < 0.5
    text = "he wants to just go on and not be hurt by them " * 2000
    start = time.process_time()
    detector.detect(text, [Sentence(0, len(text), text)])
    assert time.process_time() - start < 5
