"""A real server on loopback, asked through the real client: what each kind of answer comes to, and what never gets out."""

import logging
import socket
import time

import pytest

from coach.errors import RemoteRefused
from coach.llm.breaker import Breaker
from coach.llm.openai_backend import OpenAIBackend
from coach.llm.protocol import Message
from coach.text.sentences import split
from tests.llm.standin import SLOW, standin

NOTE = "Rosa came by. Behind on rent again. She keeps the form in her bag and does not send it. Zanzibar."
SENTENCES = split(NOTE)


@pytest.mark.parametrize(
    ("script", "kept", "fault", "requests"),
    [
        (["good"], 2, None, 1),
        (["empty"], 0, None, 1),
        (["malformed", "good"], 2, None, 2),
        (["malformed"], 0, "not in the form", 2),
        (["refusing"], 0, "refused", 1),
        ([500, "good"], 2, None, 2),
        ([429, 503, "good"], 2, None, 3),
        ([500], 0, "status 500", 3),
        ([401], 0, "status 401", 1),
        (["strict"], 2, None, 2),
        ([404], 0, "status 404", 2),
    ],
    ids=str,
)
def test_what_an_answer_comes_to(reader_at, script, kept, fault, requests):
    with standin(*script) as server:
        findings, told = reader_at(server.address).read(NOTE, SENTENCES)
    assert len(findings) == told.kept == kept
    assert (told.fault is None) if fault is None else fault in told.fault
    assert len(server.asked) == requests
    assert told.sent_to == server.address.split("/")[2]
    assert set(server.paths) == {"/v1/chat/completions"}


def test_a_good_answer_is_checked_and_counted(reader_at):
    with standin("good") as server:
        findings, told = reader_at(server.address).read(NOTE, SENTENCES)
    assert [NOTE[f.start : f.end] for f in findings] == ["Behind on rent again", "She keeps the form in her bag"]
    assert told.dropped == (("quote", 1),)
    (asked,) = server.asked
    assert [m["role"] for m in asked["messages"]] == ["system", "user"]
    assert NOTE in asked["messages"][1]["content"]
    assert NOTE not in asked["messages"][0]["content"]
    assert asked["response_format"]["json_schema"]["schema"]["required"] == ["signals"]


def test_what_was_malformed_is_shown_to_the_model_when_it_is_asked_again(reader_at):
    with standin("malformed", "good") as server:
        reader_at(server.address).read(NOTE, SENTENCES)
    first, second = (body["messages"] for body in server.asked)
    assert second[:2] == first
    assert [m["role"] for m in second[2:]] == ["assistant", "user"]


@pytest.mark.parametrize("step", ["slow", "drip"])
def test_a_slow_model_costs_its_time_and_no_more(reader_at, step):
    with standin(step) as server:
        began = time.monotonic()
        findings, told = reader_at(server.address, seconds=0.4).read(NOTE, SENTENCES)
        took = time.monotonic() - began
    assert findings == ()
    assert told.fault == "it did not answer in time."
    assert took < SLOW / 2


def test_a_model_that_is_down_is_told(reader_at):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    _, told = reader_at(f"http://127.0.0.1:{port}/v1").read(NOTE, SENTENCES)
    assert told.fault == "it cannot be reached."


def test_after_failures_in_a_row_nothing_is_asked_for_a_while(reader_at):
    now = [0.0]
    with standin(401) as server:
        reader = reader_at(server.address, breaker=Breaker(3, 60, lambda: now[0]))
        told = [reader.read(NOTE, SENTENCES)[1] for _ in range(5)]
        assert len(server.asked) == 3
        assert [("lately" in t.fault, t.sent_to is None) for t in told] == [(False, False)] * 3 + [(True, True)] * 2
        now[0] = 61
        server.script = ["good"]
        assert [reader.read(NOTE, SENTENCES)[1].fault for _ in range(2)] == [None, None]


def test_a_long_note_is_not_put_to_the_model(reader_at):
    with standin("good") as server:
        findings, told = reader_at(server.address).read("word " * 9000, SENTENCES)
    assert (findings, server.asked) == ((), [])
    assert "longer" in told.fault


def test_a_redirect_elsewhere_is_not_followed(reader_at):
    with standin("good") as elsewhere, standin("redirect") as server:
        server.elsewhere = elsewhere.address + "/chat/completions"
        _, told = reader_at(server.address).read(NOTE, SENTENCES)
    assert told.fault == "it answered with status 307."
    assert elsewhere.asked == []


def test_no_proxy_of_the_shell_comes_between(reader_at, monkeypatch):
    with standin("good") as proxy, standin("good") as server:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address.removesuffix("/v1"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        _, told = reader_at(server.address).read(NOTE, SENTENCES)
    assert told.fault is None
    assert (len(server.asked), proxy.asked) == (1, [])


@pytest.mark.parametrize("script", [["good"], [500], [400, 400], ["malformed"], ["refusing"], ["redirect"]], ids=str)
def test_a_notes_words_stand_in_no_log_error_or_url(reader_at, script, caplog, monkeypatch):
    monkeypatch.setenv("OPENAI_LOG", "debug")
    with standin(*script) as server:
        reader = reader_at(server.address)
        with caplog.at_level(logging.DEBUG):
            _, told = reader.read(NOTE, SENTENCES)
    assert "Zanzibar" in str(server.asked)
    logged = [str(record.__dict__) for record in caplog.records]
    assert "Zanzibar" not in f"{logged} {told} {server.paths}"
    assert not logging.getLogger("openai").isEnabledFor(logging.INFO)  # where older versions write what is asked


def test_an_address_elsewhere_is_refused_before_anything_is_sent():
    with pytest.raises(RemoteRefused, match="leave this machine"):
        OpenAIBackend("https://api.example.com/v1", "m")
    assert OpenAIBackend("https://api.example.com/v1", "m", remote_accepted=True).sent_to == "api.example.com"


def test_tries_back_off_and_stay_within_the_time():
    waits: list[float] = []
    with standin(503) as server:
        backend = OpenAIBackend(server.address, "m", tries=4, sleep=waits.append)
        with pytest.raises(Exception, match="status 503"):
            backend.ask([Message("user", "x")], {}, 1.2)
    assert waits == [0.5, 1.0]
    assert len(server.asked) == 3
