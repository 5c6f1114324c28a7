"""The driver of all providers: every rule about the wire is here, and no provider's word.

- A paid call is sent once. It is tried again only when no byte of it can have arrived.
- Uploads before it are tried again, with growing pauses.
- A poll is one try. One that brings nothing useful is no failure: the job is asked again later, ever less often, until
  its wall limit.
- An answer that is itself the result lies on disk before anything else happens with it (`keeping.py`).
- The key goes to the provider's own origin only. What outputs' addresses name is fetched through the guarded client.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import structlog

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import Trouble, retry_after
from rushes.engines.cloud.keeping import MADE, Answers, is_kept
from rushes.engines.cloud.provider import Finder, Provider
from rushes.engines.contract import (
    AmbiguousStart,
    EngineError,
    FailureCode,
    Health,
    Operation,
    Output,
    Pending,
    Request,
    Status,
)
from rushes.net.guard import BlockedAddress, FetchFailed, GuardedClient

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger("cloud")

T = TypeVar("T")
_PAUSES = (0.5, 2.0)
"""Seconds before each further try of one call."""
_POLL, _POLL_MOST = 2.0, 60.0
_FETCH_PAUSES = (1.0, 3.0, 10.0)
_LARGEST = 2 << 30
"""Bytes of one output."""
_FETCH_SECONDS = 900.0


class NotSent(Exception):
    """Nothing of the call can have arrived."""


class Broken(Exception):
    """The call may have arrived; its answer did not, or not whole."""


class CloudEngine:
    """One provider as an engine. `client` is its own from now on; `base` is the operator's address or the usual one.

    `answers` is the folder for answers that are themselves the result; providers that give none need no folder.
    """

    remote = True

    def __init__(
        self,
        name: str,
        provider: Provider,
        client: httpx.AsyncClient,
        guarded: GuardedClient,
        *,
        key: str = "",
        base: str = "",
        answers: Path | None = None,
    ) -> None:
        self.name = name
        self.modes = provider.modes
        self.paid = provider.paid
        self._provider = provider
        self._client = client
        self._guarded = guarded
        self._key = key
        self._base = (base or provider.base).rstrip("/") + "/"
        self._answers = Answers(answers) if answers is not None else None
        self._misses: dict[str, int] = {}
        """By operation, how often in a row polling brought nothing."""

    async def start(self, request: Request) -> Operation:
        """See Engine."""
        try:
            operation = await self._drive(self._provider.start(request), tries=3)
        except NotSent:
            raise self._unavailable("cannot be reached") from None
        except Trouble as trouble:
            raise self._unavailable("is not available") from trouble
        except (Broken, Garbage) as error:
            log.warning("provider did not take the request", provider=self.name, error=str(error))
            raise self._unavailable("did not answer as it should") from None
        return await self._kept(request, operation) if MADE in operation else operation

    async def _kept(self, request: Request, operation: Operation) -> Operation:
        """The operation once its results are on disk. They are paid for: where that fails, nobody must try again."""
        if self._answers is None:
            raise AmbiguousStart(f"{self.name} answered with the result, and has no folder for it")
        try:
            return await asyncio.to_thread(self._answers.keep, request.job, operation)
        except OSError as error:
            raise AmbiguousStart(f"the answer could not be kept: {error}") from None

    async def find(self, request: Request) -> Operation | None:
        """See Finds: what was answered is here, and some providers can look up a request by our own name for it."""
        kept = await asyncio.to_thread(self._answers.find, request.job) if self._answers is not None else None
        if kept is not None:
            return kept
        if not isinstance(self._provider, Finder):
            return None
        try:
            return await self._drive(self._provider.find(request), tries=3)
        except (NotSent, Broken, Garbage, Trouble, EngineError, AmbiguousStart) as error:
            log.warning("provider could not look up a start", provider=self.name, job=request.job, error=repr(error))
            return None

    async def status(self, operation: Operation) -> Status:
        """See Engine."""
        name = str(operation.get("id", ""))
        if MADE in operation and self._answers is not None:
            return self._answers.status(self._provider.title, operation)
        try:
            status = await self._drive(self._provider.status(operation))
        except (NotSent, Broken, Garbage, Trouble) as error:
            misses = self._misses[name] = self._misses.get(name, 0) + 1
            log.warning("provider did not tell", provider=self.name, operation=name, error=str(error), misses=misses)
            wait = min(_POLL * 2 ** min(misses, 8), _POLL_MOST)
            asked = error.retry_after if isinstance(error, Trouble) else None
            return Pending(poll_after=max(wait, asked or 0.0))
        self._misses.pop(name, None)
        return status

    async def cancel(self, operation: Operation) -> None:
        """See Engine."""
        if MADE in operation:
            await self.discard(operation)
            return
        try:
            await self._drive(self._provider.cancel(operation))
        except Exception as error:
            log.warning("provider did not cancel", provider=self.name, error=repr(error))

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        """See Engine. Raises EngineError when the bytes cannot be had after some tries."""
        if is_kept(output.location) and self._answers is not None:
            try:
                for chunk in self._answers.read(output.location):
                    yield chunk
            except OSError:
                message = f"the result that {self._provider.title} made is gone"
                raise EngineError(FailureCode.LOST, message) from None
            return
        call = self._provider.fetch(output)
        for pause in (*_FETCH_PAUSES, None):
            sent = 0
            try:
                async for chunk in self._bytes(call):
                    sent += len(chunk)
                    yield chunk
                return
            except (FetchFailed, BlockedAddress, Broken, NotSent) as error:
                log.warning("output could not be fetched", provider=self.name, error=str(error), again_in=pause)
                if pause is None or sent:
                    # What broke off in the middle is worth another try from the beginning; whoever reads it decides.
                    message = f"{self._provider.title} made the result but it could not be fetched"
                    raise EngineError(FailureCode.LOST, message, retryable=bool(sent)) from None
            await asyncio.sleep(pause)

    async def discard(self, operation: Operation) -> None:
        """See Engine."""
        self._misses.pop(str(operation.get("id", "")), None)
        if MADE in operation and self._answers is not None:
            await asyncio.to_thread(self._answers.discard, str(operation["id"]))

    async def health(self) -> Health:
        """See Engine. Asks the provider."""
        try:
            reply = await self._call(self._provider.check())
        except (NotSent, Broken, Garbage):
            return Health(ready=False, reason=f"{self._provider.title} cannot be reached")
        if reply.status in (401, 403):
            return Health(ready=False, reason=f"{self._provider.title} does not accept the key")
        if reply.status >= 500:
            return Health(ready=False, reason=f"{self._provider.title} answered {reply.status}")
        return Health(ready=True)

    async def close(self) -> None:
        """See Engine."""
        await self._client.aclose()

    async def _drive(self, exchange: Exchange[T], *, tries: int = 1) -> T:
        """Make the calls of an exchange. Once a paid call is out, whatever is not clear is AmbiguousStart.

        Raises NotSent, Broken, Garbage, Trouble, and what the adapter raises.
        """
        sent = False
        reply: Reply | None = None
        try:
            call = next(exchange)
            while True:
                if call.paid:
                    reply = await self._once(call)
                    sent = True
                else:
                    reply = await self._again(call, tries)
                call = exchange.send(reply)
        except StopIteration as end:
            result: T = end.value
            return result
        except EngineError as error:
            if error.retryable and error.retry_after is None and reply is not None:
                error.retry_after = retry_after(reply)
            raise
        except Broken as error:
            if sent or call.paid:
                raise AmbiguousStart(str(error)) from None
            raise
        except (NotSent, Garbage, Trouble) as error:
            if sent:
                raise AmbiguousStart(str(error)) from None
            raise
        finally:
            exchange.close()

    async def _once(self, call: Call) -> Reply:
        """A paid call: tried again only while it cannot connect."""
        for pause in _PAUSES:
            try:
                return await self._call(call)
            except NotSent:
                await asyncio.sleep(pause)
        return await self._call(call)

    async def _again(self, call: Call, tries: int) -> Reply:
        """A call that costs nothing: tried again after whatever may pass."""
        for pause in _PAUSES[: tries - 1]:
            try:
                reply = await self._call(call)
                if reply.status < 500:
                    return reply
            except (NotSent, Broken):
                pass
            await asyncio.sleep(pause * (1 + random.random() / 4))  # noqa: S311
        return await self._call(call)

    async def _call(self, call: Call) -> Reply:
        async with self._open(call) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > call.longest:
                    raise Broken("the answer is too long")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(status=response.status_code, headers=headers, body=bytes(body))

    async def _bytes(self, call: Call) -> AsyncIterator[bytes]:
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

    def _unavailable(self, what: str) -> EngineError:
        return EngineError(FailureCode.UNAVAILABLE, f"{self._provider.title} {what}", retryable=True)


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
