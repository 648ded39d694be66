"""The embed's tokens and routes: what a token may do, where, and until when; which pages may read an answer. The component in a
browser: tests/browser/test_embed.py."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")

from joserfc import jwt
from joserfc.jwk import OctKey

from api.db.models import Note
from api.db.session import ALL
from api.plugins.embed import words
from api.plugins.embed.files import script
from api.plugins.embed.schemas import is_origin
from api.web.language import catalogue
from tests.api.conftest import CALM, GRAVE, House, house_on

HOST, OTHER = "https://platform.example", "https://evil.example"
OWN = "http://127.0.0.1:8000"
ONCE = "0123456789abcdef"
README = Path(__file__).resolve().parents[2] / "api" / "plugins" / "embed" / "README.md"


def open_door(house: House, *doors: str) -> None:
    admin = house.people["admin"]
    found = admin.get("/v1/program").json()
    given = {k: found[k] for k in ("name", "region", "timezone")} | {"rules": {**found["rules"], "doors": list(doors)}}
    assert admin.put("/v1/program", json=given, headers={"If-Match": f'"{found["version"]}"'}).status_code == 200


def key(house: House, *scopes: str) -> dict[str, Any]:
    answer = house.people["admin"].post("/v1/keys", json={"name": "platform", "scopes": list(scopes)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture(scope="module")
def door(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose program has opened the door. Tests here leave it open, and their keys to themselves."""
    require("reader")
    folder = tmp_path_factory.mktemp("embed")
    house = house_on(f"sqlite:///{folder / 'data' / 'c.db'}", folder)
    open_door(house, "embed")
    yield house
    house.at.database.engine.dispose()


def ask(house: House, made: dict[str, Any], **given: Any) -> Any:
    """A request for a token with a key."""
    body = {"origin": HOST, "scopes": ["analyze"], **given}
    return house.client().post("/v1/embed-tokens", json=body, headers={"Authorization": f"Bearer {made['token']}"})


def token(house: House, made: dict[str, Any] | None = None, **given: Any) -> str:
    answer = ask(house, made or key(house, "embed", "analyze", "notes:write", "notes:read"), **given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def send(house: House, held: str, origin: str | None = HOST, /, text: str = CALM, **more: Any) -> Any:
    """What the component sends, from a page of `origin`."""
    body = {"token": held, "text": text, "keep": False, "once": ONCE, **more}
    headers = {"Content-Type": "text/plain;charset=UTF-8", **({"Origin": origin} if origin else {})}
    return house.client().post("/embed/notes", content=json.dumps(body), headers=headers)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def allowed(answer: Any) -> str | None:
    found: str | None = answer.headers.get("Access-Control-Allow-Origin")
    return found


def stored(house: House) -> int:
    with house.at.database.read(ALL) as session:
        return int(session.query(Note).count())


def test_a_note_is_read_and_forgotten_and_only_its_own_page_may_read_the_answer(door: House) -> None:
    before = stored(door)
    answer = send(door, token(door), text=GRAVE, region="CA-ON", minor=False)
    assert answer.status_code == 200, answer.text
    assert allowed(answer) == HOST and answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.json()["report"]["triage"]["level"] == "urgent" and answer.json()["note"] is None
    assert stored(door) == before


def test_a_note_is_kept_in_the_pair_of_the_token_once(door: House) -> None:
    pair = door.pair()
    held = token(door, scopes=["notes:write"], pair=pair)
    one, two = (send(door, held, text=GRAVE, keep=True) for _ in range(2))
    assert one.status_code == 200 and one.json()["note"]["id"] == two.json()["note"]["id"]
    note = door.people["mentor"].get(f"/v1/notes/{one.json()['note']['id']}").json()
    assert note["note"]["pair"] == pair and note["text"] == GRAVE
    assert any(flag["note"] == note["note"]["id"] for flag in door.flags())
    assert code(send(door, held)) == (403, "not_allowed")  # it may not read without keeping


def test_a_token_that_only_reads_keeps_nothing(door: House) -> None:
    assert code(send(door, token(door), keep=True)) == (403, "not_allowed")


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("of the key's scopes alone", {"scopes": ["notes:read", "analyze"]}, 403),
    ("keeping needs a pair", {"scopes": ["notes:write"]}, 422),
    ("a pair is for keeping", {"pair": "x"}, 422),
    ("reading reports alone reads no note", {"scopes": ["notes:read"]}, 422),
    ("no pair of the program", {"scopes": ["notes:write"], "pair": "nobody"}, 404),
    ("15 minutes at most", {"seconds": 901}, 422),
    ("any page", {"origin": "*"}, 422),
    ("no origin", {"origin": "https://platform.example/page"}, 422),
    ("a stretched policy", {"origin": "https://a.example; script-src *"}, 422),
    ("not encrypted", {"origin": "http://platform.example"}, 422),
]


@pytest.mark.parametrize(("given", "status"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_tokens_that_are_not_made(door: House, given: dict[str, Any], status: int) -> None:
    answer = ask(door, key(door, "embed", "analyze", "notes:write"), **given)
    assert answer.status_code == status, answer.text


def test_tokens_need_a_key_of_their_scope(door: House) -> None:
    assert code(ask(door, key(door, "analyze"))) == (403, "not_allowed")
    assert code(door.people["admin"].post("/v1/embed-tokens", json={"origin": HOST, "scopes": ["analyze"]})) == (
        403,
        "not_allowed",
    )
    assert code(door.client().post("/v1/embed-tokens", json={"origin": HOST, "scopes": ["analyze"]})) == (401, "not_signed_in")


def test_a_token_is_no_key_for_any_other_route(door: House) -> None:
    held = token(door, scopes=["analyze", "notes:write", "notes:read"], pair=door.pair())
    for path in ("/v1/notes", "/v1/pairs", "/v1/program"):
        answer = door.client().get(path, headers={"Authorization": f"Bearer {held}", "Origin": HOST})
        assert answer.status_code == 401 and allowed(answer) is None


@pytest.mark.parametrize("origin", [OTHER, OWN, "null", None, f"{HOST}:8443", "http://platform.example", f"{HOST}.evil.example"])
def test_another_page_gets_nothing_out_of_a_token(door: House, origin: str | None) -> None:
    answer = send(door, token(door), origin)
    assert code(answer) == (403, "other_origin") and allowed(answer) is None


def test_a_frame_token_holds_in_the_frame_alone(door: House) -> None:
    held = token(door, audience="frame")
    answer = send(door, held, OWN, parent=HOST)
    assert answer.status_code == 200 and allowed(answer) is None  # the frame is a page of ours
    for origin, parent in ((HOST, None), (HOST, HOST), (OWN, OTHER), (OWN, None), (OTHER, HOST)):
        assert code(send(door, held, origin, parent=parent)) == (403, "other_origin")
    assert code(send(door, token(door), OWN, parent=HOST)) == (403, "other_origin")


def test_an_expired_token_is_told_to_its_own_page(tmp_path: Path) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path)
    open_door(house, "embed")
    made = key(house, "embed", "analyze")
    held = token(house, made, seconds=60)
    house.clock.on(seconds=59)
    assert send(house, held).status_code == 200
    house.clock.on(seconds=1)
    answer = send(house, held)
    assert code(answer) == (401, "token_expired") and allowed(answer) == HOST
    assert allowed(send(house, held, OTHER)) is None

    held = token(house, made)
    open_door(house)  # the admin shuts it: tokens that are out stop at once
    assert code(send(house, held)) == (403, "door_shut")
    assert code(ask(house, made)) == (403, "door_shut")
    open_door(house, "mcp", "slack")
    assert code(send(house, held)) == (403, "door_shut")
    open_door(house, "embed")
    assert send(house, held).status_code == 200

    assert house.people["admin"].delete(f"/v1/keys/{made['id']}").status_code == 204
    assert code(send(house, held)) == (401, "wrong_credentials")
    assert code(ask(house, made)) == (401, "wrong_credentials")

    short = key(house, "embed", "analyze")
    house.clock.on(days=90, seconds=-30)
    held = token(house, short)
    house.clock.on(seconds=31)
    assert code(send(house, held)) == (401, "key_expired")
    house.at.database.engine.dispose()


def secret(house: House, name: str = "embed") -> OctKey:
    with house.at.database.read(ALL) as session:
        return OctKey.import_key(house.at.vault.secret(session, name))


def test_what_was_not_signed_here_for_this_is_refused(door: House) -> None:
    good = token(door)
    claims = jwt.decode(good, secret(door), algorithms=["HS256"]).claims
    head, body, signature = good.split(".")
    forged = [
        jwt.encode({"alg": "HS256", "typ": "coach-embed+jwt"}, claims, OctKey.import_key(b"x" * 32)),
        jwt.encode({"alg": "HS256", "typ": "coach-embed+jwt"}, claims, secret(door, "marks")),
        jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, secret(door)),
        f"eyJhbGciOiJub25lIiwidHlwIjoiY29hY2gtZW1iZWQrand0In0.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body[:-4]}.{signature}",
        "",
        "é.ü.ß",
        key(door, "embed", "analyze")["token"],
    ]
    for held in forged:
        answer = send(door, held)
        assert code(answer) == (401, "wrong_credentials"), held
        assert allowed(answer) is None


def test_a_fault_reaches_the_page_and_holds_no_word_of_the_note(door: House) -> None:
    held = token(door)
    answer = send(door, held, text="   ")
    assert answer.status_code == 422 and allowed(answer) == HOST
    for body in (
        '{"text": "Robin said"}',
        '{"token": 1, "text": "Robin said"',
        json.dumps({"token": held, "text": "Robin said"}),
    ):
        answer = door.client().post("/embed/notes", content=body, headers={"Origin": HOST})
        assert code(answer) == (422, "invalid") and "Robin" not in answer.text and allowed(answer) is None


def test_no_answer_names_an_origin_that_no_token_was_made_for(door: House) -> None:
    client = door.client()
    asks = {"Origin": OTHER, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for path in ("/embed/notes", "/v1/embed-tokens", "/v1/notes", "/v1/analyze", "/embed/conversation-coach.js", "/embed/frame"):
        assert allowed(client.options(path, headers=asks)) is None, path
    for path in ("/", "/v1/version", "/embed/conversation-coach.js", f"/embed/frame?origin={HOST}", "/static/style.css"):
        assert allowed(client.get(path, headers={"Origin": HOST})) is None, path


def test_the_frame_stands_in_pages_of_its_origin_alone_and_other_pages_in_none(door: House) -> None:
    client = door.client()
    policy = client.get(f"/embed/frame?origin={HOST}").headers["Content-Security-Policy"]
    assert policy.split("; ")[-1] == f"frame-ancestors {HOST}" and "unsafe" not in policy and "*" not in policy
    for wrong in (
        "*",
        "",
        "https://a.example;script-src *",
        "https://*.example",
        "http://a.example",
        "javascript:x",
        '"><script>',
    ):
        answer = client.get("/embed/frame", params={"origin": wrong})
        assert answer.status_code == 422 and "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    for path in ("/", "/sign-in", "/v1/version", "/embed/conversation-coach.js"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert (
            "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"] and answer.headers["X-Frame-Options"] == "DENY"
        )


def test_the_script_is_one_file_without_outside_addresses(door: House) -> None:
    answer = door.client().get("/embed/conversation-coach.js")
    assert answer.headers["Content-Type"].startswith("text/javascript") and len(answer.content) < 60_000
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = door.client().get("/embed/conversation-coach.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""
    assert set(re.findall(r"https?://[\w.:-]+", answer.text)) == {OWN}
    for markup in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "setHTML", "import("):
        assert markup not in answer.text
    assert b'"https://coach.example/base"' in script("https://coach.example/base/")


@pytest.mark.parametrize(
    ("origin", "fits"),
    [
        ("https://a.example", True),
        ("https://a.example:8443", True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1", True),
        ("https://a.example:443", False),
        ("http://localhost:80", False),
        ("https://a.example:65536", False),
        ("https://A.example", False),
        ("https://a..example", False),
        ("https://-a.example", False),
        ("https://user@a.example", False),
        ("https://a.example/", False),
        ("https://a.example\n", False),
        ("http://localhost.evil.example", False),
        ("null", False),
    ],
)
def test_origins_are_written_as_browsers_send_them(origin: str, fits: bool) -> None:
    assert is_origin(origin) is fits


def test_every_word_of_the_component_is_in_the_catalogue() -> None:
    used = {text for rows in words.english().values() for text in rows.values()}
    assert sorted(used - {""} - catalogue("fr").keys()) == []
    for text in (words.SCREEN["page"], words.SCREEN["frame"]):
        assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", catalogue("fr")[text])


def test_the_words_that_the_script_asks_for_are_there() -> None:
    text = script("https://coach.example").decode()
    asked = {code for way in (r'#say\("(\w+)"', r'#card\("(\w+)"', r'"say", "(\w+)"') for code in re.findall(way, text)}
    assert asked and asked <= words.SCREEN.keys()
    assert set(re.findall(r'#fault\("(\w+)"', text)) <= words.FAULTS.keys()


def test_the_quick_start_makes_a_token_that_works(door: House) -> None:
    """The README's server side, as it stands there, against this service."""
    text = README.read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", text, re.S)
    assert found
    source = found[1]
    lines = [line for block in re.findall(r"```(?:python|html)\n(.*?)```", text, re.S)[:2] for line in block.splitlines() if line]
    assert len(lines) <= 10
    made = key(door, "embed", "analyze", "notes:write")
    pair = door.pair()

    def post(url: str, **given: Any) -> Any:
        assert url.startswith("https://coach.example/")
        return door.client().post(url.removeprefix("https://coach.example"), **given)

    space: dict[str, Any] = {"post": post, "KEY": made["token"]}
    exec(source.replace("from httpx import post\n", ""), space)
    held = space["token_for"](pair)
    assert send(door, held, keep=True).status_code == 200
