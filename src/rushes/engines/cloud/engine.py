"""The driver of all providers: every rule about what is sent, and sent again, is here, and no provider's word.

- A paid call is sent once. It is tried again only when no byte of it can have arrived.
- Uploads before it are tried again, with growing pauses.
- A poll is one try. One that brings nothing useful is no failure: the job is asked again later, ever less often, until
  its wall limit.
- An answer that is itself the result lies on disk before anything else happens with it (`keeping.py`).
- The key goes to the provider's own origin only; what else outputs' addresses name, the guarded client (`wire.py`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import Trouble, retry_after
from rushes.engines.cloud.keeping import MADE, Answers, is_kept
from rushes.engines.cloud.provider import Finder, Provider
from rushes.engines.cloud.wire import Broken, NotSent, Wire
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
        self._wire = Wire(provider, client, guarded, key=key, base=base)
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
                async for chunk in self._wire.bytes_of(call):
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
            reply = await self._wire.call(self._provider.check())
        except (NotSent, Broken, Garbage):
            return Health(ready=False, reason=f"{self._provider.title} cannot be reached")
        if reply.status in (401, 403):
            return Health(ready=False, reason=f"{self._provider.title} does not accept the key")
        if reply.status >= 500:
            return Health(ready=False, reason=f"{self._provider.title} answered {reply.status}")
        return Health(ready=True)

    async def close(self) -> None:
        """See Engine."""
        await self._wire.close()

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
                return await self._wire.call(call)
            except NotSent:
                await asyncio.sleep(pause)
        return await self._wire.call(call)

    async def _again(self, call: Call, tries: int) -> Reply:
        """A call that costs nothing: tried again after whatever may pass."""
        for pause in _PAUSES[: tries - 1]:
            try:
                reply = await self._wire.call(call)
                if reply.status < 500:
                    return reply
            except (NotSent, Broken):
                pass
            await asyncio.sleep(pause * (1 + random.random() / 4))  # noqa: S311
        return await self._wire.call(call)

    def _unavailable(self, what: str) -> EngineError:
        return EngineError(FailureCode.UNAVAILABLE, f"{self._provider.title} {what}", retryable=True)
