"""A program's own handbook through the service: for its members alone, sealed where it rests, found before the cards."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import text

from api.accounts.schemas import ScopeName
from api.handbook import service
from coach import Handbook
from tests.api.conftest import House
from tests.api.test_pages import PAGE, csrf

GUIDE = b"# Reply times\nMentors of Riverside answer messages within three working days, and say so when they cannot.\n"
QUERY = {"query": "how quickly do I have to answer my mentee's messages"}


@pytest.fixture(autouse=True)
def encoder(require: Any) -> None:
    require("encoder")


def upload(house: House, who: str = "admin", name: str = "guide.md", data: bytes = GUIDE) -> Any:
    return house.people[who].post("/v1/handbook", files={"file": (name, data)})


def first(client: Any) -> str:
    return str(client.post("/v1/guidance/search", json=QUERY).json()["results"][0]["source"])


def test_members_find_it_first_and_nobody_else_does(any_house: House) -> None:
    added = upload(any_house)
    assert (added.status_code, added.json()["passages"]) == (201, 1), added.text
    assert first(any_house.people["mentor"]) == "Your program's handbook: guide.md"
    assert "handbook" not in first(any_house.client())
    admin = any_house.people["admin"]
    other = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    elsewhere = admin.post("/v1/guidance/search", json=QUERY, headers={"Coach-Program": other})
    assert "handbook" not in elsewhere.json()["results"][0]["source"]
    assert admin.delete(f"/v1/handbook/{added.json()['id']}", headers={"Coach-Program": other}).status_code == 404


def test_only_an_admin_changes_it(house: House) -> None:
    ident = upload(house).json()["id"]
    for who in ("mentor", "staff"):
        assert upload(house, who).status_code == 403
        assert house.people[who].delete(f"/v1/handbook/{ident}").status_code == 403
        assert [d["name"] for d in house.people[who].get("/v1/handbook").json()] == ["guide.md"]
    assert house.people["admin"].delete(f"/v1/handbook/{ident}").status_code == 204
    assert house.people["mentor"].get("/v1/handbook").json() == []
    assert "handbook" not in first(house.people["mentor"])


def test_the_same_name_is_replaced(house: House) -> None:
    upload(house)
    upload(house, data=b"# Gifts\nNone above ten pounds.\n\n# Reply times\nWithin a week at most, for every message.\n")
    (document,) = house.people["admin"].get("/v1/handbook").json()
    assert document["passages"] == 2


def test_it_is_sealed_where_it_rests(any_house: House) -> None:
    upload(any_house)
    with any_house.at.database.read(any_house.program) as session:
        (body,) = session.execute(text("select body from handbook_document")).one()
    assert b"Riverside" not in bytes(body)


@pytest.mark.parametrize(("name", "data"), [("a.pdf", b"%PDF-1.4 nothing"), ("a.md", b""), ("a.docx", b"PK\x03\x04")])
def test_a_file_that_cannot_be_read_is_told_and_changes_nothing(house: House, name: str, data: bytes) -> None:
    answer = upload(house, name=name, data=data)
    assert answer.status_code == 422 and name in answer.json()["detail"]
    assert house.people["admin"].get("/v1/handbook").json() == []


def test_one_of_another_encoder_is_embedded_anew(house: House) -> None:
    upload(house)
    assert house.at.guidance.index.owners.size, "loaded first: an index of another name would be built anew, and stored"
    house.at.guidance.encoder.name, before = "another", house.at.guidance.encoder.name
    try:
        assert first(house.people["mentor"]) == "Your program's handbook: guide.md"
    finally:
        house.at.guidance.encoder.name = before


def test_from_the_settings_page(house: House) -> None:
    admin = house.people["admin"]
    token = csrf(admin.get("/settings", headers=PAGE).text)
    sent = admin.post("/settings/document", data={"csrf": token}, files={"file": ("guide.md", GUIDE)}, headers=PAGE)
    assert sent.status_code == 200 and "guide.md" in sent.text
    broken = admin.post("/settings/document", data={"csrf": token}, files={"file": ("a.pdf", b"%PDF-1.4")}, headers=PAGE)
    assert broken.status_code == 422 and "a.pdf" in broken.text
    found = house.people["mentor"].post(
        "/guidance", data={"csrf": csrf(house.people["mentor"].get("/guidance", headers=PAGE).text), **QUERY}, headers=PAGE
    )
    assert "Riverside" in found.text and "Riverside" not in house.client().post("/guidance", data=QUERY, headers=PAGE).text
    ident = admin.get("/v1/handbook").json()[0]["id"]
    gone = admin.post("/settings/drop-document", data={"csrf": token, "id": ident}, headers=PAGE)
    assert gone.status_code == 200 and "guide.md" not in gone.text


ASKS = (
    "Call with Sam. He figured I'd have answered his message by now, I never saw it. We went through his CV line by line and "
    "agreed on two applications until next week."
)


def cited(report: Any) -> list[str]:
    """Ids of the program's own passages that follow-ups cite; each stands in `guidance`, marked."""
    own = {g["id"]: g for g in report["guidance"] if g.get("own")}
    found = [i for f in report["follow_ups"] for i in f["guidance"] if i.startswith("handbook:")]
    assert set(found) == set(own)
    assert all(g["source"].startswith("Your program's handbook: guide.md") for g in own.values())
    return found


def test_a_report_cites_the_programs_own_passage_beside_the_card(any_house: House, require: Any) -> None:
    require("reader")
    house, admin = any_house, any_house.people["admin"]
    mentor = house.people["mentor"]
    assert cited(mentor.post("/v1/analyze", json={"text": ASKS}).json()["report"]) == []
    upload(house)
    stored = mentor.post("/v1/notes", json={"text": ASKS}).json()
    (ident,) = cited(stored["report"])
    (step,) = [f for f in stored["report"]["follow_ups"] if ident in f["guidance"]]
    assert len(step["guidance"]) == 2, "the card stays beside it"
    assert cited(mentor.post("/v1/analyze", json={"text": ASKS}).json()["report"]) == [ident]
    other = admin.post("/v1/programs", json={"name": "Other"}).json()["id"]
    elsewhere = admin.post("/v1/analyze", json={"text": ASKS}, headers={"Coach-Program": other})
    assert cited(elsewhere.json()["report"]) == []
    shown = mentor.get(f"/notes/{stored['note']['id']}", headers=PAGE).text
    assert "within three working days" in shown and "handbook: guide.md" in shown.replace("&#39;", "'")
    assert f'href="/guidance/{ident}' not in shown
    french = mentor.get(f"/notes/{stored['note']['id']}", headers={**PAGE, "Accept-Language": "fr"}).text
    assert "Le guide de votre programme" in french
    here = {"Coach-Program": house.program}
    admin.delete(f"/v1/handbook/{admin.get('/v1/handbook', headers=here).json()[0]['id']}", headers=here)
    assert cited(mentor.post("/v1/analyze", json={"text": ASKS}).json()["report"]) == []


def test_a_key_sees_of_it_what_the_doors_page_says(house: House, require: Any) -> None:
    """Whoever is given a report sees the passages that it cites, of the key's own program alone; others see none."""
    require("reader")
    page = (Path(__file__).resolve().parents[2] / "api" / "plugins" / "README.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"A key with (.+?) \(.*?sees excerpts of its own program's\s+handbook", page, re.DOTALL)
    (searching,) = re.findall(r"to search in it takes (.+?)\.", page)
    seeing, searching = set(re.findall(r"`(.+?)`", said)), set(re.findall(r"`(.+?)`", searching))
    upload(house)
    pair = house.pair()
    note = house.note(ASKS, pair=pair)["note"]["id"]
    other = house.people["admin"].post("/v1/programs", json={"name": "Other"}).json()["id"]
    for scope in get_args(ScopeName):
        for program in (house.program, other):
            client = keyed(house, scope, program)
            asked = client.post("/v1/analyze", json={"text": ASKS})
            stored = client.post("/v1/notes", json={"text": ASKS})
            read = client.get(f"/v1/notes/{note}")
            reports = [a.json()["report"] for a in (asked, stored, read) if a.status_code < 300]
            own = program == house.program
            assert any(map(cited, reports)) == (own and scope in seeing), scope
            assert ("handbook" in first(client)) == (own and scope in searching), scope
    assert seeing == {"analyze", "notes:read", "notes:write"} and searching == {"analyze", "notes:read"}


def keyed(house: House, scope: str, program: str) -> Any:
    given = {"name": scope, "scopes": [scope]}
    answer = house.people["admin"].post("/v1/keys", json=given, headers={"Coach-Program": program})
    client = house.client()
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client


def test_it_is_opened_and_embedded_once_until_it_changes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(house)
    opened: list[int] = []
    of = Handbook.of
    monkeypatch.setattr(service.Handbook, "of", lambda rows: (opened.append(len(rows)), of(rows))[1])
    for _ in range(3):
        assert first(house.people["mentor"]) == "Your program's handbook: guide.md"
    assert opened == [1]
    upload(house, name="more.md", data=b"# Gifts\nNone above ten pounds.\n")
    assert first(house.people["mentor"]) == "Your program's handbook: guide.md"
    assert opened == [1, 2]


def test_a_handbook_that_cannot_be_opened_costs_no_note_its_report(house: House, caplog: pytest.LogCaptureFixture) -> None:
    upload(house)
    with house.at.database.write(house.program) as session:
        session.execute(text("update handbook_document set body = :body"), {"body": b"damaged"})
    answer = house.people["mentor"].post("/v1/notes", json={"text": ASKS})
    assert answer.status_code == 201 and answer.json()["report"]["follow_ups"]
    assert "without it" in caplog.text and "Sam" not in caplog.text
