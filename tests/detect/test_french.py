"""French: the grave phrases with their own examples, and the cues on what they find."""

import tomllib
from pathlib import Path

import pytest

from coach.detect.assertion import CueJudge
from coach.detect.phrases import PhraseDetector
from coach.taxonomy import GRAVE
from coach.values import Finding, Sentence

ROOT = Path(__file__).resolve().parents[2]
PHRASES = ROOT / "indexes" / "phrases"
DETECTOR, JUDGE = PhraseDetector(PHRASES), CueJudge(ROOT / "indexes" / "cues")
RULES = tomllib.loads((PHRASES / "grave.fr.toml").read_text(encoding="utf-8"))["rule"]


def find(text: str, label: str | None = None) -> tuple[Finding, ...]:
    found = DETECTOR.detect(text, [Sentence(0, len(text), text, language="fr")])
    return tuple(f for f in found if label in (None, f.label.partition(".")[2]))


def test_every_rule_meets_its_own_examples() -> None:
    assert [fault for fault in DETECTOR.check_examples() if fault.startswith("rule fr.")] == []


def test_there_are_examples_enough_for_every_grave_label() -> None:
    assert sum(len(rule["match"]) for rule in RULES) >= 60
    assert sum(len(rule["no_match"]) for rule in RULES) >= 60
    assert {rule["label"] for rule in RULES} == GRAVE
    assert not any(rule.get("explicit") for rule in RULES if rule["label"] == "distress.harm_from_others")


@pytest.mark.parametrize(
    "text",
    [
        "C'est à mourir de rire.",
        "Je meurs de faim.",
        "Elle s'est coupé les ongles pendant l'appel.",
        "Le moteur se coupe au ralenti.",
        "On a parlé du suicide assisté dans le cours d'éthique.",
        "Affiche : 1 866 APPELLE, prévention du suicide.",
        "Elle se tue à lui répéter la même chose.",
        "Il frappe à la porte du bureau.",
        "Elle aimerait ne plus se réveiller à 5 h pour le bus.",
        "Il ne veut pas retourner chez lui sans diplôme.",
        "On s'est fait battre 4 à 1.",
        "Il s'est brûlé la langue avec son café.",
        "Ce qui l'a touchée, c'est la lettre.",
        "On ne va pas se suicider pour un B.",
        "On va leur faire la peau au tournoi!",
    ],
)
def test_no_rule_meets_a_look_alike(text: str) -> None:
    assert find(text) == ()


@pytest.mark.parametrize(
    ("text", "label", "assertion", "about"),
    [
        ("Pas d'idées suicidaires, j'ai posé la question.", "suicide", "negated", "mentee"),
        ("Je lui ai demandé si elle pensait au suicide, elle a dit non.", "suicide", "negated", "mentee"),
        ("Avez-vous pensé à vous suicider ? Non, jamais.", "suicide", "negated", "mentee"),
        ("Elle nie toute idée suicidaire.", "suicide", "negated", "mentee"),
        ("Il ne veut pas mourir, il veut dormir.", "suicide", "negated", "mentee"),
        ("Elle n'a jamais pensé à se tuer.", "suicide", "negated", "mentee"),
        ("Elle n'a plus envie de vivre.", "suicide", "present", "mentee"),
        ("j'en peux plus de vivre", "suicide", "present", "mentor"),
        ("« Je veux mourir », dit-elle.", "suicide", "present", "mentee"),
        ("Elle ne peut pas s'empêcher de penser au suicide.", "suicide", "present", "mentee"),
        ("Pas d'idées suicidaires, mais elle se coupe, elle m'a montré son bras.", "self_harm", "present", "mentee"),
        ("Elle a fait une tentative de suicide à seize ans.", "suicide", "past", "mentee"),
        ("Elle se coupait quand elle était ado.", "self_harm", "past", "mentee"),
        ("Si jamais elle pense au suicide, elle appelle le 9-8-8.", "suicide", "hypothetical", "mentee"),
        ("La formation explique quoi faire si un jeune parle de suicide.", "suicide", "hypothetical", "other"),
        ("J'ai peur qu'elle fasse une bêtise.", "suicide", "hypothetical", "mentee"),
        ("« S'il touche encore à ma soeur, je vais le tuer. »", "harm_to_others", "present", "mentee"),
        ("Sa soeur s'est suicidée en mars.", "suicide", "past", "other"),
        ("Son frère veut mourir, il l'a dit hier.", "suicide", "present", "other"),
        ("Il la frappe quand il a bu.", "harm_from_others", "present", "mentee"),
        ("Son père bat sa mère.", "harm_from_others", "present", "other"),
    ],
)
def test_assertion_and_person(text: str, label: str, assertion: str, about: str) -> None:
    finding = find(text, label)[0]
    found = JUDGE.judge(text, Sentence(0, len(text), text, language="fr"), None, finding.start, finding.end, finding.label)
    assert (found.assertion, found.about) == (assertion, about), found
