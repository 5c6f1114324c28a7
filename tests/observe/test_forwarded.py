"""Whose address counts: the peer's, or behind proxies that the operator names, the one that they saw."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.net.forwarded import Forwarded, caller, networks
from rushes.settings import SettingsError, load
from tests.conformance.engines import ScriptedServer

OURS = networks("10.0.0.0/8, 2001:db8::/32,192.0.2.7")


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # a stranger's word
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),  # the first was the caller's own invention
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),  # a header of its own from each proxy
        ("10.0.0.1", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("2001:db8::1", ["[2a00::1]:443"], "2a00::1"),
        ("2001:db8::1", ["2a00:0:0::1"], "2a00::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("192.0.2.7", ["198.51.100.1"], "198.51.100.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_last_hop_that_is_not_ours(peer: str, headers: list[str], expected: str) -> None:
    assert caller(peer, headers, OURS) == expected


@given(st.lists(st.one_of(st.text(max_size=20), st.ip_addresses().map(str)), max_size=4))
def test_what_a_caller_writes_never_counts(invented: list[str]) -> None:
    """Whatever stands in front of what our own proxy added."""
    assert caller("10.0.0.1", [", ".join([*invented, "198.51.100.1"])], OURS) == "198.51.100.1"


@given(st.lists(st.text(max_size=20), max_size=4), st.ip_addresses())
def test_the_answer_is_always_an_address(headers: list[str], peer: Any) -> None:
    ipaddress.ip_address(caller(str(peer), headers, OURS))


async def _through(headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.update(scope)

    await Forwarded(app, OURS)({"type": "http", "scheme": "http", "client": client, "headers": headers}, None, None)
    return seen


@pytest.mark.parametrize(
    ("client", "expected"),
    [(("10.0.0.1", 9), ("198.51.100.1", "https")), (("203.0.113.9", 9), ("203.0.113.9", "http"))],
)
def test_the_scheme_is_the_proxys(client: tuple[str, int], expected: tuple[str, str]) -> None:
    import asyncio

    headers = [(b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-proto", b"https")]
    scope = asyncio.run(_through(headers, client))
    assert (scope["client"][0], scope["scheme"]) == expected
    assert asyncio.run(_through(headers, None))["scheme"] == "http"


def test_a_bad_network_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load({"RUSHES_TRUSTED_PROXIES": "10.0.0.0/8,somewhere"})


@pytest.mark.parametrize(("trusted", "limited"), [("", True), ("127.0.0.0/8", False)])
def test_limits_of_an_address_count_the_caller(tmp_path: Path, trusted: str, limited: bool) -> None:
    """Forty requests from forty addresses, as a proxy on this machine says: too many where it is not ours."""
    home = tmp_path / "home"
    home.mkdir()
    server = ScriptedServer(home, text_model="off", trusted_proxies=trusted)
    server.start()
    try:
        with server.client() as client:
            invented = [f"1.1.1.1, 198.51.100.{number}" for number in range(40)]
            assert (429 in _statuses(client, invented)) is limited
            one_caller = [f"198.51.100.{number}, 203.0.113.5" for number in range(40)]
            assert 429 in _statuses(client, one_caller)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
    finally:
        server.close()


def _statuses(client: httpx.Client, forwarded_for: list[str]) -> list[int]:
    """What an endpoint answers that needs no key, and counts by address."""
    path = "/api/gallery/community"
    return [client.get(path, headers={"X-Forwarded-For": value}).status_code for value in forwarded_for]
