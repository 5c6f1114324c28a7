"""Who is behind a reverse proxy, by what it adds to a request: X-Forwarded-For and X-Forwarded-Proto.

Anybody can send these headers, so they count only as far as proxies of ours wrote them: read from the right, each
address was added by the one after it, and the first that is no proxy of ours is the caller's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks (192.0.2.0/24) separated by commas. Raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def caller(peer: str, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of whoever sent the request. `forwarded_for`: the values of the header, in the order they came."""
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    found = peer
    while hops and _among(found, trusted):
        address = _address(hops.pop())
        if address is None:  # not one that a proxy writes: the proxy itself is the last that is known
            break
        found = str(address)
    return found


def _among(text: str, trusted: Sequence[Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in trusted)


def _address(text: str) -> Address | None:
    """Of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`; wrapped IPv4 without its wrapping."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class Forwarded:
    """ASGI middleware: the client and the scheme of requests as the proxies of ours saw them."""

    def __init__(self, app: Any, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        client = scope.get("client")
        if scope["type"] in ("http", "websocket") and client and _among(client[0], self._trusted):
            scope = {**scope, "client": (caller(client[0], _values(scope, b"x-forwarded-for"), self._trusted), 0)}
            proto = ",".join(_values(scope, b"x-forwarded-proto")).rpartition(",")[2].strip().lower()
            if proto in ("http", "https"):
                scope["scheme"] = proto if scope["type"] == "http" else proto.replace("http", "ws")
        await self._app(scope, receive, send)


def _values(scope: Any, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]
