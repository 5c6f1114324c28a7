"""The guarded client against a real web server, and the address rules against every trick we know."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.net import guard
from rushes.net.addresses import is_public
from rushes.net.guard import BlockedAddress, FetchFailed, GuardedClient, check_url
from tests.e2e.peer import Peer, peer, png


@pytest.fixture(scope="module")
def web() -> Iterator[Peer]:
    with peer() as running:
        yield running


def fetch(url: str, path: Path, *, allow_private: bool = True, max_bytes: int = 1_000_000) -> guard.Downloaded:
    async def main() -> guard.Downloaded:
        client = GuardedClient(allow_private=allow_private)
        try:
            return await client.download(url, path, max_bytes=max_bytes, timeout=1.5)
        finally:
            await client.close()

    return asyncio.run(main())


def test_a_file_arrives_whole(web: Peer, tmp_path: Path) -> None:
    path = tmp_path / "a"
    found = fetch(web.url + "/good.png", path)
    assert (path.read_bytes(), found.mime, found.size) == (png(), "image/png", len(png()))


def test_a_redirect_is_followed(web: Peer, tmp_path: Path) -> None:
    assert fetch(web.url + "/to-good", tmp_path / "a").url == web.url + "/good.png"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/half.png", FetchFailed),
        ("/huge.png", FetchFailed),
        ("/slow.png", FetchFailed),
        ("/missing", FetchFailed),
        ("/loop", FetchFailed),
        ("/to-file", BlockedAddress),
    ],
)
def test_what_goes_wrong_leaves_no_file(web: Peer, tmp_path: Path, path: str, error: type[Exception]) -> None:
    target = tmp_path / "a"
    with pytest.raises(error) as caught:
        fetch(web.url + path, target)
    assert not target.exists()
    assert "127.0.0.1" not in str(caught.value)


def test_a_size_limit_holds_without_a_declared_length(web: Peer, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="at most 10 "):
        fetch(web.url + "/good.png", tmp_path / "a", max_bytes=10)


def test_loopback_is_refused_before_connecting(web: Peer, tmp_path: Path) -> None:
    before = len(web.fetched)
    with pytest.raises(BlockedAddress):
        fetch(web.url + "/good.png", tmp_path / "a", allow_private=False)
    assert len(web.fetched) == before


def test_a_redirect_to_a_private_address_is_refused(web: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first server counts as public here; the one it redirects to is refused all the same."""
    port = web.url.rpartition(":")[2]
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")
    with peer() as other:
        assert fetch(f"http://127.0.0.1:{port}/good.png", tmp_path / "a", allow_private=False).size
        # ::1 is a name for the same machine that is not on the list of what is public.
        monkeypatch.setattr(guard, "urljoin", lambda base, to: f"http://[::1]:{other.url.rpartition(':')[2]}/good.png")
        with pytest.raises(BlockedAddress):
            fetch(f"http://127.0.0.1:{port}/to-good", tmp_path / "b", allow_private=False)
        assert other.fetched == []


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def two(*_: object, **__: object) -> list[tuple[object, ...]]:
            return [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]

        monkeypatch.setattr(loop, "getaddrinfo", two)
        with pytest.raises(BlockedAddress):
            await guard.resolve("two.example", 80, allow_private=False)

    asyncio.run(main())


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 127.255.0.1 10.1.2.3 172.16.0.1 172.31.9.9 192.168.0.1 169.254.169.254 100.64.0.1 0.0.0.0 "
    "224.0.0.1 240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 "
    "ff02::1 ::ffff:10.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 2002:7f00:1:: 2001:db8::1 nonsense".split(),
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", "8.8.8.8 1.1.1.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808".split())
def test_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing(address: ipaddress.IPv4Address) -> None:
    plain = is_public(str(address))
    assert is_public(f"::ffff:{address}") == plain
    assert is_public(str(ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address)))) == plain
    assert is_public(str(ipaddress.IPv6Address((0x2002 << 112) + (int(address) << 80)))) == plain


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://a/b",
        "file:///etc/passwd",
        "http://",
        "http://u:p@a/",
        "http://u@a/",
        "http://a:99999/",
        "http://[::1",
        " http://a/b.png",
        "http://a/b.png ",
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(BlockedAddress):
        check_url(url)


@given(st.text())
def test_any_text_is_refused_or_accepted_but_never_breaks(url: str) -> None:
    try:
        check_url(url)
    except BlockedAddress:
        pass
