"""Before a language model elsewhere is asked, its words are shown to the byte; nothing is sent without an agreement to just those."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app, first_token
from coach import Settings, load
from coach.llm import acceptance, address
from tests.api.conftest import CALM, House, SetClock, settings_for
from tests.llm.standin import Standin, standin

PAGE = {"Accept": "text/html"}
FRENCH = {**PAGE, "Accept-Language": "fr-CA,fr;q=0.9"}
NOTE = (
    'Met Dana Whitfield in Leeds.\r\n\r\nShe is <b>behind</b> on "rent" again & cries \u202eat night\u202c 🎉. She works for Northfield '
    "Consulting Ltd.\r\nI was late."
)


@contextmanager
def elsewhere() -> Iterator[Standin]:
    """A model on loopback that counts as one elsewhere."""
    with standin("good") as server, pytest.MonkeyPatch.context() as patched:
        patched.setattr(address, "is_near", lambda host: False)
        server.answer = json.dumps({"signals": []})
        yield server


def app_with(far: Standin, folder: Path, clock: SetClock) -> Any:
    """A service with that model, accepted, on the database in a folder."""
    figure = acceptance.read(Settings().corpus_dir / "names")
    assert figure is not None
    own = Settings(llm="openai", llm_address=far.address, llm_model="m", llm_seconds=60, llm_remote_accepted=figure.version)
    given = settings_for(f"sqlite:///{folder / 'coach.db'}", folder, analysis_seconds=120)
    return create_app(given, clock=clock, load_coach=lambda: load(own))


def house_with(far: Standin, folder: Path) -> House:
    """An admin and a mentor of that service; the program has not allowed the model."""
    clock = SetClock()
    app = app_with(far, folder, clock)
    made = House(app, clock, first_token(app.state.services) or "")
    made.sign_up("admin", made.link, "admin@example.org")
    made.add("mentor", "mentor")
    return made


@pytest.fixture
def far(require: Callable[[str], None]) -> Iterator[Standin]:
    require("llm")
    with elsewhere() as server:
        yield server


@pytest.fixture
def house(far: Standin, tmp_path: Path) -> Iterator[House]:
    made = house_with(far, tmp_path)
    yield made
    made.at.database.engine.dispose()


def fields(text: str) -> dict[str, str]:
    """The hidden fields of the page's last form, as a browser sends them."""
    form = text.rsplit('<form method="post" action="/"', 1)[1]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


def shown(text: str) -> list[dict[str, str]]:
    found = re.findall(r'<pre class="outgoing"[^>]* data-role="(\w+)">\n(.*?)</pre>', text, re.DOTALL)
    return [{"role": role, "content": unescape(said)} for role, said in found]


def first(client: Any, text: str = NOTE, headers: dict[str, str] = PAGE, **more: str) -> Any:
    """The form of the start page with a note in it, sent."""
    sent = {**fields(client.get("/", headers=headers).text), "text": text, "region": "", "age": "unknown", **more}
    return client.post("/", data=sent, headers=headers)


def then(client: Any, page: Any, model: str, **changed: str) -> Any:
    return client.post("/", data={**fields(page.text), "model": model, **changed}, headers=PAGE)


def allow(house: House) -> None:
    admin = house.people["admin"]
    admin.post("/settings/leaving", data={**fields_of_settings(admin), "remote_model": "on"}, headers=PAGE)
    assert admin.get("/v1/program").json()["rules"]["remote_model"] is True


def fields_of_settings(admin: Any) -> dict[str, str]:
    found = re.search(r'name="csrf" value="([^"]+)"', admin.get("/settings", headers=PAGE).text)
    assert found
    return {"csrf": found[1]}


@pytest.mark.parametrize("signed_in", [False, True])
def test_what_is_shown_is_what_is_sent_to_the_byte(house: House, far: Standin, signed_in: bool) -> None:
    allow(house)
    client = house.people["mentor"] if signed_in else house.client()
    look = first(client)
    assert (look.status_code, far.asked) == (200, [])
    assert "Dana" not in json.dumps(shown(look.text)) and "[PERSON_1]" in look.text
    assert "autofocus" in look.text.split('value="without"')[1][:20]
    assert client.get("/v1/notes").json() == [] if signed_in else True
    answer = then(client, look, "agree")
    assert answer.status_code == 200
    (asked,) = far.asked
    assert asked["messages"] == shown(look.text)
    assert len(shown(look.text)) == 2 and "\r\n" in asked["messages"][1]["content"]
    assert "was sent to the language model at" in answer.text
    assert "Dana" not in str(answer.url)
    assert ("/notes/" in str(answer.url)) == signed_in


@pytest.mark.parametrize("signed_in", [False, True])
def test_without_the_model_nothing_is_sent_and_the_report_is_the_embedded_one(
    house: House, far: Standin, signed_in: bool
) -> None:
    allow(house)
    client = house.people["mentor"] if signed_in else house.client()
    declined = then(client, first(client), "without")
    at_once = first(client, model="without")
    for answer in (declined, at_once):
        assert "What may be unspoken" in answer.text or "How the relationship stands" in answer.text
        assert "language model" not in answer.text
    assert far.asked == []


@pytest.mark.parametrize(
    "changed",
    [{"text": NOTE + " More."}, {"agreed": ""}, {"agreed": "x.y"}, {"agreed": "1795700000.00"}, {"agreed": "²"}],
)
def test_an_agreement_to_other_words_is_none(house: House, far: Standin, changed: dict[str, str]) -> None:
    stranger = house.client()
    again = then(stranger, first(stranger), "agree", **changed)
    assert "Nothing was sent" in again.text and far.asked == []
    assert then(stranger, again, "agree").status_code == 200
    assert len(far.asked) == 1


def test_an_agreement_is_of_one_browser_and_of_one_hour(house: House, far: Standin) -> None:
    one, other = house.client(), house.client()
    look = first(one)
    first(other)
    assert "Nothing was sent" in then(other, look, "agree").text
    house.clock.on(minutes=61)
    assert "Nothing was sent" in then(one, look, "agree").text
    assert far.asked == []


def test_the_form_needs_the_sessions_token(house: House, far: Standin) -> None:
    allow(house)
    mentor = house.people["mentor"]
    look = first(mentor)
    assert then(mentor, look, "agree", csrf="").status_code == 403
    elsewhere = {**PAGE, "Origin": "https://other.example"}
    assert mentor.post("/", data={**fields(look.text), "model": "agree"}, headers=elsewhere).status_code == 403
    assert far.asked == []


def test_the_note_can_be_changed_and_forgotten(house: House, far: Standin) -> None:
    allow(house)
    mentor = house.people["mentor"]
    back = then(mentor, first(mentor), "change")
    assert "Dana Whitfield" in back.text.split("<textarea")[1]
    answer = then(mentor, first(mentor, forget="1"), "agree")
    assert "When you leave this page the report is gone." in unescape(answer.text)
    assert mentor.get("/v1/notes").json() == [] and len(far.asked) == 1


def test_a_program_that_did_not_allow_it_sends_nothing_and_other_doors_must_ask(house: House, far: Standin) -> None:
    mentor = house.people["mentor"]
    assert "Before anything is sent" not in first(mentor).text
    asks = {"text": CALM, "remote_model": True}
    assert mentor.post("/v1/notes", json=asks).status_code == 201
    assert "language_model" not in mentor.post("/v1/analyze", json=asks).json()["report"]
    allow(house)
    assert mentor.post("/v1/notes", json={"text": CALM}).status_code == 201
    assert mentor.post("/v1/analyze", json={"text": CALM}).status_code == 200
    assert far.asked == []
    stored = mentor.post("/v1/notes", json=asks).json()
    assert stored["report"]["language_model"]["sent_to"]
    assert mentor.post(f"/v1/notes/{stored['note']['id']}/analyze").status_code == 200
    assert len(far.asked) == 1
    acts = [(r["act"], r["detail"].get("sent_to")) for r in house.people["admin"].get("/v1/audit").json()]
    assert [a for a, _ in acts].count("remote_model_on") == 1
    assert [s for a, s in acts if a == "note_stored" and s] == [stored["report"]["language_model"]["sent_to"]]


def test_the_page_in_french(house: House) -> None:
    look = first(house.client(), headers=FRENCH)
    text = unescape(re.sub(r"<pre.*?</pre>", "", look.text, flags=re.DOTALL))
    assert "Avant tout envoi" in text and "Faire lire sans le modèle de langage" in text
    assert "language model" not in text and "Send this" not in text
