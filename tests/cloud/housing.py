"""A whole server of ours before one provider's small server: the job goes the way that every job goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rushes import services
from rushes.accounts import create_user
from rushes.app import create_app
from rushes.catalog import Catalog, PerCall, Route, load_catalog
from rushes.dialects.kit.gate import Gate
from rushes.engines.contract import Engine
from rushes.jobs import audit
from rushes.ledger import audit as audit_books
from rushes.settings import load as load_settings
from tests.cloud.upstreams.base import Handler, Server, running
from tests.faults.conftest import CREDITS, House


class Door(Server):
    """Our own HTTP door on loopback."""

    def __init__(self) -> None:
        super().__init__()
        self.served: Any = None

    def routes(self) -> dict[str, Handler]:
        return {}

    def app(self) -> Any:
        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            await self.served(scope, receive, send)

        return asgi


@asynccontextmanager
async def housed(
    engine: Engine, upstream: str, folder: Path, monkeypatch: pytest.MonkeyPatch, door: Door, public_url: str
) -> AsyncIterator[House]:
    """Services whose only model "composer" goes to `engine`, behind `door`; the books are right when they end."""
    known = load_catalog()
    routes = (Route(engine=engine.name, upstream=upstream, cost=PerCall(Decimal(1))),)
    composer = msgspec.structs.replace(known.models["composer"], routes=routes)
    monkeypatch.setattr(services, "load_catalog", lambda: Catalog([composer], known.voices))
    environ = {"HOME": str(folder / "home"), "TEXT_MODEL": "off", "LOG_LEVEL": "error", "PUBLIC_URL": public_url}
    settings = load_settings({f"RUSHES_{name}": value for name, value in environ.items()})
    built = await services.build(settings, worker=True, engines={engine.name: engine})
    door.served = create_app(built, Gate(built.database, built.tiers, built.limiter, built.secret))
    try:
        async with running(door):
            user = await built.database.write(create_user("ada@example.com", tier="enterprise", credits=CREDITS))
            yield House(built, user.account)
            findings = await built.database.read(audit_books()) + await built.database.read(audit.audit())
            assert [finding for finding in findings if finding.mismatch] == []
    finally:
        await built.close()
