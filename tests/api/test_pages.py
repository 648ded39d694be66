"""The pages without a browser: what each says, for whom it is, and that its words are in both languages."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir

from api.notes import service
from api.web import words
from api.web.language import catalogue, plurals
from tests.api.conftest import CALM, GRAVE, HEAVY, House, quick_coach

PAGE = {"Accept": "text/html"}
FRENCH = {**PAGE, "Accept-Language": "fr-CA,fr;q=0.9"}
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> He wants to die. {{ 7*7 }} \u202e reversed'


def csrf(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', text)
    assert found
    return found.group(1)


def send(client: Any, page: str, action: str, **fields: Any) -> Any:
    """A form of `page` sent to `action`, as a browser does."""
    token = csrf(client.get(page, headers=PAGE).text)
    return client.post(action, data={"csrf": token, **fields}, headers=PAGE)


def test_a_note_is_read_signed_out_and_nothing_is_kept(house: House) -> None:
    stranger = house.client()
    assert "Nothing is stored" in stranger.get("/", headers=PAGE).text
    answer = send(stranger, "/", "/", text=GRAVE, region="CA-ON")
    assert answer.status_code == 200
    text = unescape(answer.text)
    assert "Nobody has been told: this note was not stored." in text
    first = text.index(quick_coach().analyze(GRAVE, region="CA-ON").follow_ups[0].text)
    assert text.index("Help now") < text.index('href="tel:988"') < first < text.index("Handing over well")
    assert text.index("Handing over well") < text.index("The note") < text.index("How the relationship stands")
    assert 'href="tel:988"' in text
    assert house.people["mentor"].get("/v1/notes").json() == []


def test_the_first_thing_to_do_stands_with_the_help_and_the_rest_below_each_once(house: House) -> None:
    steps = quick_coach().analyze(HEAVY, region="CA-ON").follow_ups
    text = unescape(send(house.client(), "/", "/", text=HEAVY, region="CA-ON").text)
    assert len(steps) > 1 and [text.count(step.text) for step in steps] == [1] * len(steps)
    places = [text.index(words) for words in ('id="help"', steps[0].text, 'id="note"', '<ol start="2">', steps[1].text)]
    assert places == sorted(places)
    calm = unescape(send(house.client(), "/", "/", text=CALM, region="CA-ON").text)
    assert 'id="help"' not in calm and "start=" not in calm


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ({"sent_to": "192.168.1.9:8080", "fault": None}, "sent to the language model at 192.168.1.9:8080"),
        ({"sent_to": None, "fault": "It did not answer in time."}, "It did not answer in time."),
    ],
)
def test_a_page_says_what_a_language_model_was_sent_or_failed_at(
    house: House, monkeypatch: pytest.MonkeyPatch, second: dict[str, Any], says: str
) -> None:
    plain = service.to_dict
    monkeypatch.setattr(
        service, "to_dict", lambda report: {**plain(report), "language_model": {"name": "m", "kept": 1, **second}}
    )
    shown = send(house.client(), "/", "/", text=CALM)
    assert says in unescape(re.sub(r"<[^>]+>", "", shown.text))


def test_a_mentors_note_is_kept_once_however_often_the_form_is_sent(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair()
    fields = {"text": GRAVE, "pair": pair, "day": "2026-11-20", "once": "a-form"}
    first = send(mentor, "/", "/", **fields)
    again = send(mentor, "/", "/", **fields)
    assert first.url == again.url and "/notes/" in str(first.url)
    assert len(mentor.get("/v1/notes").json()) == 1
    assert mentor.get("/v1/notes").json()[0]["occurred_at"].startswith("2026-11-20")
    assert "Please act today" in first.text and "Staff" in first.text


@pytest.mark.parametrize("fields", [{"text": "  \n "}, {"text": CALM, "day": "tomorrow"}, {"text": CALM, "region": "Mars"}])
def test_a_fault_gives_the_words_back(house: House, fields: dict[str, str]) -> None:
    answer = send(house.people["mentor"], "/", "/", **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert unescape(fields["text"].strip()) in unescape(answer.text)


def test_what_a_note_holds_is_shown_and_never_obeyed(house: House) -> None:
    answer = send(house.client(), "/", "/", text=HOSTILE, region="CA")
    assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
    assert "alert(1)" in unescape(answer.text) and "{{ 7*7 }}" in unescape(answer.text)
    assert "\u202e" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["/pairs", "/notes", "/flags", "/insights", "/settings"])
def test_a_stranger_is_sent_to_sign_in_and_comes_back(house: House, path: str) -> None:
    answer = house.client().get(path, headers=PAGE)
    assert str(answer.url).endswith(f"/sign-in?next={path}")


@pytest.mark.parametrize(
    ("who", "path"), [("mentor", "/flags"), ("mentor", "/settings"), ("staff", "/settings"), ("staff", "/pairs")]
)
def test_a_page_of_another_role_is_not_there(house: House, who: str, path: str) -> None:
    answer = house.people[who].get(path, headers=PAGE)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_form_without_the_sessions_token_or_from_elsewhere_is_refused(house: House) -> None:
    mentor = house.people["mentor"]
    assert mentor.post("/", data={"text": CALM}, headers=PAGE).status_code == 403
    token = csrf(mentor.get("/", headers=PAGE).text)
    elsewhere = {**PAGE, "Origin": "https://evil.example"}
    assert mentor.post("/", data={"text": CALM, "csrf": token}, headers=elsewhere).status_code == 403
    assert mentor.get("/v1/notes").json() == []


def test_signing_in_and_out(house: House) -> None:
    client = house.client()
    wrong = send(client, "/sign-in", "/sign-in", email="mentor@example.org", password="not it at all", next="/pairs")
    assert wrong.status_code == 401 and "mentor@example.org" in wrong.text
    right = send(client, "/sign-in", "/sign-in", email="mentor@example.org", password="correct horse battery", next="/pairs")
    assert str(right.url).endswith("/pairs")
    elsewhere = send(
        client, "/sign-in", "/sign-in", email="mentor@example.org", password="correct horse battery", next="//evil.example"
    )
    assert str(elsewhere.url).startswith("http://testserver/")
    out = send(client, "/", "/sign-out")
    assert out.history[0].headers["Clear-Site-Data"] == '"storage"'
    assert "/sign-in" in str(client.get("/pairs", headers=PAGE).url)


def test_feedback_ledger_and_follow_ups_from_the_pages(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair()
    note = house.note("Call 3 with Sam. He figured I'd have read his draft by now, I never had it.", pair=pair)["note"]["id"]
    page = f"/notes/{note}"
    assert send(mentor, page, f"{page}/feedback", version="1", signal="0", verdict="wrong").status_code == 200
    missed = {"version": "1", "verdict": "missed", "quote": "I never had it", "label": "relationship.unprepared"}
    assert send(mentor, page, f"{page}/feedback", **missed).status_code == 200
    assert send(mentor, page, f"{page}/feedback", **{**missed, "quote": "not there"}).status_code == 422
    entry = mentor.get(f"/v1/pairs/{pair}/ledger").json()[0]
    send(mentor, f"/pairs/{pair}", f"/pairs/{pair}/ledger/{entry['id']}", state="agreed", version="1")
    assert mentor.get(f"/v1/pairs/{pair}/ledger").json()[0]["state"] == "agreed"
    follow_up = mentor.get(f"/v1/pairs/{pair}/follow-ups").json()[0]
    send(mentor, f"/pairs/{pair}", f"/pairs/{pair}/follow-ups/{follow_up['id']}", state="done", version="1")
    waiting = mentor.get(f"/v1/pairs/{pair}/follow-ups", params={"state": "open"}).json()
    assert follow_up["id"] not in [one["id"] for one in waiting]
    assert "# The next session" in mentor.get(f"/pairs/{pair}/brief.md").text


def test_a_pairs_sessions_on_a_line(house: House) -> None:
    mentor, pair = house.people["mentor"], house.pair(mentee="Quillfeather")
    for text in (CALM, GRAVE):
        house.note(text, pair=pair)
    page = mentor.get(f"/pairs/{pair}", headers=PAGE).text
    assert f'src="/pairs/{pair}/line.svg"' in page and 'alt="The levels' in page
    assert f'srcset="/pairs/{pair}/line.svg?narrow=1"' in page
    drawn = mentor.get(f"/pairs/{pair}/line.svg")
    assert drawn.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert "script-src" not in drawn.headers["Content-Security-Policy"] and "sandbox" in drawn.headers["Content-Security-Policy"]
    assert "urgent" in drawn.text and "Quillfeather" not in drawn.text
    assert mentor.get(f"/pairs/{house.pair()}/line.svg").status_code == 404, "a pair without a note"
    assert house.client().get(f"/pairs/{pair}/line.svg").status_code == 401


def test_a_calendar_entry_names_nobody(house: House) -> None:
    pair = house.pair(mentee="Quillfeather")
    answer = house.people["mentor"].get(f"/pairs/{pair}/next.ics", params={"on": "2026-12-01T10:00"})
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["content-disposition"] == 'attachment; filename="next.ics"'
    brief = house.people["mentor"].get(f"/pairs/{pair}/brief.md")
    assert brief.headers["content-disposition"] == 'inline; filename="brief.md"'
    assert "DTSTART:20261201T150000Z" in answer.text
    assert "Quillfeather" not in answer.text


def test_staff_take_decide_and_open_with_a_reason(house: House) -> None:
    house.note(GRAVE)
    staff = house.people["staff"]
    (flag,) = house.flags()
    page = f"/flags/{flag['id']}"
    assert flag["id"] in staff.get("/flags", headers=PAGE).text
    shown = unescape(staff.get(page, headers=PAGE).text)
    assert "wants to die" in shown and "welding course" not in shown
    assert send(staff, page, f"{page}/open", version="1", reason="no").status_code == 422
    opened = send(staff, page, f"{page}/open", version="1", reason="To see what was said before")
    assert "welding course" in opened.text
    assert send(staff, page, f"{page}/claim", version="1").status_code == 200
    assert send(staff, page, f"{page}/claim", version="1").status_code == 412
    done = send(
        staff, page, f"{page}/decide", version="2", decision="confirmed", reason="Spoke with him", answer="We have called."
    )
    assert str(done.url).endswith(f"/flags?done={flag['id']}")
    note = house.people["mentor"].get("/v1/notes").json()[0]["id"]
    seen = unescape(house.people["mentor"].get(f"/notes/{note}", headers=PAGE).text)
    assert "We have called." in seen and "To see what was said before" in seen


def test_after_a_decision_the_next_one_opens_and_it_can_be_taken_back(house: House) -> None:
    for _ in range(2):
        house.note(HEAVY)
    first, second = (f["id"] for f in house.flags())
    staff = house.people["staff"]
    done = send(staff, f"/flags/{first}", f"/flags/{first}/decide", version="1", decision="confirmed", reason="Called")
    assert str(done.url).endswith(f"/flags/{second}?done={first}") and "Take it back" in done.text
    back = send(staff, f"/flags/{first}", f"/flags/{first}/undo", version="2")
    assert back.status_code == 200 and "Take it back" not in back.text
    assert [f["state"] for f in house.flags()] == ["open", "open"]


def test_low_flags_are_ticked_and_decided_together(house: House) -> None:
    for text in (HEAVY, HEAVY, GRAVE):
        house.note(text)
    staff = house.people["staff"]
    low = [f for f in house.flags() if f["level"] == "concern"]
    shown = staff.get("/flags", headers=PAGE).text
    assert shown.count('name="flag"') == len(low) == 2, "a grave flag cannot be ticked"
    ticks = [f"{f['id']}~{f['version']}" for f in low]
    kept = {"state": "open", "level": "concern", "mine": "", "cursor": ""}
    fault = send(staff, "/flags", "/flags/batch", flag=ticks, decision="confirmed", reason="", **kept)
    assert fault.status_code == 422
    for name, value in kept.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in fault.text
    assert '<option value="concern" selected>' in fault.text and '<option value="open" selected>' in fault.text
    assert fault.text.count("data-flag>") == 2, "the filters still hold: the grave flag is not in the list"
    done = send(staff, "/flags", "/flags/batch", flag=ticks, decision="confirmed", reason="Called both", **kept)
    assert done.status_code == 200 and str(done.url).endswith("/flags?state=open&level=concern")
    assert [f["state"] for f in house.flags()].count("decided") == 2
    late = send(staff, "/flags", "/flags/batch", flag=ticks, decision="confirmed", reason="Called both")
    assert late.status_code == 409 and 'role="alert"' in late.text, "what was seen is not what is there"


def test_an_admin_invites_adds_a_contact_and_cannot_go_live_untested(house: House) -> None:
    admin = house.people["admin"]
    invited = send(admin, "/settings", "/settings/member", name="Ada", email="ada@example.org", role="staff")
    assert "/setup#" in invited.text
    token = re.search(r"/setup#([\w-]+)", invited.text)
    assert token
    newcomer = house.client()
    fields = {"token": token.group(1), "email": "ada@example.org", "name": "Ada", "password": "correct horse battery"}
    assert send(newcomer, "/setup", "/setup", **fields).status_code == 200
    assert newcomer.get("/flags", headers=PAGE).status_code == 200
    send(admin, "/settings", "/settings/contact", name="Desk", channel="email", address="desk@example.org", step="1")
    assert "desk@example.org" in admin.get("/settings", headers=PAGE).text
    refused = send(admin, "/settings", "/settings/live")
    assert refused.status_code == 409 and 'role="alert"' in refused.text
    version = str(admin.get("/v1/program").json()["version"])
    send(admin, "/settings", "/settings/program", version=version, name="New name", timezone="UTC", region="CA", concern_days="5")
    assert admin.get("/v1/program").json()["rules"]["concern_days"] == 5


def test_own_services_come_first_and_keys_are_shown_once(house: House) -> None:
    admin = house.people["admin"]
    send(admin, "/settings", "/settings/service", name="Campus counselling", call="416 555 0100", hours="9 to 5")
    assert "Campus counselling" in admin.get("/settings", headers=PAGE).text
    report = house.note(GRAVE)["report"]
    assert report["resources"][0]["name"] == "Campus counselling"
    assert send(admin, "/settings", "/settings/service", name="Bad", call="call me").status_code == 422
    send(admin, "/settings", "/settings/drop-service", id="Campus counselling")
    assert "Campus counselling" not in admin.get("/settings", headers=PAGE).text
    made = send(admin, "/settings", "/settings/key", name="LMS", days="30", scopes="analyze")
    key = re.search(r"ck_[\w-]+", made.text)
    assert key and key.group(0) not in admin.get("/settings", headers=PAGE).text
    asked = house.client().post("/v1/analyze", json={"text": CALM}, headers={"Authorization": f"Bearer {key.group(0)}"})
    assert asked.status_code == 200
    ident = re.search(r'name="id" value="([^"]+)" aria-label="Revoke', admin.get("/settings", headers=PAGE).text)
    assert ident
    send(admin, "/settings", "/settings/revoke-key", id=ident.group(1))
    asked = house.client().post("/v1/analyze", json={"text": CALM}, headers={"Authorization": f"Bearer {key.group(0)}"})
    assert asked.status_code == 401
    send(admin, "/settings", "/settings/handbook", title="Our handbook", url="https://example.org/h")
    assert admin.get("/v1/program").json()["rules"]["handbook"]["title"] == "Our handbook"


def test_a_page_with_a_new_key_that_is_loaded_again_makes_no_second_key(house: House) -> None:
    admin = house.people["admin"]
    once = re.search(r'name="once" value="(\w{32})"', admin.get("/settings", headers=PAGE).text)
    assert once
    given = {"name": "LMS", "days": "30", "scopes": "analyze", "once": once.group(1)}
    assert re.search(r"ck_[\w-]+", send(admin, "/settings", "/settings/key", **given).text)
    again = send(admin, "/settings", "/settings/key", **given)
    assert again.status_code == 409
    assert not re.search(r"ck_[\w-]+", again.text)
    assert again.text.count('aria-label="Revoke: LMS"') == 1
    assert send(admin, "/settings", "/settings/key", **{**given, "once": "../x"}).status_code == 422


def test_doors_are_shut_until_an_admin_opens_them(house: House) -> None:
    admin = house.people["admin"]
    assert admin.get("/v1/program").json()["rules"]["doors"] == []
    send(admin, "/settings", "/settings/doors", doors=["mcp", "slack"])
    assert admin.get("/v1/program").json()["rules"]["doors"] == ["mcp", "slack"]
    assert re.findall(r'value="(\w+)" checked', admin.get("/settings", headers=PAGE).text.split('id="doors"')[1])[:2] == [
        "mcp",
        "slack",
    ]
    assert send(admin, "/settings", "/settings/doors", doors=["window"]).status_code == 422
    send(admin, "/settings", "/settings/doors")
    assert admin.get("/v1/program").json()["rules"]["doors"] == []


def test_what_a_retention_would_erase_is_shown_before_it_is_saved(house: House) -> None:
    admin = house.people["admin"]
    for text in (CALM, CALM, HEAVY):
        house.note(text)
    house.clock.on(days=31)
    house.note(CALM)
    shown = unescape(send(admin, "/settings", "/settings/retention", retention_days="30").text)
    assert "at the next purge, within the hour: 2." in shown and "under an open flag or a hold: 1." in shown
    assert admin.get("/v1/program").json()["retention_days"] is None, "nothing is saved yet"
    version = str(admin.get("/v1/program").json()["version"])
    saved = send(admin, "/settings", "/settings/retention", retention_days="30", sure="1", version=version)
    assert str(saved.url).endswith("/settings#retention") and "30 days after the note came" in saved.text
    late = send(admin, "/settings", "/settings/retention", retention_days="1", sure="1", version=version)
    assert late.status_code == 412, "somebody has changed it since"
    for bad in ("0", "soon", "-1", "99999999"):
        assert send(admin, "/settings", "/settings/retention", retention_days=bad, sure="1", version="3").status_code == 422
    assert house.app.state.worker.tick() >= 2
    assert len(house.people["mentor"].get("/v1/notes").json()) == 2, "as many went as the page had said"
    form = {"version": str(admin.get("/v1/program").json()["version"]), "name": "N", "timezone": "UTC"}
    send(admin, "/settings", "/settings/program", **form)
    assert admin.get("/v1/program").json()["retention_days"] == 30, "another form leaves it as it is"


def test_guidance_and_help_are_for_everybody(house: House) -> None:
    stranger = house.client()
    found = send(stranger, "/guidance", "/guidance", query="she has gone quiet since March")
    card = re.search(r'href="(/guidance/[\w-]+)"', found.text)
    assert card and stranger.get(card.group(1), headers=PAGE).status_code == 200
    assert "Nothing in the guidance fits" in send(stranger, "/guidance", "/guidance", query="a recipe for lemon cake").text
    assert 'href="tel:988"' in stranger.get("/help", params={"region": "CA-ON"}, headers=PAGE).text
    numbers = re.findall(r'href="tel:([^"]+)"', stranger.get("/help", params={"region": "CA-QC"}, headers=PAGE).text)
    assert numbers[0] == "911" and len(numbers) > 5  # the emergency number, then those of the place


def test_a_page_in_french_has_no_english_of_ours(house: House) -> None:
    stranger = house.client()
    assert "Que s'est-il passé pendant votre séance?" in unescape(stranger.get("/", headers=FRENCH).text)
    stranger.post("/language", data={"language": "en", "here": "/help"}, headers=FRENCH)
    assert "What happened in your session?" in stranger.get("/", headers=FRENCH).text


def test_every_word_of_the_templates_is_in_the_catalogue() -> None:
    templates = Path(words.__file__).parent / "templates"
    options = {"**.html": {"extensions": "jinja2.ext.i18n"}}
    found = [row[2] for row in extract_from_dir(str(templates), [("**.html", "jinja2")], options)]
    used = {text for text in found if isinstance(text, str)}
    assert sorted({forms[0] for forms in found if not isinstance(forms, str)} ^ plurals("fr").keys()) == []
    for table in vars(words).values():
        if isinstance(table, dict) and all(isinstance(v, str) for v in table.values()):
            used |= {v for v in table.values() if v}
    assert sorted(used - {""} - catalogue("fr").keys()) == []


def test_pages_are_light(house: House) -> None:
    pair = house.pair()
    for text in (HEAVY, GRAVE, CALM, HEAVY, CALM):
        note = house.note(text, pair=pair)["note"]["id"]
    paths = {
        "mentor": ("/", f"/notes/{note}", "/notes", "/pairs", f"/pairs/{pair}", "/account"),
        "staff": ("/flags", f"/flags/{house.flags()[0]['id']}", "/flags/sample", "/insights"),
        "admin": ("/settings", "/settings/dial?place=1", "/webhooks"),
    }
    every = [(house.people[who], path) for who, found in paths.items() for path in found]
    every += [(house.client(), path) for path in ("/", "/guidance", "/help?region=CA-QC", "/sign-in")]
    for client, path in every:
        text = client.get(path, headers=PAGE).text
        files = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
        size = len(text.encode()) + sum(len(client.get(f).content) for f in files)
        assert files and size < 100_000


def test_static_files_are_kept_by_browsers_and_nothing_else_is_served(house: House) -> None:
    client = house.client()
    answer = client.get("/static/style.css")
    assert "immutable" in answer.headers["Cache-Control"]
    for path in ("/static/..%2fpages.py", "/static/pages.py", "/static/none.css"):
        assert client.get(path).status_code == 404
