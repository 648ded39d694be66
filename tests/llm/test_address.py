"""Where a note's text may go without anybody's leave: this machine and private networks, by number."""

import pytest

from coach.errors import RemoteRefused, UnknownValue
from coach.llm.address import is_far, permit

NEAR = [
    ("http://127.0.0.1:11434/v1", "127.0.0.1:11434"),
    ("http://localhost:8000/v1", "localhost:8000"),
    ("http://LOCALHOST/v1", "LOCALHOST"),
    ("http://[::1]:80/v1/", "[::1]:80"),
    ("http://10.1.2.3/v1", "10.1.2.3"),
    ("https://192.168.0.7:8443/v1", "192.168.0.7:8443"),
    ("http://172.31.0.1", "172.31.0.1"),
    ("http://[fd00::7]/v1", "[fd00::7]"),
    ("http://[::ffff:10.0.0.1]/v1", "[::ffff:10.0.0.1]"),
]
FAR = [
    "https://api.openai.com/v1",
    "http://8.8.8.8/v1",
    "http://172.32.0.1/v1",
    "http://[2606:4700::1111]/v1",
    "http://[::ffff:8.8.8.8]/v1",
    "http://localhost.example.com/v1",
    "http://127.0.0.1.nip.io/v1",
    "http://ollama:11434/v1",
    "http://2130706433/v1",
    "http://0177.0.0.1/v1",
    "http://100.64.0.1/v1",
    "http://0.0.0.0/v1",
]
ODD = [
    "http://127.0.0.1@evil.example/v1",
    "http://127.0.0.1\\@evil.example/v1",
    "http://evil.example#@127.0.0.1/",
    "http://127.0.0.1/v1?to=evil",
    "ftp://127.0.0.1/",
    "127.0.0.1:11434",
    "http:///v1",
    "http://127.0.0.1/v1\n",
    "",
]


@pytest.mark.parametrize(("address", "host"), NEAR)
def test_near(address, host):
    assert permit(address, accepted=False) == host
    assert not is_far(address)


@pytest.mark.parametrize("address", FAR)
def test_far_is_refused_until_accepted(address):
    with pytest.raises(RemoteRefused, match=r"leave this machine.*coach names evaluate.*COACH_LLM_REMOTE_ACCEPTED"):
        permit(address, accepted=False)
    assert permit(address, accepted=True) == address.split("/")[2]
    assert is_far(address)


@pytest.mark.parametrize("address", ODD)
@pytest.mark.parametrize("accepted", [False, True])
def test_odd_addresses_are_none(address, accepted):
    with pytest.raises(UnknownValue, match="plain http"):
        permit(address, accepted)
