"""The words of the pages: numbers, shares and plurals as each language writes them, and faults in both languages."""

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from api.web import words
from api.web.language import Words, catalogue, number, percent, plurals
from tests.api.conftest import CALM, GRAVE, HEAVY, House
from tests.api.test_dial import dialled
from tests.api.test_pages import FRENCH, PAGE, csrf, send

API = Path(words.__file__).parents[1]
ONLY_SOFTWARE = (
    *(f"plugins/{door}" for door in ("embed", "mcp", "slack/app.py", "slack/inbound.py", "slack/service.py")),
    *("accounts/routes.py", "deps.py", "insights/routes.py", "limits.py", "observe.py", "pairs/records.py"),
)
"""Where faults are raised that answer other software, in English, and no page."""


@pytest.mark.parametrize(
    ("value", "english", "french"), [(0.5, "0.5", "0,5"), (5.0, "5", "5"), (1234.5, "1,234.5", "1\u202f234,5"), (0, "0", "0")]
)
def test_a_number_as_people_write_it(value: float, english: str, french: str) -> None:
    assert (number(value, "en"), number(value, "fr")) == (english, french)


@pytest.mark.parametrize(
    ("share", "places", "english", "french"),
    [(0.125, 1, "12.5%", "12,5\u202f%"), (0.5, 0, "50%", "50\u202f%"), (1.0, 1, "100.0%", "100,0\u202f%")],
)
def test_a_share_as_people_write_it(share: float, places: int, english: str, french: str) -> None:
    assert (percent(share, "en", places), percent(share, "fr", places)) == (english, french)


def test_french_has_the_singular_for_none_and_one_and_english_for_one_alone() -> None:
    one, several = "%(num)s hour", "%(num)s hours"
    forms = plurals("fr")[one]
    assert [Words("fr").ngettext(one, several, n) for n in (0, 1, 2, 21)] == [forms[0], forms[0], forms[1], forms[1]]
    assert [Words("en").ngettext(one, several, n) for n in (0, 1, 2, 21)] == [several, one, several, several]


def test_every_form_fills_in_the_same() -> None:
    for one, forms in plurals("fr").items():
        assert len({*map(tuple, (sorted(re.findall(r"%\(\w+\)s", text)) for text in (one, *forms)))}) == 1, one
        assert forms[0] != forms[1], one


def figures(text: str) -> str:
    """The words of the page's main part."""
    return unescape(re.sub(r"<[^>]+>", " ", text[text.index("<main") : text.index("</main>")]))


def test_the_dial_in_french_has_commas_narrow_spaces_and_the_right_form(house: House) -> None:
    dialled(house)
    for text in (HEAVY, HEAVY, GRAVE, CALM, CALM):
        house.note(text)
    admin = house.people["admin"]
    french, english = (figures(admin.get("/settings/dial?place=5", headers=h).text) for h in (FRENCH, PAGE))
    assert re.search(r"\d,\d\u202f%", french) and re.search(r"\d\.\d%", english)
    assert not re.search(r"\d\.\d|\d%|\d[ \u00a0]%", french)
    said = "Of your last %(n)s notes, %(num)s was urgent or worse as it was read."
    assert plurals("fr")[said][0] % {"n": 5, "num": 1} in french and said % {"n": 5, "num": 1} in english
    careful = figures(admin.get("/settings/dial?place=10", headers=FRENCH).text)
    assert plurals("fr")["With this place %(num)s would be."][1] % {"num": 5} in careful


def test_the_figures_in_french_have_commas_and_narrow_spaces(house: House) -> None:
    for _ in range(6):
        note = house.note(HEAVY)["note"]["id"]
        house.clock.on(minutes=90)
    for flag in house.flags():
        assert house.change(
            "staff", f"/v1/flags/{flag['id']}/decide", 1, {"decision": "confirmed", "reason": "Called"}
        ).is_success
        house.clock.on(minutes=15)
    assert note
    french = figures(house.people["staff"].get("/insights", headers=FRENCH).text)
    assert "100\u202f%" in french and re.search(r"\d,\d", french)
    assert not re.search(r"\d\.\d|\d%|\d[ \u00a0]%(?! )", french)


def details() -> Iterator[tuple[str, str]]:
    """(file, text) of every fault that is raised with a plain text where a person may meet it on a page."""
    errors = ast.parse((API / "errors.py").read_text(encoding="utf-8"))
    kinds = {node.name for node in errors.body if isinstance(node, ast.ClassDef)}
    for path in sorted(API.rglob("*.py")):
        name = path.relative_to(API).as_posix()
        if name.startswith(ONLY_SOFTWARE):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in kinds
            if called and isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                yield name, str(node.args[0].value)


def sentences_of_the_pages() -> Iterator[tuple[str, str]]:
    """(file, text) of what the pages' own code says in whole sentences."""
    for path in sorted((API / "web").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in notes else None
            if isinstance(text, str) and text.endswith(".") and " " in text:
                yield path.name, text


def test_every_fault_that_a_page_may_show_has_its_french() -> None:
    found = [*details(), *sentences_of_the_pages()]
    assert len(found) > 100
    assert [row for row in found if row[1] not in catalogue("fr")] == []
    titles = re.findall(r'status, code, title = \d+, "\w+", "([^"]+)"', (API / "errors.py").read_text(encoding="utf-8"))
    assert len(titles) > 10 and [title for title in titles if title not in catalogue("fr")] == []


def test_a_fault_with_something_filled_in_has_its_french() -> None:
    """Those of words.FAULTS, as the code raises them."""
    source = "\n".join(p.read_text(encoding="utf-8") for root in (API, API.parent / "coach") for p in root.rglob("*.py"))
    raised = set(re.findall(r'f"([^"]*)"', re.sub(r'"\s*\n\s*"', "", source)))
    shapes = {re.sub(r"\{[^}]*\}", "{}", text) for text in raised}
    for text in words.FAULTS.values():
        shape = re.sub(r"\{[^}]*\}", "{}", text)
        tail = shape.removeprefix("{}: ")  # the library puts a name before some
        assert shape in shapes or tail in source, text


def test_a_wrong_password_a_stale_page_and_a_missing_page_in_french(house: House) -> None:
    client = house.client()
    token = csrf(client.get("/sign-in", headers=FRENCH).text)
    wrong = client.post("/sign-in", data={"csrf": token, "email": "mentor@example.org", "password": "no, not it"}, headers=FRENCH)
    assert catalogue("fr")["E-mail address or password is wrong."] in unescape(wrong.text)
    missing = house.people["mentor"].get("/flags", headers=FRENCH)
    assert missing.status_code == 404
    assert catalogue("fr")["There is no such page, or it is not for you."] in unescape(missing.text)
    house.note(GRAVE)
    page, staff = f"/flags/{house.flags()[0]['id']}", house.people["staff"]
    token = csrf(staff.get(page, headers=FRENCH).text)
    stale = staff.post(f"{page}/claim", data={"csrf": token, "version": "9"}, headers=FRENCH)
    assert stale.status_code == 412 and "You read version" not in stale.text
    assert Words("fr").explain("You read version 9; it is at 1 now. Read it again, then decide.") in unescape(stale.text)


def test_a_percent_sign_in_a_files_name_is_no_format(house: House) -> None:
    admin = house.people["admin"]
    token = csrf(admin.get("/settings", headers=PAGE).text)
    file = {"file": ("100%(n)s 50%.pdf", b"%PDF-1.4 broken")}
    answer = admin.post("/settings/document", data={"csrf": token}, files=file, headers=PAGE)
    assert answer.status_code == 422 and "100%(n)s 50%.pdf: damaged" in unescape(answer.text)


@pytest.mark.parametrize("language", [PAGE, FRENCH], ids=["english", "french"])
def test_a_note_that_was_not_read_says_so_first_and_shows_help(house: House, language: dict[str, str]) -> None:
    text = "Hoy hablamos de su trabajo y de la entrevista. Quiere cambiar."
    stranger = house.client()
    token = csrf(stranger.get("/", headers=language).text)
    shown = unescape(stranger.post("/", data={"csrf": token, "text": text, "region": "CA-ON"}, headers=language).text)
    first = "This note was not fully read"
    assert re.search(r'<h1 id="level">([^<]+)</h1>', shown)[1] == (first if language is PAGE else catalogue("fr")[first])  # type: ignore[index]
    helped = shown.index('id="help"')
    assert helped < shown.index("tel:988") < shown.index('id="note"')
    assert "<details" not in shown[helped : shown.index("tel:988")], "it is open"


def test_a_flag_tells_what_was_seen_how_surely_and_what_the_mentor_did(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair()
    note = house.note(GRAVE, pair=pair)["note"]["id"]
    step = next(s for s in mentor.get(f"/v1/pairs/{pair}/follow-ups").json() if s["note"] == note)
    send(mentor, f"/pairs/{pair}", f"/pairs/{pair}/follow-ups/{step['id']}", state="done", version="1")
    assert send(mentor, f"/notes/{note}", f"/notes/{note}/feedback", version="1", signal="0", verdict="right").status_code == 200
    (flag,) = house.flags()
    shown = unescape(house.people["staff"].get(f"/flags/{flag['id']}", headers=PAGE).text)
    assert re.search(r"a fixed phrase[^·]* · (?:quite sure|fairly sure|a guess)", shown)
    assert re.search(r"Guidance: <a href=\"/guidance/[\w-]+\"", shown)
    waiting = len([s for s in mentor.get(f"/v1/pairs/{pair}/follow-ups").json() if s["state"] == "open"])
    assert f"Steps of the report: 1 done, 0 dropped, {waiting} waiting. Marks judged: 1." in shown
    assert "When can I call you today?" in shown and "Words for your mentee" in shown
    assert "welding course" not in shown, "no word beyond the evidence"
    assert house.change("staff", f"/v1/flags/{flag['id']}/decide", 1, {"decision": "confirmed", "reason": "Called"}).is_success
    assert house.people["admin"].post(f"/v1/pairs/{pair}/erase", json={"reason": "They asked for it"}).is_success
    erased = unescape(house.people["staff"].get(f"/flags/{flag['id']}", headers=PAGE).text)
    assert "The note has been erased" in erased and "Guidance:" not in erased and "Words for your mentee" not in erased


def test_a_pair_over_time_has_its_table(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair()
    draft = "Call 3 with Sam. He figured I'd have read his draft by now, I never had it."
    for days, text in ((7, CALM), (7, draft), (7, HEAVY), (40, GRAVE)):
        house.clock.on(days=days)
        house.note(text, pair=pair)
    before = unescape(mentor.get(f"/pairs/{pair}", headers=PAGE).text)
    rows = [
        re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", before.split('class="course"')[1], re.DOTALL)[1:]
    ]
    assert len(rows) == 4
    assert "after 40 days" in rows[0] and "suicide" in rows[0] and "after 7 days" in rows[1] and "money trouble" in rows[1]
    assert "A longer gap than usual is shaded." in before
    assert "after" not in rows[3] and "0 open, 0 settled" in rows[3]
    opened = int(re.search(r"(\d+) open, 0 settled", rows[0])[1])  # type: ignore[index]
    entry = mentor.get(f"/v1/pairs/{pair}/ledger").json()[0]
    send(mentor, f"/pairs/{pair}", f"/pairs/{pair}/ledger/{entry['id']}", state="agreed", version="1")
    house.clock.on(days=7)
    house.note(CALM, pair=pair)
    after = unescape(mentor.get(f"/pairs/{pair}", headers=PAGE).text)
    assert f"{opened - 1} open, 1 settled" in after
    drawn = mentor.get(f"/pairs/{pair}/line.svg?narrow=1").text
    assert all(word in drawn for word in ("money trouble", "suicide", "settled", "urgent"))
