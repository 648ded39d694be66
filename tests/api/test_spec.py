"""Whatever is sent, fitting the OpenAPI document or not, by an admin, by a key of every scope and by nobody: every check that schemathesis has."""

import contextlib
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.api.conftest import GRAVE, House, house_on

TRIES = {GenerationMode.POSITIVE: 4, GenerationMode.NEGATIVE: 3}
"""Requests for each operation: ones that fit, ones that do not."""

EVERYTHING = ["analyze", "notes:write", "notes:read", "flags:read", "guidance", "insights"]

MORE_THAN_A_SCHEMA = {
    "/v1/embed-tokens": "an origin is no IP address and no path",
    "/v1/webhooks": "an address must be one on the internet",
    "/v1/webhooks/{ident}": "the same",
    "/v1/contacts": "an address fits its channel",
    "/v1/session": "an e-mail address is one that mail can reach",
    "/v1/members": "the same",
    "/v1/insights": "a period does not end before it begins",
    "/v1/program/slack": "a token is a bot's",
    "/v1/setup": "a password is none of the common ones",
    "/v1/me/password": "the same",
    "/v1/program": "a time zone is one that there is",
    "/v1/programs": "the same",
    "/v1/program/oidc": "an issuer is an address on the internet",
    "/v1/handbook": "a document has text",
    "/v1/notes/upload": "a file has text",
}
"""Where 422 may answer what fits the document, and why a schema cannot say it."""

LAX = {
    "/v1/notes/upload": "a form's fields are text: a number sent as a file is a file",
    "/v1/handbook": "the same",
    "/v1/flags/decide": "false counts as 0",
    "/v1/insights": "a number in an address counts as a Unix time",
}
"""Where something that does not fit the document is taken all the same, and why it does no harm."""

HOURS = ("/v1/program", "/v1/programs")
"""Their hours of work are told as 17:00:00; the format "time" of JSON Schema would have a zone behind it."""


def sign_in_again(house: House) -> dict[str, Any]:
    """Headers and cookies of an admin; the walk may have signed the last one out."""
    client = house.client()
    given = {"email": "admin@example.org", "password": "correct horse battery"}
    csrf = client.post("/v1/session", json=given).json()["csrf"]
    return {"headers": {"X-CSRF-Token": csrf, "Coach-Program": house.program}, "cookies": dict(client.cookies)}


def checks(case: Any, status: int, known: bool) -> list[Any]:
    """All that there are, but for those which cannot hold of such an answer."""
    left_out = set()
    if status == 428 or status == 409 or status == 412 or (status == 422 and case.path in MORE_THAN_A_SCHEMA):
        left_out.add("positive_data_acceptance")  # no version was sent, or a state forbids it, which no schema knows
    if status in (502, 503):
        left_out |= {"positive_data_acceptance", "not_a_server_error", "status_code_conformance"}  # a peer that is not there
    if case.path in LAX:
        left_out.add("negative_data_rejection")
    if case.path in HOURS:
        left_out.add("response_schema_conformance")
    if not known:
        left_out |= {"ignored_auth", "positive_data_acceptance"}
    return [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in left_out]


@pytest.mark.parametrize("mode", list(TRIES), ids=lambda m: m.name.lower())
def test_every_check_holds_of_every_operation_with_and_without_a_sign_in(mode: GenerationMode, tmp_path: Any) -> None:
    load_all_checks()
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path)
    house.note(GRAVE, pair=house.pair())
    token = house.people["admin"].post("/v1/keys", json={"name": "t", "scopes": EVERYTHING}).json()["token"]
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", house.app)
    schema.config.generation.update(with_security_parameters=False)  # who asks is ours to say, below
    admin, walked, refused = sign_in_again(house), 0, 0
    key = {"headers": {"Authorization": f"Bearer {token}"}}
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=TRIES[mode], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            nonlocal refused
            for who in (key, admin, {}):
                answer = case.call(**who)
                if answer.status_code == 401 and who is admin:
                    admin.update(sign_in_again(house))
                chosen = checks(case, answer.status_code, bool(who))
                case.validate_response(answer, checks=chosen, headers=who.get("headers"), transport_kwargs=who)
                refused += not who and answer.status_code == 401
                if answer.status_code >= 400 and answer.status_code not in (404, 405):
                    assert answer.json()["code"], (case.method, case.path)

        with contextlib.suppress(Unsatisfiable):  # nothing of an operation without input can be wrong
            send()
        walked += 1
    assert walked > 50 and refused > 50 and len(CHECKS.get_all_names()) >= 12
    house.at.database.engine.dispose()
