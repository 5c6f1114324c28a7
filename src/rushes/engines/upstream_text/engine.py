"""Any OpenAI-compatible service as a text engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import structlog

from rushes.engines.contract import EngineError, FailureCode, Health
from rushes.engines.text import Chat, End, Piece
from rushes.engines.upstream_text.chunks import Answer
from rushes.engines.upstream_text.faults import fault_of, message_of
from rushes.engines.upstream_text.sse import TooLongEvent, events

log = structlog.get_logger("upstream-text")

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Nothing of the request can have arrived: it is safe to send it again."""
_PAUSES = (0.5, 2.0)
"""Seconds before each further try to connect."""
_LONGEST_ANSWER = 64 << 20
_LONGEST_FAULT = 1 << 16
_FAULT_LASTS = 30.0
"""Seconds that a fault is thought to last, for `health`."""


class UpstreamText:
    """Writes text by POST {base_url}/chat/completions.

    `client` is this engine's own from now on. `key` may be empty. `models` gives the service's name for a name of
    ours; a name that is not in it becomes `model`, or stays as it is where that is empty. `limit_field` is what the
    service calls the limit of the answer. A silence of `silence_seconds` ends an answer, and so do `limit_seconds`
    in all.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str,
        key: str,
        *,
        name: str = "upstream",
        models: Mapping[str, str] | None = None,
        model: str = "",
        limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens",
        silence_seconds: float = 120.0,
        limit_seconds: float = 1800.0,
    ) -> None:
        self.name = name
        self._client = client
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._key = key
        self._models = dict(models or {})
        self._model = model
        self._limit_field = limit_field
        self._timeout = httpx.Timeout(silence_seconds, connect=10.0, pool=10.0)
        self._limit_seconds = limit_seconds
        self._fault = ""
        self._fault_at = 0.0

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        """See TextEngine. A service that does not count its tokens is an EngineError at the end of the answer."""
        model = self._models.get(chat.model) or self._model or chat.model
        try:
            async with self._answer(self._body(chat, model)) as response:
                answer = Answer(model, self._key)
                async for data in events(self._bounded(response)):
                    if data.strip() == b"[DONE]":
                        break
                    if (piece := answer.add(data)) is not None:
                        yield piece
                yield answer.end()
        except EngineError as error:
            self._note(error)
            raise
        except TooLongEvent:
            raise self._note(_unavailable("sent something that is not a chat completion")) from None
        except httpx.TimeoutException:
            raise self._note(_unavailable("did not answer in time")) from None
        except httpx.HTTPError as error:
            log.warning("text service broke off", url=self._url, error=repr(error))
            raise self._note(_unavailable("broke off")) from None
        self._fault = ""

    async def health(self) -> Health:
        """See TextEngine. Goes by what happened last: asking would be one more call to wait for."""
        recent = asyncio.get_running_loop().time() - self._fault_at < _FAULT_LASTS
        return Health(ready=not (self._fault and recent), reason=self._fault if recent else "")

    async def close(self) -> None:
        """See TextEngine."""
        await self._client.aclose()

    def _body(self, chat: Chat, model: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": model,
            "messages": list(chat.messages),
            self._limit_field: chat.max_tokens,
            "temperature": chat.temperature,
            "top_p": chat.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        # Not every service knows these, so they are sent only where they say something.
        wanted: dict[str, Any] = {
            "stop": list(chat.stop),
            "presence_penalty": chat.presence_penalty,
            "frequency_penalty": chat.frequency_penalty,
            "tools": list(chat.tools),
            "tool_choice": chat.tool_choice,
            "response_format": chat.response_format,
        }
        if chat.one_call and chat.tools:
            body["parallel_tool_calls"] = False
        body |= {field: value for field, value in wanted.items() if value}
        if chat.seed is not None:
            body["seed"] = chat.seed
        return body

    @asynccontextmanager
    async def _answer(self, body: dict[str, Any]) -> AsyncIterator[httpx.Response]:
        """A response with status 200 and a stream of events. Raises EngineError, httpx.HTTPError."""
        response = await self._send(body)
        try:
            if response.status_code != httpx.codes.OK:
                raise await self._refusal(response)
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "text/event-stream":
                raise _unavailable("did not send a stream")
            yield response
        finally:
            await response.aclose()

    async def _send(self, body: dict[str, Any]) -> httpx.Response:
        # Uncompressed: each event is wanted when it is sent, and nothing can unfold to more than was counted.
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = self._client.build_request("POST", self._url, json=body, headers=headers, timeout=self._timeout)
        for pause in (*_PAUSES, None):
            try:
                # A redirect is never followed: the key is for this address only.
                return await self._client.send(request, stream=True, follow_redirects=False)
            except _NOT_SENT as error:
                log.warning("text service cannot be reached", url=self._url, error=repr(error), again_in=pause)
                if pause is None:
                    fault = EngineError(FailureCode.UNAVAILABLE, "the text service cannot be reached", retryable=True)
                    raise fault from error
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _refusal(self, response: httpx.Response) -> EngineError:
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _LONGEST_FAULT:
                break
        said = message_of(body).replace(self._key or "\0", "…")
        log.warning("text service refused", url=self._url, status=response.status_code, said=said)
        return fault_of(response.status_code, body, self._key)

    async def _bounded(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The bytes of an answer, as long as it keeps within its time and a sensible size."""
        until = asyncio.get_running_loop().time() + self._limit_seconds
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > _LONGEST_ANSWER:
                raise _unavailable("sent more than an answer")
            if asyncio.get_running_loop().time() > until:
                raise _unavailable("did not come to an end")
            yield chunk

    def _note(self, error: EngineError) -> EngineError:
        """Remember what concerns the service, not one request."""
        if error.code in (FailureCode.UNAVAILABLE, FailureCode.QUOTA):
            self._fault = error.message
            self._fault_at = asyncio.get_running_loop().time()
        return error


def _unavailable(what: str) -> EngineError:
    return EngineError(FailureCode.UNAVAILABLE, f"the text service {what}")
