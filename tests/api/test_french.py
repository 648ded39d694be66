"""The pages' reports in French: what is stored is English, what is shown is in the language of the page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest

from api.alerts.service import told
from api.notes import analyst, service
from api.notes.analyst import Analyst
from api.settings import ServiceSettings
from api.web.language import catalogue, library
from api.web.words import SENTENCES
from coach import Coach, Note
from tests.api.conftest import CALM, GRAVE, HEAVY, House, house_on, quick_coach
from tests.api.test_pages import FRENCH, PAGE, csrf

ENGLISH_TAG = re.compile(r'<(\w+)[^>]* lang="en"[^>]*>(.*?)</\1>', re.DOTALL)
STOP = re.compile(r"\b(?:the|and|ask|with|for|what|your|you|this|that|are|was|somebody|mentee)\b", re.IGNORECASE)


def ours(page: str, note: str = "") -> str:
    """The words of the page's main part that are neither marked as English, nor quoted, nor a service's name."""
    main = page[page.index("<main") : page.index("</main>")]
    main = re.sub(
        r'<div class="note".*?</div>|<strong>[^<]*</strong>\s*<span class="ways">|<blockquote.*?</blockquote>',
        " ",
        main,
        flags=re.DOTALL,
    )
    text = unescape(re.sub(r"<[^>]+>", " ", ENGLISH_TAG.sub(" ", main)))
    words = " ".join(note.split())
    return re.sub(r"«\u202f(.*?)\u202f»", lambda m: " " if m[1].rstrip("…") in words else m[0], text)


def in_french(client: Any, path: str) -> str:
    answer = client.get(path, headers=FRENCH)
    assert answer.status_code == 200
    assert '<html lang="fr">' in answer.text
    return str(answer.text)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests of this file, on SQLite: none of them depends on what the others store."""
    folder = tmp_path_factory.mktemp("house")
    made = house_on(f"sqlite:///{folder / 'data' / 'coach.db'}", folder)
    yield made
    made.at.database.engine.dispose()


@pytest.mark.parametrize("text", [GRAVE, HEAVY, CALM, "Hoy hablamos de su trabajo y de la entrevista. Quiere cambiar."])
def test_a_note_read_signed_out_is_answered_in_french(house: House, text: str) -> None:
    stranger = house.client()
    token = csrf(stranger.get("/", headers=FRENCH).text)
    page = stranger.post("/", data={"csrf": token, "text": text, "region": "CA-QC"}, headers=FRENCH).text
    assert not STOP.search(ours(page, text)), STOP.findall(ours(page, text))
    assert "Personne n'a été prévenu : cette note n'a pas été conservée." in unescape(page).replace("\u00a0", " ")
    marked = ENGLISH_TAG.findall(page[page.index("<main") :])
    report = quick_coach().analyze(text, region="CA-QC")
    cards = [card for f in report.follow_ups for card in f.guidance]
    assert len(marked) == 2 * len(cards) + len(report.handoff)  # of a card its excerpt and its title, or its name; nothing else
    assert ("Les fiches sont en anglais." in page) == bool(report.follow_ups)


def test_a_stored_report_is_english_and_shown_in_the_language_of_the_page(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair()
    kept = house.note(GRAVE, pair=pair)
    note = f"/notes/{kept['note']['id']}"
    french = in_french(mentor, note)
    assert not STOP.search(ours(french, GRAVE))
    assert "Des mots qui évoquent le suicide" in french
    assert "Dites à la personne mentorée que le personnel" in unescape(french)
    english = mentor.get(note, headers=PAGE).text
    assert "Words of suicide or of not wanting to live" in english
    assert ' lang="en"' not in english[english.index("<main") :]
    assert mentor.get(f"/v1{note}").json()["report"] == kept["report"]


def test_the_pair_the_brief_and_the_flag_in_french(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair()
    late = "She wrote at 11 pm on Saturday and again on Sunday because I had not answered. " + HEAVY
    house.note(late, pair=pair)
    house.note(GRAVE, pair=pair)
    for page in (
        in_french(mentor, f"/pairs/{pair}"),
        in_french(house.people["staff"], f"/flags/{next(f['id'] for f in house.flags() if f['pair'] == pair)}"),
    ):
        assert not STOP.search(ours(page, f"{late} {GRAVE}")), STOP.findall(ours(page, f"{late} {GRAVE}"))
        marked = re.findall(r'<[^>]* lang="en"[^>]*>', page[page.index("<main") :])
        assert all('href="/guidance/' in tag for tag in marked), "cards alone are English"
    text = mentor.get(f"/pairs/{pair}/brief.md", headers=FRENCH).text
    assert text.startswith("# La prochaine séance")
    assert "1. Commencez par demander comment va la personne aujourd'hui" in text
    assert mentor.get(f"/pairs/{pair}/brief.md").text.startswith("# The next session\n\n1. Begin with how they are today")


def test_what_somebody_wrote_into_the_ledger_is_left_as_it_is(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair()
    entry = {"topic": "pace", "holder": "mentee", "state": "agreed", "statement": "On se voit le mardi."}
    assert mentor.post(f"/v1/pairs/{pair}/ledger", json=entry).status_code == 201
    assert "<span>On se voit le mardi.</span>" in in_french(mentor, f"/pairs/{pair}")


def flag(**fields: Any) -> Any:
    return SimpleNamespace(
        **{"about_id": None, "author_id": "a", "level": "urgent", "historical": False, "state": "open", "drill": False, **fields}
    )


@pytest.mark.parametrize(
    "given",
    [
        (None, True, 0, False),
        (None, True, 0, True),
        (None, False, 0, True),
        *((flag(about_id="a", level=level), True, 0, True) for level in ("concern", "urgent")),
        (flag(historical=True), True, 0, True),
        (flag(state="decided"), True, 0, True),
        (flag(drill=True), True, 0, True),
        *((flag(state="claimed", level=level), True, 0, True) for level in ("urgent", "emergency")),
        (flag(), False, 0, True),
        *((flag(level=level), True, alerts, True) for level in ("urgent", "emergency") for alerts in (0, 3)),
    ],
)
def test_every_line_on_who_has_been_told_has_its_french(given: tuple[Any, bool, int, bool]) -> None:
    found, live, alerts, fully = given
    program: Any = SimpleNamespace(live=live, rules={})
    line = told(found, program, alerts, fully=fully)
    assert library("fr").knows(line), line
    assert not STOP.search(library("fr").say(line))


def test_other_lines_of_the_service_have_their_french() -> None:
    report = {"triage": {"level": "urgent"}}
    lines = [service.missing(report, region, minor) for region, minor in ((None, None), ("CA", None), (None, True))]
    for line in (*lines, service.REMIND, service.NOT_STORED, analyst.SLOW, analyst.FAILED, "Your program's own."):
        assert line
        assert library("fr").knows(line), line
    for text in SENTENCES.values():
        assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", catalogue("fr")[text])


def test_what_is_stored_is_english_whatever_the_librarys_setting() -> None:
    plain = quick_coach().without_reader("off")
    french = Coach(replace(plain._parts, words="fr"))
    assert french.analyze("He wants to die.").triage.reasons[0].startswith("Des mots")
    reader = Analyst(ServiceSettings(), lambda: french, expects_reader=False)
    assert reader.analyze(Note("n", "He wants to die.")).report.triage.reasons[0].startswith("Words of")
    reader.close()
