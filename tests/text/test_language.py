"""Languages: English notes are never called foreign, plain foreign sentences are, and weak evidence stays English."""

import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from coach.text.language import guess, is_read, note_language
from coach.text.sentences import split
from coach.values import Sentence

CORPUS = Path(__file__).resolve().parents[2] / "models" / "corpus"
QUOTED = ("je dors pas", "Rien depuis", "Prochaine fois", "Bonjour à", "Vad gör", "Lena (21)")
"""The corpus sentences that are in French, Swedish or German, because the mentor quotes or was taking notes so."""


@cache
def corpus_notes() -> tuple[tuple[str, str], ...]:
    notes = []
    for path in sorted(CORPUS.glob("notes-*.jsonl")):
        notes += [(r["id"], r["text"]) for r in map(json.loads, path.read_text("utf-8").splitlines())]
    return tuple(notes)


def test_english_sentences_are_not_called_foreign() -> None:
    sentences = [s for _, text in corpus_notes() for s in split(text)]
    sample = random.Random(7).sample(sentences, 1000)
    wrong = [(s.language, s.text) for s in sample if s.language != "en" and not any(q in s.text for q in QUOTED)]
    assert len(wrong) <= 0.003 * len(sample), wrong


def test_whole_english_notes_are_never_called_foreign() -> None:
    notes = corpus_notes()
    assert len(notes) > 1000
    assert [ident for ident, text in notes if note_language(split(text)) != "en"] == []


FRENCH = """Elle ne dort plus bien.
Il a manqué deux rendez-vous sans prévenir.
Nous avons revu son CV ensemble.
Je crois qu'elle est fatiguée.
Je crois qu’elle est fatiguée.
Elle a trouve\u0301 un logement hier.
Rencontre très courte, vingt minutes.
Il voudrait changer de métier bientôt.
Sa mère est tombée malade hier.
On se revoit mardi prochain, 14 h.
Pas de nouvelles depuis trois semaines.
Elle m'écrit tous les soirs.
Marc semblait inquiet pour son loyer.
Il dit que tout va bien, mais il pleure.
J'aimerais qu'elle prépare les questions elle-même.
Ses notes montent, il est fier.
Personne ne répond à mes messages.
Tout le monde compte sur moi.
Elle a trouvé un logement.
Amina veut arrêter le programme.
Son patron lui crie dessus.
Ils habitent chez leur tante maintenant.
A-t-il parlé à son médecin?
Voir le dossier avec la coordonnatrice.
ELLE NE VEUT PLUS VENIR AU GROUPE.
Grosse dispute avec son frère samedi.""".splitlines()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("fr", line) for line in FRENCH),
        ("es", "No ha dormido nada esta semana."),
        ("es", "Me escribe todos los días a medianoche."),
        ("de", "Er hat seit drei Wochen nicht geantwortet."),
        ("de", "Nächstes Treffen am Dienstag um vier."),
        ("pt", "Ela não dorme bem há semanas."),
        ("it", "Vuole che io parli con il suo capo."),
        ("nl", "Hij heeft al drie weken niets laten horen."),
        ("pl", "Nie śpi dobrze od dwóch tygodni i nie chce rozmawiać."),
        ("tr", "Son iki haftadır iyi uyuyamıyor ve kimseyle konuşmuyor."),
        ("vi", "Em ấy không ngủ được suốt hai tuần nay."),
        ("tl", "Hindi siya makatulog ng maayos sa loob ng dalawang linggo."),
        ("sw", "Hajalala vizuri kwa wiki mbili sasa."),
        ("so", "Ma seexan karo labadii toddobaad ee la soo dhaafay."),
        ("ht", "Li pa ka dòmi byen depi de semèn, li pa vle pale."),
        ("uk", "Вона не спить уже два тижні, її мама хвора."),
        ("ru", "Она плохо спит уже две недели."),
        ("el", "Δεν κοιμάται καλά"),
        ("he", "היא לא ישנה טוב"),
        ("ar", "لم ينم جيدا منذ أسبوعين"),
        ("fa", "او دو هفته است که خوب نمی‌خوابد و پول ندارد چون"),
        ("ur", "وہ ٹھیک سے نہیں سوتی"),
        ("hi", "वह दो हफ्ते से ठीक से नहीं सो रही है"),
        ("zh", "他两周没睡好了。"),
        ("ja", "二週間よく眠れていません。"),
        ("ko", "그는 두 주 동안 잘 못 잤다"),
    ],
)
def test_foreign_sentences(language: str, text: str) -> None:
    assert guess(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "👍👍",
        "12.30 / 4.15",
        "Oui.",
        "Merci beaucoup",
        "王伟",
        "Elle Dupont, Marc Lavoie & José Garcia @ Café du Monde",
        "de la Cruz family, San Luis Obispo, Los Angeles",
        "Kayode Adeyemi-Okonkwo, Chidinma Nwosu, Babajide Fashola",
        "w/ Priya b/c mtg moved 4.30",
        "shes ok i gues, slpet badly agian n wont tlak",
        "aight bet, fr fr no cap lowkey stressed ngl",
        "Resume, LinkedIn, mock panel, references, portfolio, budget",
        "Goals discussed: forklift cert, bus pass, rent deposit",
        "Mood: flat. Energy: low. Sleep: 4hrs",
        "BEDMAS, vectors, quadratic formula, SOHCAHTOA practice",
        "Siya lang kasi. She said ok naman, we meet na lang next week lah",
        "Kia ora whānau, had a kōrero about uni",
        "React hooks, Postgres indexes, Docker compose, CI pipeline",
        "git rebase origin main --force",
        "https://example.org/a/b?x=1 https://docs.example.com/d/1AbCdEf",
        'She said "je ne sais pas" and looked away.',
        "Her mum (王秀英) rang from Chengdu again about the visa.",
        "\ud800 broken half of an emoji in the middle of this note",
    ],
)
def test_weak_evidence_stays_english(text: str) -> None:
    assert guess(text) == "en"


def test_mixed_note_is_judged_sentence_by_sentence() -> None:
    text = "Met Luc at the library, he was tired. Il ne dort plus et il veut tout arrêter. We booked Tuesday at four with the advisor."
    sentences = split(text)
    assert [s.language for s in sentences] == ["en", "fr", "en"]
    assert note_language(sentences) == "en"


@pytest.mark.parametrize(
    ("pieces", "language"),
    [
        ([], "en"),
        ([("...", "en")], "en"),
        ([("abcd", "fr"), ("abcd", "en")], "en"),
        ([("abcde", "fr"), ("abcd", "en")], "fr"),
        ([("abc", "fr"), ("abcd", "es"), ("a", "en")], "es"),
    ],
)
def test_note_language_goes_by_letters(pieces: list[tuple[str, str]], language: str) -> None:
    assert note_language([Sentence(0, len(t), t, None, code) for t, code in pieces]) == language


def test_only_english_is_read() -> None:
    assert [code for code in ("en", "fr", "es", "", "EN") if is_read(code)] == ["en"]


def test_plain_cases_load_no_statistical_model() -> None:
    program = (
        "import sys; from coach.text.language import guess;"
        "print(guess('She did not sleep at all this week.'), guess('Elle ne dort plus bien.'), 'py3langid' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["en", "fr", "False"]
