"""What a fault says: our own words and what we ask for, never a word of what was sent."""

import ast
import json
from pathlib import Path
from typing import Any

from api.errors import Forged
from api.plugins.mcp import local, remote
from api.telling import PATTERNS
from api.web.language import catalogue
from coach import Settings
from tests.api.conftest import CALM, House

API = Path(__file__).resolve().parents[2] / "api"
SECRET = "Zanzibar-Quillfeather"
TOKEN = {"origin": "https://a.example", "scopes": ["notes:write"]}
PROGRAM = {"name": "N", "region": "CA", "timezone": "UTC"}
SAID = [
    ("POST", "/v1/embed-tokens", TOKEN, "body: Name a pair with notes:write, and without it none."),
    (
        "POST",
        "/v1/embed-tokens",
        {**TOKEN, "origin": SECRET},
        "body.origin: An origin is written as browsers send it: https://host or",
    ),
    ("POST", "/v1/embed-tokens", {**TOKEN, "scopes": [SECRET]}, "(one of 'analyze', 'notes:write' or 'notes:read')"),
    ("POST", "/v1/analyze", {"text": SECRET, "region": SECRET}, "(a country or a part of one, such as CA or CA-QC)"),
    ("POST", "/v1/analyze", {"text": {SECRET: SECRET}}, "body.text: string type"),
    (
        "POST",
        "/v1/webhooks",
        {"name": "n", "address": "https://a.example", "events": [SECRET]},
        "one of 'note.analyzed', 'flag.raised'",
    ),
    ("POST", "/v1/members", {"email": SECRET, "name": "n", "role": "mentor"}, "body.email: not an e-mail address"),
    ("PUT", "/v1/program", {**PROGRAM, "rules": {"urgent_alarms": 77}}, "The alarm dial has these places: "),
    ("PUT", "/v1/program", {**PROGRAM, "rules": {"climb_minutes": {"emergency": 99}}}, "An emergency climbs within 60 minutes."),
    ("PUT", "/v1/program", {**PROGRAM, "rules": {"concern_days": 99}}, "(at most 10)"),
    (
        "PUT",
        "/v1/program",
        {**PROGRAM, "rules": {"hours": {"start": "17:00", "end": "09:00"}}},
        "Working hours end after they begin",
    ),
]


def test_a_fault_says_what_is_asked_for_and_nothing_that_was_sent(house: House) -> None:
    admin, key = house.people["admin"], house.client()
    made = admin.post("/v1/keys", json={"name": "page", "scopes": ["embed", "notes:write"]}).json()
    key.headers["Authorization"] = f"Bearer {made['token']}"
    for method, path, body, said in SAID:
        client = key if "embed" in path else admin
        answer = client.request(method, path, json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == 422 and said in answer.json()["detail"], (path, body, answer.text)
        assert SECRET not in answer.text, (path, body)


def test_a_body_that_is_no_json_says_which_header_it_needs(house: House) -> None:
    sent = json.dumps({"text": f"{CALM} {SECRET}"}).encode()
    answer = house.people["mentor"].post("/v1/analyze", content=sent, headers={"Content-Type": ""})
    assert answer.status_code == 422 and "Content-Type: application/json" in answer.json()["detail"], answer.text
    assert SECRET not in answer.text


def test_a_change_without_the_session_s_token_is_told_as_that_and_what_to_do(house: House) -> None:
    client = house.people["mentor"]
    told = client.post("/v1/notes", json={"text": CALM}, headers={"X-CSRF-Token": "x"}).json()
    assert (told["code"], told["title"]) == ("csrf", Forged.title) and "role" not in told["title"]
    assert "X-CSRF-Token" in told["detail"] and "GET /v1/me" in told["detail"]
    for given in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        page = client.post("/", data={"text": CALM, "csrf": "x"}, headers={"Accept": "text/html", **given})
        assert page.status_code == 403 and Forged.title in page.text
    assert Forged.title in catalogue("fr")


def calls_of(name: str) -> list[tuple[str, ast.Call]]:
    found = []
    for path in sorted(API.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        found += [(f"{path.name}:{c.lineno}", c) for c in calls if isinstance(c.func, ast.Name) and c.func.id == name]
    return found


def test_what_our_checks_say_is_a_literal() -> None:
    """A constant by its name counts as one: in capitals, made at import, before anything is sent."""
    told = calls_of("Told")
    fixed = [
        place
        for place, call in told
        if len(call.args) == 1
        and (isinstance(call.args[0], ast.Constant) or (isinstance(call.args[0], ast.Name) and call.args[0].id.isupper()))
    ]
    assert len(told) >= 8 and fixed == [place for place, _ in told]


def test_a_check_of_a_description_says_told() -> None:
    """A plain ValueError would reach nobody but as "value error"."""
    hidden = [place for place, _ in calls_of("ValueError") if place.partition(":")[0] in ("rules.py", "schemas.py", "shapes.py")]
    assert hidden == []


def patterns(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*(patterns(one) for one in schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own.union(*(patterns(one) for one in schema.values()))


def test_every_pattern_of_the_descriptions_has_words(house: House) -> None:
    document = house.client().get("/v1/openapi.json").json()
    takes = [
        tool.takes.model_json_schema() for tool in (*remote.desk(house.at).tools, *local.desk(Settings(use_reader=False)).tools)
    ]
    assert patterns([document, *takes]) ^ PATTERNS.keys() == set()
