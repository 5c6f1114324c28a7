"""`Idempotency-Key`: a POST that is sent again under the same key is answered, not done, again.

Wrapped around every creating endpoint of every dialect. What is sent again after a crash finds its job through the
claim (jobs.claims); what is sent while the first is still being worked on waits for its answer.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rushes.db import Database, Steps, Unavailable
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.kit.reading import read_bytes
from rushes.ids import new_id, now_ms
from rushes.jobs import claims
from rushes.node import Node

Handler = Callable[[Request], Awaitable[Response]]
Admit = Callable[[Request], Awaitable[Caller]]
HEADER = "Idempotency-Key"
_JOB = "rushes.job"
_LONGEST_KEY = 255
_LOOK_AGAIN = 0.1
_PATIENCE = 60.0
_AGAIN = 1.0
"""Seconds until what became of a claim is written down, where the database was away."""
_KEPT_BYTES = 1_000_000
"""Larger answers, and files, are made again from the job."""


def claimed_job(request: Request) -> str:
    """The id that the request's job must have, "" when it has no Idempotency-Key."""
    job: str = request.scope.get(_JOB, "")
    return job


class Once:
    """Claims keys for requests, in the database that all processes share."""

    def __init__(self, database: Database, node: Node, *, max_body: int) -> None:
        self._database = database
        self._node = node
        self._max_body = max_body
        self._settling: set[asyncio.Task[None]] = set()

    def guard(self, run: Handler, admit: Admit) -> Handler:
        """`run`, done at most once under one key of one account, that of the caller whom `admit` admits."""

        async def guarded(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None:
                return await run(request)
            if not 1 <= len(key) <= _LONGEST_KEY:
                raise invalid(HEADER, f"must have 1 to {_LONGEST_KEY} characters")
            account = (await admit(request)).who.account
            # Of this attempt alone: when the database goes away, what it had claimed can still be told for certain.
            owner = f"{self._node.id}/{new_id('')}"
            try:
                claim = await self._claim(account, key, await self._fingerprint(request), owner)
            except Unavailable:
                self._settle_later(partial(claims.release, account, key, owner))
                raise
            if isinstance(claim, claims.Kept) and claim.answer is not None:
                return Response(claim.answer, claim.status, {"Idempotent-Replayed": "true"}, claim.media)
            request.scope[_JOB] = claim.job
            try:
                response = await run(request)
            except BaseException:
                await self._release(account, key, owner)
                raise
            if isinstance(response, StreamingResponse):
                response.body_iterator = self._collected(response, response.body_iterator, account, key, owner)
            else:
                await self._keep(account, key, response, bytes(response.body))
            return response

        guarded.__name__ = getattr(run, "__name__", "guarded")
        return guarded

    async def _fingerprint(self, request: Request) -> str:
        body = await read_bytes(request, self._max_body)
        # The boundary of a form is new in every attempt.
        _, _, boundary = request.headers.get("content-type", "").partition("boundary=")
        if boundary:
            body = body.replace(boundary.strip('"').encode(), b"boundary")
        # Not `request.url`, which is also made of the Host header.
        head = f"{request.method}\n{request.scope['path']}?".encode() + request.scope["query_string"] + b"\n"
        return hashlib.sha256(head + body).hexdigest()

    async def _claim(self, account: str, key: str, fingerprint: str, owner: str) -> claims.Taken | claims.Kept:
        until = now_ms() + _PATIENCE * 1000
        while True:
            claim = await self._database.write(claims.take(account, key, fingerprint, owner, now_ms()))
            if not isinstance(claim, claims.Waiting):
                return claim
            if self._node.is_dead(claim.owner.partition("/")[0]):
                taken = await self._database.write(claims.take_over(account, key, claim.owner, owner))
                if taken is not None:
                    return taken
            if now_ms() > until:
                message = "a request with this Idempotency-Key is still being worked on; ask again later"
                raise Problem(409, "request_in_progress", message, retry_after=5)
            await asyncio.sleep(_LOOK_AGAIN)

    async def _keep(self, account: str, key: str, response: Response, body: bytes) -> None:
        media = response.media_type or response.headers.get("content-type", "")
        text = media.startswith(("application/json", "text/")) and len(body) <= _KEPT_BYTES
        answer = body.decode() if text else None
        status = response.status_code
        await self._settle(partial(claims.keep, account, key, status=status, media=media, answer=answer))

    async def _release(self, account: str, key: str, owner: str) -> None:
        # Shielded: the request may be on its way out, and the next one with this key must not wait for it.
        await asyncio.shield(self._settle(partial(claims.release, account, key, owner)))

    async def _settle(self, steps: Callable[[], Steps[None]]) -> None:
        """Write down what became of a claim, now or later: one that a living process holds would last for a day."""
        try:
            await self._database.write(steps())
        except Unavailable:
            self._settle_later(steps)

    def _settle_later(self, steps: Callable[[], Steps[None]]) -> None:
        async def again() -> None:
            while True:
                await asyncio.sleep(_AGAIN)
                try:
                    await self._database.write(steps())
                except Unavailable:
                    continue
                return

        task = asyncio.create_task(again())
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _collected(
        self, response: StreamingResponse, body: AsyncIterable[Any], account: str, key: str, owner: str
    ) -> AsyncIterator[Any]:
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in body:
                data = chunk.encode() if isinstance(chunk, str) else bytes(chunk)
                size += len(data)
                if size <= _KEPT_BYTES:
                    chunks.append(data)
                yield chunk
        except BaseException:
            await self._release(account, key, owner)
            raise
        await self._keep(account, key, response, b"".join(chunks) if size <= _KEPT_BYTES else b" " * (_KEPT_BYTES + 1))
