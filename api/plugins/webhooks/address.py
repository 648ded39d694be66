"""Where a webhook may go: the forms of an address that are refused before anything is called. Names are looked up at each call."""

import re
import socket
from ipaddress import ip_address

import httpx

from api.errors import Unreadable
from api.outward import outside

HOST = re.compile(r"[A-Za-z0-9_.-]+")


def check(text: str, allow_private: bool) -> None:
    """Raises Unreadable. The parser is that of the client that calls, so that both mean the same host."""
    try:
        url = httpx.URL(text)
        host, port = url.raw_host.decode("ascii"), 443 if url.port is None else url.port
    except (httpx.InvalidURL, ValueError):
        raise _bad("This is not an address that can be called.") from None
    if url.scheme != "https" and not (url.scheme == "http" and allow_private):
        raise _bad("A webhook's address begins with https://.")
    if url.userinfo or url.fragment or "\\" in text or any(c.isspace() or not c.isprintable() for c in text):
        raise _bad("An address has no name or password in it, no part after #, no space and no backslash.")
    if port not in range(1, 65536) or not (_number6(host) if ":" in host else HOST.fullmatch(host)):
        raise _bad("This is not an address that can be called.")
    if not allow_private and _private(host):
        raise _bad("This address leads to this machine or into a private network, where the service calls nobody.")


def _number6(host: str) -> bool:
    """An IPv6 address, without the zone that one machine alone knows."""
    try:
        return "%" not in host and ip_address(host).version == 6
    except ValueError:
        return False


def _private(host: str) -> bool:
    """Of a number, however it is written (127.1, 0x7f000001), and of names that never lead elsewhere; nothing is looked up."""
    name = host.lower().rstrip(".")
    if name in ("", "localhost") or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return not all(outside(ip_address(str(address[0]))) for *_, address in found)


def _bad(words: str) -> Unreadable:
    return Unreadable(words, code="bad_address")
