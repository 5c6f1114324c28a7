"""Sending through the guarded client: one call, no redirects, a limited answer, public addresses only."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from rushes.net import guard
from rushes.net.guard import Answer, BlockedAddress, FetchFailed, GuardedClient

OK = b"HTTP/1.1 200 OK\r\n"


@asynccontextmanager
async def server(answer: bytes, *, pause: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Says `answer` to each request, then hangs up, or with `pause` says nothing more. Its URL, what it got."""
    got: list[bytes] = []
    end = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        got.append(head + await reader.readexactly(length))
        writer.write(answer)
        try:
            await writer.drain()
            if pause:
                await end.wait()
        except ConnectionError:
            pass
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        try:
            yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", got
        finally:
            end.set()


def post(
    answer: bytes, *, path: str = "/", timeout: float = 20, pause: bool = False, allow_private: bool = True
) -> tuple[Answer, list[bytes]]:
    async def main() -> tuple[Answer, list[bytes]]:
        async with server(answer, pause=pause) as (url, got):
            client = GuardedClient(allow_private=allow_private)
            try:
                async with asyncio.timeout(60):
                    return await client.post(url + path, b"body", {"X-Mine": "1"}, timeout=timeout), got
            finally:
                await client.close()

    return asyncio.run(main())


def test_the_body_and_the_headers_arrive() -> None:
    answer, [request] = post(OK + b"Content-Length: 2\r\n\r\nok", path="/a?b=c")
    assert answer == Answer(200, b"ok")
    assert request.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\nbody")
    assert b"x-mine: 1\r\n" in request.lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    answer, got = post(f"HTTP/1.1 {status} X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n".encode())
    assert (answer.status, len(got)) == (status, 1)


def test_no_more_than_64_kb_of_an_answer_are_read() -> None:
    answer, _ = post(OK + b"Content-Length: 99999999\r\n\r\n" + b"x" * 1_000_000, pause=True, timeout=3600)
    assert (answer.status, len(answer.head)) == (200, 65536)


@pytest.mark.parametrize(
    "rest", [b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz"]
)
def test_an_answer_that_is_cut_off_after_its_status_is_an_answer(rest: bytes) -> None:
    answer, _ = post(OK + rest)
    assert answer == Answer(200, b"abc")


def test_the_rest_of_an_answer_is_not_waited_for_longer_than_allowed() -> None:
    answer, _ = post(OK + b"Content-Length: 10\r\n\r\nabc", pause=True, timeout=0.3)
    assert answer == Answer(200, b"abc")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200", OK + b"Content-Length: x\r\n\r\n"])
def test_what_is_no_answer(answer: bytes) -> None:
    with pytest.raises(FetchFailed) as caught:
        post(answer)
    assert "127.0.0.1" not in str(caught.value)


def test_silence_ends_in_time() -> None:
    with pytest.raises(FetchFailed, match=r"within 0\.2 seconds"):
        post(b"", pause=True, timeout=0.2)


def test_a_private_address_gets_nothing() -> None:
    async def main() -> None:
        async with server(OK) as (url, got):
            client = GuardedClient(allow_private=False)
            with pytest.raises(BlockedAddress):
                await client.post(url, b"", {}, timeout=5)
            assert got == []

    asyncio.run(main())


def test_a_name_that_changes_its_mind_is_refused_at_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with server(OK + b"Content-Length: 0\r\n\r\n") as (url, got):
            answers = ["127.0.0.1", "10.0.0.1"]

            async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
            monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")
            client = GuardedClient(allow_private=False)
            named = url.replace("127.0.0.1", "rebind.example")
            assert (await client.post(named, b"", {}, timeout=5)).status == 200
            with pytest.raises(BlockedAddress):
                await client.post(named, b"", {}, timeout=5)
            assert len(got) == 1
            await client.close()

    asyncio.run(main())


def test_no_cookie_is_kept() -> None:
    async def main() -> None:
        async with server(OK + b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n") as (url, got):
            client = GuardedClient(allow_private=True)
            for _ in range(2):
                await client.post(url, b"", {}, timeout=5)
            assert len(got) == 2
            assert b"cookie" not in b"".join(got).lower()
            await client.close()

    asyncio.run(main())


@pytest.mark.parametrize("url", ["http://a/\x00", "http://a\n/", "http://xn--/", "http://a/" + "b" * 70_000])
def test_checking_for_later_refuses_what_could_never_be_called(url: str) -> None:
    async def main() -> None:
        await GuardedClient(allow_private=True).check(url)

    with pytest.raises((BlockedAddress, FetchFailed)):
        asyncio.run(main())
