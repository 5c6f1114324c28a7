"""The wire to one provider: calls go out, replies come in, and the key stays at the provider's own origin.

Nothing is sent twice here. Of what fails is told whether it can have arrived.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from rushes.engines.cloud.exchange import Call, Reply
from rushes.engines.cloud.provider import Provider
from rushes.net.guard import FetchFailed, GuardedClient

if TYPE_CHECKING:
    import httpx

_LARGEST = 2 << 30
"""Bytes of one output."""
_FETCH_SECONDS = 900.0


class NotSent(Exception):
    """Nothing of the call can have arrived."""


class Broken(Exception):
    """The call may have arrived; its answer did not, or not whole."""


class Wire:
    """Makes a provider's calls. `client` is its own from now on; `base` is the operator's address or the usual one."""

    def __init__(
        self, provider: Provider, client: httpx.AsyncClient, guarded: GuardedClient, *, key: str, base: str
    ) -> None:
        self._provider = provider
        self._client = client
        self._guarded = guarded
        self._key = key
        self._base = (base or provider.base).rstrip("/") + "/"

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def call(self, call: Call) -> Reply:
        """The answer to a call, whatever its status. Raises NotSent, Broken."""
        async with self._open(call) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > call.longest:
                    raise Broken("the answer is too long")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(status=response.status_code, headers=headers, body=bytes(body))

    async def bytes_of(self, call: Call) -> AsyncIterator[bytes]:
        """The bytes of an output. Raises FetchFailed, BlockedAddress, NotSent, Broken."""
        if not self._own(self._address(call)):
            async for chunk in self._guarded.stream(
                self._address(call), call.headers, max_bytes=_LARGEST, timeout=_FETCH_SECONDS
            ):
                yield chunk
            return
        async with self._open(call, _FETCH_SECONDS) as response:
            if response.has_redirect_location:  # to a store of files, say: without the key
                target = urljoin(str(response.url), response.headers["location"])
                async for chunk in self._guarded.stream(target, {}, max_bytes=_LARGEST, timeout=_FETCH_SECONDS):
                    yield chunk
                return
            if response.status_code != 200:
                raise FetchFailed(f"status {response.status_code}")
            size = 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > _LARGEST:
                    raise FetchFailed("the output is too large")
                yield chunk

    @asynccontextmanager
    async def _open(self, call: Call, seconds: float | None = None) -> AsyncIterator[httpx.Response]:
        import httpx

        limit = seconds or call.seconds
        try:
            async with AsyncExitStack() as stack, asyncio.timeout(limit):
                request = self._client.build_request(
                    call.method, self._address(call), timeout=httpx.Timeout(limit, connect=10.0), **_body(call, stack)
                )
                request.headers.update(self._headers(call))
                response = await self._client.send(request, stream=True, follow_redirects=False)
                stack.push_async_callback(response.aclose)
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(repr(error)) from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError) as error:
            raise Broken(repr(error)) from None

    def _headers(self, call: Call) -> dict[str, str]:
        own = self._provider.headers(self._key) if self._own(self._address(call)) else {}
        # Uncompressed: nothing can unfold to more than was counted.
        # Stripped: without a key "Bearer " would be left, which is no value of a header.
        return {"Accept-Encoding": "identity", **{name: value.strip() for name, value in own.items()}, **call.headers}

    def _address(self, call: Call) -> str:
        return urljoin(self._base, call.url.removeprefix("/")) if "://" not in call.url else call.url

    def _own(self, address: str) -> bool:
        ours, theirs = urlsplit(self._base), urlsplit(address)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)


def _body(call: Call, stack: AsyncExitStack) -> dict[str, Any]:
    """The body as httpx takes it; files are closed with the stack."""
    made: dict[str, Any] = {"params": call.query or None}
    if call.json is not None:
        made["json"] = call.json
    elif call.parts:
        made["files"] = [(part.name, _part(part, stack)) for part in call.parts]
    elif call.form is not None:
        made["data"] = call.form
    elif call.file is not None:
        made["content"] = call.file.read_bytes()
    return made


def _part(part: Any, stack: AsyncExitStack) -> tuple[str | None, Any] | tuple[str, Any, str]:
    if part.file is None:
        return (None, part.value)
    return (part.filename or part.file.name, stack.enter_context(part.file.open("rb")), part.mime)
