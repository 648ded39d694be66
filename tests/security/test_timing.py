"""Signing in takes as long for an account that there is as for one that there is not."""

import statistics
import time

import pytest

from tests.security.conftest import Town

ROUNDS = 25


@pytest.mark.long
def test_the_time_of_a_sign_in_does_not_tell_who_has_an_account(town: Town) -> None:
    client, times = town.house.client(), {"second-mentor@example.org": [0.0], "nobody-at-all@example.org": [0.0]}
    for _ in range(ROUNDS):
        for email, took in times.items():  # in turn, so that a busy moment meets both
            start = time.perf_counter()
            assert client.post("/v1/session", json={"email": email, "password": "wrong password"}).status_code == 401
            took.append(time.perf_counter() - start)
    known, unknown = (statistics.median(took[3:]) for took in times.values())
    assert 0.75 < known / unknown < 1.33, f"{known:.4f} s against {unknown:.4f} s"
