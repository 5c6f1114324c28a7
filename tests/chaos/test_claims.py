"""The database goes away in the middle of a request with an Idempotency-Key: the key is not lost with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts import create_user
from rushes.db import Database, Unavailable
from rushes.db.opening import open_database
from rushes.dialects.kit import once
from rushes.node import Node


class Away:
    """A database that cannot be reached for the write number `at`; `late`: only its answer is lost."""

    def __init__(self, database: Database, at: int, *, late: bool) -> None:
        self._database = database
        self._left = at
        self._late = late

    async def write(self, steps: Any) -> Any:
        self._left -= 1
        if self._left:
            return await self._database.write(steps)
        if self._late:
            await self._database.write(steps)
        raise Unavailable("the database cannot be reached now")


def post() -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    headers = [(b"idempotency-key", b"k"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    return Request(scope, receive)


TAKING, ENDING = 1, 2


@pytest.mark.parametrize(
    ("at", "late", "works", "runs"),
    [
        pytest.param(TAKING, False, True, 1, id="nothing was claimed"),
        pytest.param(TAKING, True, True, 1, id="claimed, and nobody heard"),
        pytest.param(ENDING, False, True, 1, id="done, and the answer not kept"),
        pytest.param(ENDING, False, False, 2, id="the work fails too, and the key is not given back"),
        pytest.param(ENDING, True, False, 2, id="the work fails too, and the key is given back unheard"),
    ],
)
def test_what_is_sent_again_is_answered(
    at: int, late: bool, works: bool, runs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "_AGAIN", 0.05)
    ran = []

    async def work(_: Request) -> Response:
        ran.append(1)
        if not works and len(ran) == 1:
            raise Unavailable("the database cannot be reached now")
        return Response("{}", 202, media_type="application/json")

    async def story() -> None:
        database = await open_database(tmp_path, "", sync="normal", connections=2)
        user = await database.write(create_user("ada@example.com", tier="free"))

        async def admit(_: Request) -> Any:
            return SimpleNamespace(who=SimpleNamespace(account=user.account))

        away: Any = Away(database, at, late=late)
        guarded = once.Once(away, Node(tmp_path), max_body=100).guard(work, admit)
        try:
            assert (await guarded(post())).status_code == 202
        except Unavailable:
            pass
        async with asyncio.timeout(20):
            assert (await guarded(post())).status_code == 202
        assert len(ran) == runs
        await database.close()

    asyncio.run(story())
