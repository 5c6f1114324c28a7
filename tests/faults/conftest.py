from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from rushes import ledger, services
from rushes.accounts import create_user
from rushes.catalog import Catalog, PerCall, Route, Wish, load_catalog, make_plan
from rushes.engines.cloud import engine as cloud
from rushes.engines.cloud.engine import CloudEngine
from rushes.engines.contract import Engine, Mode
from rushes.jobs import Job, Order, audit, refusals, results, runner, worker
from rushes.ledger import Wallet
from rushes.net.guard import GuardedClient
from rushes.settings import load as load_settings
from tests.faults.peer import Peer, PeerProvider, running_peer

CREDITS = 100
PRICE = 5


class House:
    """A server's services over peers, with one account of 100 credits. Every job costs 5."""

    def __init__(self, built: services.Services, account: str) -> None:
        self.services = built
        self.account = account

    async def submit(self, prompt: str, model: str = "composer", **wish: Any) -> Job:
        plan = make_plan(
            self.services.catalog, Wish(model=model, prompt=prompt, mode=Mode.TEXT_TO_VIDEO, seconds=5, **wish)
        )
        return await self.services.jobs.submit(self.account, Order(plan=plan, dialect="rushes"))

    async def over(self, job: Job, seconds: float = 40) -> Job:
        found = await self.services.jobs.wait(self.account, job.id, seconds)
        assert found is not None
        assert found.terminal, (found.state, found.submission, found.engine)
        return found

    async def wallet(self) -> Wallet:
        return await self.services.database.read(ledger.wallet(self.account))


Open = Callable[..., Any]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses as short as tests need them."""
    monkeypatch.setattr(cloud, "_PAUSES", (0.01, 0.01))
    monkeypatch.setattr(cloud, "_POLL", 0.02)
    monkeypatch.setattr(cloud, "_POLL_MOST", 0.1)
    monkeypatch.setattr(cloud, "_FETCH_PAUSES", (0.01, 0.01))
    monkeypatch.setattr(runner, "BETWEEN", 0.05)
    monkeypatch.setattr(results, "_FETCH_PAUSES", (0.01,))
    monkeypatch.setattr(refusals, "PAUSE", 0.01)
    monkeypatch.setattr(worker, "LOOK_AGAIN", 0.1)


@pytest.fixture
def opened(tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Services whose model "composer" goes to the named peers, in this order, each a CloudEngine of its own."""

    @asynccontextmanager
    async def opening(peers: Mapping[str, Peer | str], **settings: Any) -> AsyncIterator[House]:
        guarded = GuardedClient(allow_private=True)
        engines: dict[str, Engine] = {
            name: CloudEngine(
                name, PeerProvider(), httpx.AsyncClient(trust_env=False), guarded,
                key="k", base=to.url if isinstance(to, Peer) else to,
            )
            for name, to in peers.items()
        }  # fmt: skip
        monkeypatch.setattr(services, "load_catalog", lambda: _catalog(tuple(peers)))
        environ = {"RUSHES_HOME": str(tmp_path / "home"), "RUSHES_TEXT_MODEL": "off", "RUSHES_LOG_LEVEL": "error"}
        environ |= {f"RUSHES_{name.upper()}": str(value) for name, value in settings.items()}
        built = await services.build(load_settings(environ), worker=True, engines=engines)
        user = await built.database.write(create_user("ada@example.com", tier="enterprise", credits=CREDITS))
        try:
            yield House(built, user.account)
            findings = await built.database.read(ledger.audit()) + await built.database.read(audit.audit())
            assert [finding for finding in findings if finding.mismatch] == []
        finally:
            await built.close()
            await guarded.close()

    return opening


def _catalog(names: tuple[str, ...]) -> Catalog:
    known = load_catalog()
    routes = tuple(Route(engine=name, upstream="m", cost=PerCall(number + 1)) for number, name in enumerate(names))
    composer = msgspec.structs.replace(known.models["composer"], routes=routes)
    alone = [
        msgspec.structs.replace(composer, id=f"only-{route.engine}", aliases=(), routes=(route,)) for route in routes
    ]
    return Catalog([composer, *alone], known.voices)


def play(story: Awaitable[None]) -> None:
    async def main() -> None:
        async with asyncio.timeout(90):
            await story

    asyncio.run(main())
