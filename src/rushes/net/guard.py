"""The one HTTP client for addresses that callers name. What it fetches is limited in where, how much and how long.

The name is resolved here, every address of it must be public, and the connection goes to the address that was
checked: a name that changes its mind in between gains nothing. Every redirect is checked again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from rushes.net.addresses import is_public

if TYPE_CHECKING:
    import httpx

_CHUNK = 1 << 16
_HEAD = 1 << 16
"""Bytes of an answer that `post` reads."""
_CHECK_SECONDS = 10.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class BlockedAddress(Exception):
    """The URL may not be fetched: its scheme, or where its name leads."""


class FetchFailed(Exception):
    """The URL could not be fetched. The message may be shown."""


class TooLarge(FetchFailed):
    """There are more bytes than may be fetched."""


class CutOff(FetchFailed):
    """The file is there, but it did not come whole or in time."""


class Downloaded(Struct, frozen=True):
    """A finished download: the last URL, the declared media type, the bytes written."""

    url: str
    mime: str
    size: int


class Answer(Struct, frozen=True):
    """What a server answered: the status, and the first 64 KB of the body (fewer when it was cut off)."""

    status: int
    head: bytes


class GuardedClient:
    """Calls URLs. With `allow_private`, private and loopback addresses too (tests, intranets)."""

    def __init__(
        self,
        *,
        allow_private: bool,
        connect_timeout: float = 5.0,
        read_timeout: float = 15.0,
        redirects: int = 3,
    ) -> None:
        self._allow_private = allow_private
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._redirects = redirects
        self._client: httpx.AsyncClient | None = None
        # Slow receivers of what we send must not use up the connections of downloads.
        self._sending: httpx.AsyncClient | None = None

    async def download(self, url: str, path: Path, *, max_bytes: int, timeout: float) -> Downloaded:  # noqa: ASYNC109
        """Fetch `url` into `path`, within `timeout` seconds in all. No partial file is left.

        Raises BlockedAddress, FetchFailed.
        """
        try:
            async with _in_time(timeout), self._get(url, {}) as response:
                size = await _save(response, path, max_bytes)
                mime = response.headers.get("content-type", "").partition(";")[0]
                return Downloaded(str(response.url), mime, size)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    async def stream(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109
    ) -> AsyncIterator[bytes]:
        """The bytes behind `url`, in chunks, within `timeout` seconds in all. `headers` go to the first address only.

        Raises BlockedAddress, FetchFailed.
        """
        async with _in_time(timeout), self._get(url, headers) as response:
            async for chunk in _counted(response, max_bytes):
                yield chunk

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout: float) -> Answer:  # noqa: ASYNC109
        """Send `body` to `url` once and wait for the answer, within `timeout` seconds in all. Follows no redirect.

        Raises BlockedAddress (nothing was sent), FetchFailed (it may have arrived or not).
        """
        import httpx

        until = asyncio.get_running_loop().time() + timeout
        async with _in_time(timeout):
            check_url(url)
            if self._sending is None:
                self._sending = _make_client(self._allow_private, self._connect_timeout, self._read_timeout)
            request = self._sending.build_request(
                "POST",
                url,
                content=body,
                headers={"Accept-Encoding": "identity", **headers},
                timeout=httpx.Timeout(timeout, connect=self._connect_timeout),
            )
            response = await self._sending.send(request, stream=True)
        try:
            # Whoever sent a status has answered, however the rest of it goes.
            return Answer(response.status_code, await _head(response, until))
        finally:
            await response.aclose()

    async def check(self, url: str) -> None:
        """Whether `url` may be called at all now, its name resolved, without calling it; for addresses kept for later.

        A later call is checked again. Raises BlockedAddress, FetchFailed.
        """
        import httpx

        async with _in_time(_CHECK_SECONDS):
            check_url(url)
            httpx.URL(url)
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            await resolve(parts.hostname or "", port, allow_private=self._allow_private)

    async def close(self) -> None:
        """Close the connections."""
        for client in (self._client, self._sending):
            if client is not None:
                await client.aclose()

    @asynccontextmanager
    async def _get(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """A good answer from `url`, or from where it leads."""
        for _ in range(self._redirects + 1):
            check_url(url)
            sent = {"Accept-Encoding": "identity", **headers}
            async with self._open().stream("GET", url, headers=sent) as response:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    url, headers = _next(url, response.headers["location"]), {}
                    continue
                if response.status_code != 200:
                    raise FetchFailed(f"the server answered {response.status_code}")
                yield response
                return
        raise FetchFailed(f"more than {self._redirects} redirects")

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = _make_client(self._allow_private, self._connect_timeout, self._read_timeout)
        return self._client


def check_url(url: str) -> None:
    """Refuse what is no plain http(s) URL. Raises BlockedAddress."""
    if url != url.strip():  # urlsplit would overlook it, the client would call something else
        raise BlockedAddress("must not begin or end with a space")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BlockedAddress("is not a valid URL") from None
    if parts.scheme not in ("http", "https"):
        raise BlockedAddress("must be an http or https URL")
    if not host:
        raise BlockedAddress("the URL names no host")
    if parts.username is not None or parts.password is not None:
        raise BlockedAddress("the URL must not contain a user name or password")


async def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses of `host`, all of which may be connected to, best first. Raises BlockedAddress, FetchFailed."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailed("the host name cannot be resolved") from None
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not addresses:
        raise FetchFailed("the host name cannot be resolved")
    if not allow_private and not all(is_public(address) for address in addresses):
        raise BlockedAddress("leads to a private or reserved address, which is not allowed")
    return addresses


def _next(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchFailed("the server redirects to what is not a valid URL") from None


async def _save(response: httpx.Response, path: Path, max_bytes: int) -> int:
    size = 0
    with path.open("wb") as file:
        async for chunk in _counted(response, max_bytes):
            size += len(chunk)
            file.write(chunk)
    return size


async def _counted(response: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    """The body's bytes, as many as it declares and as may come. Raises TooLarge, CutOff."""
    import httpx

    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise TooLarge(f"the file has {declared} bytes, at most {max_bytes} are accepted")
    size = 0
    try:
        async for chunk in response.aiter_raw(_CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise TooLarge(f"the file has more than {max_bytes} bytes")
            yield chunk
    except httpx.TransportError as error:
        raise CutOff(_words(error)) from None
    if declared.isdigit() and size != int(declared):
        raise CutOff("the download was cut off")


async def _head(response: httpx.Response, until: float) -> bytes:
    """The first bytes of the body that come before `until` on the loop's clock."""
    import httpx

    head = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for chunk in response.aiter_raw():
                head += chunk
                if len(head) >= _HEAD:
                    break
    except (TimeoutError, httpx.TransportError, httpx.StreamError):
        pass
    return bytes(head[:_HEAD])


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    """Translates what goes wrong inside, and allows it `seconds`."""
    import httpx

    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise FetchFailed(f"the server did not answer within {seconds:g} seconds") from None
    except (httpx.TransportError, httpx.StreamError) as error:
        raise FetchFailed(_words(error)) from None
    except (httpx.InvalidURL, UnicodeError):  # stricter than urlsplit: control characters, bad IDNA, huge
        raise BlockedAddress("is not a valid URL") from None


def _words(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.ConnectError):
        return "the server cannot be reached"
    if isinstance(error, httpx.TimeoutException):
        return "the server did not answer in time"
    return "the answer was cut off or not valid HTTP"


def _make_client(allow_private: bool, connect_timeout: float, read_timeout: float) -> httpx.AsyncClient:
    import httpcore
    import httpx
    from httpcore import AnyIOBackend

    class Guarded(AnyIOBackend):
        """Connects to an address that was checked; TLS still verifies the name."""

        async def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
            *others, last = await resolve(host, port, allow_private=allow_private)
            for address in others:  # a machine without IPv6 must get past a name's IPv6 addresses
                try:
                    return await super().connect_tcp(address, port, *args, **options)
                except (httpcore.ConnectError, httpcore.ConnectTimeout):
                    continue
            return await super().connect_tcp(last, port, *args, **options)

    timeout = httpx.Timeout(read_timeout, connect=connect_timeout)
    context = httpx.create_ssl_context(trust_env=False)
    transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
    # httpx has no door for a network backend; httpcore, which it is made of, has.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=100,
        max_keepalive_connections=0,
        network_backend=Guarded(),
    )
    # What one account's server sets must not be shown to another's.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(
        transport=transport, timeout=timeout, follow_redirects=False, trust_env=False, cookies=no_cookies
    )
