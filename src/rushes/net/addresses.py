"""Which addresses of the internet an outbound request may go to.

The lists are ours and not `ipaddress.is_global`: what that answers changed between patch releases of Python.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_CLOSED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' shared space; one cloud keeps its metadata server here
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's metadata server behind an address that looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that is given out to the public internet."""
_CLOSED_6 = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "3fff::/20")  # protocols (Teredo among them), documentation
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
"""The third quarter of an IPv6 address whose last quarter is an IPv4 address of a tunnel."""


def is_public(text: str) -> bool:
    """Whether an address is an ordinary public one: not private, loopback, link-local, multicast, reserved or a
    metadata server's, and not such an address wrapped in IPv6 (mapped, 6to4, NAT64, ISATAP)."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return _open(address)
    wrapped = _wrapped(address)
    if wrapped is not None:
        return _open(wrapped)
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


def subscriber(text: str) -> str:
    """What stands for one caller where addresses are counted: an IPv4 address, or the 64 bits of an IPv6 one that a
    provider gives to each customer, who may call from every address in them."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return text
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def _open(address: ipaddress.IPv4Address) -> bool:
    return not any(address in network for network in _CLOSED_4)


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    last = int(address) & 0xFFFFFFFF
    if address in _NAT64 or (address in _OPEN_6 and (int(address) >> 32) & 0xFFFFFFFF in _ISATAP):
        return ipaddress.IPv4Address(last)
    return None
