"""The guarded client against servers and names that mean harm."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rushes.net import guard
from rushes.net.addresses import is_public
from rushes.net.guard import BlockedAddress, Downloaded, FetchFailed, GuardedClient

OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png; charset=x\r\n"


@asynccontextmanager
async def raw_server(answer: bytes, host: str = "127.0.0.1") -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says exactly `answer` to each request and hangs up. Its port, the requests it got."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, host, 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


def ask(answer: bytes, path: Path, *, max_bytes: int = 1000) -> Downloaded:
    async def main() -> Downloaded:
        async with raw_server(answer) as (port, _):
            client = GuardedClient(allow_private=True)
            try:
                return await client.download(f"http://127.0.0.1:{port}/a", path, max_bytes=max_bytes, timeout=5)
            finally:
                await client.close()

    return asyncio.run(main())


def test_chunks_are_joined_and_the_type_has_no_parameters(tmp_path: Path) -> None:
    path = tmp_path / "a"
    found = ask(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", path)
    assert (path.read_bytes(), found.size, found.mime) == (b"abcde", 5, "image/png")


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",  # the last chunk never comes
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"200\r\n" + b"x" * 512 + b"\r\n" + b"200\r\n" + b"x" * 512,
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Content-Length: 10\r\n\r\nabc",
        OK + b"Content-Length: 10\r\nContent-Length: 3\r\n\r\nabc",
        OK + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
        OK + b"\r\n" + b"x" * 1001,  # no length at all, more than is allowed
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 500 Sorry\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"",
    ],
)
def test_no_answer_but_a_whole_one_is_taken(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "a"
    with pytest.raises(FetchFailed) as caught:
        ask(answer, path)
    assert not path.exists()
    assert str(tmp_path) not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    "location",
    ["gopher://a/", "//u:p@a.example/", "http://a\x7f/", "javascript:a()", "http://xn--/", "http://a/" + "b" * 70_000],
)  # fmt: skip
def test_a_redirect_to_what_is_no_web_address(tmp_path: Path, location: str) -> None:
    # Such a header may be refused as HTTP already; either way it is one of the client's own errors.
    with pytest.raises((BlockedAddress, FetchFailed)):
        ask(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode(), tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "url",
    ["http://a/\x00", "http://a\n/", "http://a/" + "b" * 70_000, "http://\u2603\udcff/", "http://xn--/", "http://\uff11.1.1.1/"],
)  # fmt: skip
def test_urls_that_only_the_client_itself_refuses(tmp_path: Path, url: str) -> None:
    async def main() -> None:
        await GuardedClient(allow_private=False).download(url, tmp_path / "a", max_bytes=10, timeout=5)

    with pytest.raises((BlockedAddress, FetchFailed)):
        asyncio.run(main())


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Answer each look-up of a name by the next of `answers`. The names asked for.

    The client connects to numbers, which asyncio does not look up, so only its own question gets here.
    """
    asked: list[str] = []
    left = list(answers)

    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_that_changes_its_mind_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the address that was checked is the one connected to, and the Host header keeps the name."""

    async def main() -> None:
        async with raw_server(OK + b"Content-Length: 2\r\n\r\nok") as (port, asked):
            monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")
            looked_up = names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
            client = GuardedClient(allow_private=False)
            await client.download(f"http://rebind.example:{port}/a", tmp_path / "a", max_bytes=10, timeout=5)
            assert looked_up == ["rebind.example"]
            assert f"host: rebind.example:{port}".encode() in asked[0].lower()
            with pytest.raises(BlockedAddress):
                await client.download(f"http://rebind.example:{port}/a", tmp_path / "b", max_bytes=10, timeout=5)
            assert len(asked) == 1
            await client.close()

    asyncio.run(main())
    assert (tmp_path / "a").read_bytes() == b"ok"
    assert not (tmp_path / "b").exists()


def test_the_next_address_is_tried_when_one_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> Downloaded:
        async with raw_server(OK + b"Content-Length: 2\r\n\r\nok") as (port, _):
            names(monkeypatch, ["127.0.0.2", "127.0.0.1"])
            client = GuardedClient(allow_private=True)
            try:
                return await client.download(f"http://two.example:{port}/", tmp_path / "a", max_bytes=10, timeout=5)
            finally:
                await client.close()

    assert asyncio.run(main()).size == 2


def test_checking_for_later_resolves_and_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with raw_server(OK) as (port, asked):
            closed, open_ = GuardedClient(allow_private=False), GuardedClient(allow_private=True)
            await open_.check(f"http://127.0.0.1:{port}/")
            with pytest.raises(BlockedAddress):
                await closed.check(f"http://127.0.0.1:{port}/")
            with pytest.raises(BlockedAddress):
                await closed.check("ftp://a.example/")
            names(monkeypatch, ["93.184.216.34"], ["93.184.216.34", "192.168.1.1"], [])
            await closed.check("https://good.example/hook")
            with pytest.raises(BlockedAddress):
                await closed.check("https://mixed.example/hook")
            with pytest.raises(FetchFailed):
                await closed.check("https://nowhere.example/hook")
            assert asked == []

    asyncio.run(main())


def test_proxies_of_the_environment_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(OK + b"Content-Length: 2\r\n\r\nok", tmp_path / "a").size == 2


@pytest.mark.parametrize(
    "address",
    "168.63.129.16 192.0.0.192 192.88.99.1 100.100.100.200 fd00:ec2::254 fec0::1 3fff::1 5f00::1 ::7f00:1 "
    "::ffff:0:7f00:1 2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1 2001:0:808:808::f7f7:f7f7 4000::1".split(),
)
def test_metadata_servers_tunnels_and_unassigned_space_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", "2001:4860:4860::8888 2a00:1450:4001::1 2606:4700::5efe:808:808 223.255.255.1".split()
)
def test_ordinary_addresses_stay_public(address: str) -> None:
    assert is_public(address)
