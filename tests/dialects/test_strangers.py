"""What those without credentials may choose: their address, and the Host header of a signed link."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, cast

import httpx
import pytest
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.routing import Route

from rushes.accounts import load_tiers
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.problems import Problem
from rushes.dialects.kit.routing import Paths
from rushes.dialects.rushes.files import Files
from rushes.ids import now_ms
from rushes.library.signing import sign
from rushes.net.addresses import subscriber
from rushes.net.limits import WindowLimiter

SECRET = "a secret of tests"


class _Empty:
    """A library without files: who gets as far as asking it has passed the link's check."""

    async def get(self, _asset: str) -> None:
        return None


def test_the_link_that_is_judged_is_the_one_that_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    # Releases of Starlette before 1.0 put the Host header into `request.url` as it came.
    monkeypatch.setattr(
        Request, "url", property(lambda self: URL(f"http://{self.headers['host']}{self.scope['path']}"))
    )
    app = Paths([Route("/files/{name}", Files(cast(Any, _Empty()), SECRET))], None)
    link = sign("/files/mine.png", now_ms() // 1000 + 60, SECRET)

    async def ask() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            assert (await client.get(f"/files/mine.png?{link}")).status_code == 404
            for host in ("here", "here/files/mine.png?", "here/files/mine.png#"):
                answer = await client.get(f"/files/yours.png?{link}", headers={"Host": host})
                assert answer.status_code == 403, host

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2a00:1:2:3:4:5:6:7", "2a00:1:2:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_whom_an_address_stands_for(address: str, counted: str) -> None:
    assert subscriber(address) == counted


def test_all_addresses_of_one_ipv6_customer_share_a_limit() -> None:
    gate = Gate(cast(Any, None), load_tiers(), WindowLimiter(), SECRET, dialect="studio")

    async def admitted(prefix: str) -> int:
        count = 0
        for number in range(1, 100):
            scope = {"type": "http", "method": "POST", "path": "/api/login", "headers": []}
            with contextlib.suppress(Problem):
                await gate.door(Request({**scope, "client": (f"{prefix}{number}", 1)}))
                count += 1
        return count

    assert asyncio.run(admitted("2a00:1:2:3::")) == 10
    assert asyncio.run(admitted("2a00:1:2:4::")) == 10
    assert asyncio.run(admitted("198.51.100.")) == 99
