"""Calls to addresses that an admin named: never to this machine or into a private network."""

import ipaddress
import socket
import ssl
from functools import cache
from typing import Any

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddress(OSError):
    """The name leads to this machine or into a private network."""


def public(host: str, port: int) -> str:
    """The first address of a name. Raises PrivateAddress where any of its addresses is private, OSError where it has none."""
    found = [ipaddress.ip_address(str(address[0])) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(outside(a) for a in found):
        raise PrivateAddress("private_address")
    return str(found[0])


def outside(address: Address) -> bool:
    """Whether this is some one machine elsewhere. Of an address that leads to an IPv4 one (mapped, 6to4, NAT64) that one counts."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return outside(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@cache
def trust() -> ssl.SSLContext:
    """Whom calls believe to be who they say: one for all, since reading the authorities' certificates takes more processor time than a
    call."""
    return httpx.create_ssl_context()


def pin(request: Any) -> None:
    """A request hook of an HTTP client (httpx, or httpx2 within Authlib). The address that was checked is the one that is
    called: a name cannot lead elsewhere in between. Host header and certificate stay the name's.
    """
    url = request.url
    found = public(url.host, url.port or (443 if url.scheme == "https" else 80))
    request.extensions = {**request.extensions, "sni_hostname": url.host}
    request.url = url.copy_with(host=found)
