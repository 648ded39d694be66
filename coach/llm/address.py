"""Whether an address is this machine or a private network: what may be sent a note's text without anybody's leave."""

import ipaddress
import re
from typing import Final

from coach.errors import RemoteRefused, UnknownValue

_ADDRESS: Final = re.compile(r"https?://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[\w./~-]*)?", re.ASCII)
"""Plain addresses alone: with a user, a query or odd characters in it, two programs could read two hosts out of one."""
_PRIVATE: Final = tuple(
    ipaddress.ip_network(block)
    for block in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)

_LEAVES: Final = (
    "an address of a private network: the text of each note would leave this machine, and masking misses some names in it. Name a "
    "model nearby by its number (http://127.0.0.1:11434/v1); or read how many are missed (coach names evaluate) and, if all whose "
    "notes are read accept that, set COACH_LLM_REMOTE_ACCEPTED to the version of the figure that it prints."
)


def permit(address: str, accepted: bool) -> str:
    """The host (and port) of an address that may be asked. Raises RemoteRefused, and UnknownValue where it is no plain address."""
    shape = _ADDRESS.fullmatch(address)
    if not shape:
        raise UnknownValue("COACH_LLM_ADDRESS must be a plain http(s) address, such as http://127.0.0.1:11434/v1")
    if not accepted and not is_near(shape["host"]):
        raise RemoteRefused(f"COACH_LLM_ADDRESS names {shape['host']}, which is neither this machine nor {_LEAVES}")
    return address.split("/")[2]


def is_far(address: str) -> bool:
    """Whether what is sent there leaves this machine and its private network. Raises UnknownValue where it is no plain address."""
    try:
        permit(address, accepted=False)
    except RemoteRefused:
        return True
    return False


def is_near(host: str) -> bool:
    """Loopback or private, by the number itself. Of names only localhost counts: what another resolves to can change."""
    if host.lower() == "localhost":
        return True
    try:
        number = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped:
        number = number.ipv4_mapped
    return any(number in block for block in _PRIVATE)
