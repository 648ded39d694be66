"""Whatever is sent, fitting the OpenAPI document or not: nothing answers 500 (502 where a provider does not answer), and what is refused is a problem with a code."""

import contextlib
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.api.conftest import GRAVE, House, house_on

TRIES = {GenerationMode.POSITIVE: 4, GenerationMode.NEGATIVE: 3}
"""Requests for each operation: ones that fit, ones that do not."""

EVERYTHING = ["analyze", "notes:write", "notes:read", "flags:read", "guidance", "insights"]


def sign_in_again(house: House) -> dict[str, Any]:
    """Headers and cookies of an admin; the walk may have signed the last one out."""
    client = house.client()
    given = {"email": "admin@example.org", "password": "correct horse battery"}
    csrf = client.post("/v1/session", json=given).json()["csrf"]
    return {"headers": {"X-CSRF-Token": csrf, "Coach-Program": house.program}, "cookies": dict(client.cookies)}


@pytest.mark.parametrize("mode", list(TRIES), ids=lambda m: m.name.lower())
def test_nothing_answers_500(mode: GenerationMode, tmp_path: Any) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path)
    house.note(GRAVE, pair=house.pair())
    token = house.people["admin"].post("/v1/keys", json={"name": "t", "scopes": EVERYTHING}).json()["token"]
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", house.app)
    schema.config.generation.update(with_security_parameters=False)  # who asks is ours to say, below
    admin, walked = sign_in_again(house), 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=TRIES[mode], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            for who in ({"headers": {"Authorization": f"Bearer {token}"}}, admin):
                answer = case.call(**who)
                if answer.status_code == 401 and who is admin:
                    admin.update(sign_in_again(house))
                assert answer.status_code < 500 or answer.status_code in (502, 503), (case.method, case.path, answer.status_code)
                if answer.status_code >= 400 and answer.status_code not in (404, 405):
                    assert answer.json()["code"], (case.method, case.path)

        with contextlib.suppress(Unsatisfiable):  # nothing of an operation without input can be wrong
            send()
        walked += 1
    assert walked > 50
    house.at.database.engine.dispose()
