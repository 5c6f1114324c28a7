from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conformance.engines import ScriptedServer
from tests.conformance.upstream import Upstream, text_service
from tests.conformance.web import Web, web_server
from tests.e2e.server import Server


@contextmanager
def _running(
    factory: pytest.TempPathFactory, name: str, *options: str, kind: type[Server] = Server, **settings: Any
) -> Iterator[Server]:
    home = factory.mktemp(name) / "home"
    home.mkdir()
    server = kind(home, **{"text_model": "off", "fetch_timeout": 5, **settings})
    try:
        yield server.start(*options)
    finally:
        server.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that makes what is asked for."""
    with _running(tmp_path_factory, "server") as running:
        yield running


@pytest.fixture(scope="session")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that accepts jobs and makes nothing: they stay queued."""
    with _running(tmp_path_factory, "idle", "--no-worker") as running:
        yield running


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the network guard as it is by default."""
    with _running(tmp_path_factory, "strict", "--no-worker", net_allow_private=0) as running:
        yield running


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without drafts: it has no engine for anybody else's model. Unlimited tiers have small limits."""
    settings: dict[str, Any] = {"drafts": "off", "enterprise_requests_per_minute": 5, "enterprise_concurrent_jobs": 2}
    with _running(tmp_path_factory, "bare", "--no-worker", **settings) as running:
        yield running


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with text_service() as running:
        yield running


@pytest.fixture(scope="session")
def writer(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Server]:
    """A server whose texts are written by `upstream`."""
    with _running(tmp_path_factory, "writer", "--no-worker", text_upstream=upstream.url) as running:
        yield running


@pytest.fixture(scope="session")
def balance() -> Callable[[Server, str], int]:
    """What a key's account has, in cents."""

    def look(server: Server, key: str) -> int:
        with server.client(key) as client:
            return int(client.get("/v1/account").json()["balance_cents"])

    return look


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose engines do at once what the prompt says (engines.py)."""
    with _running(tmp_path_factory, "scripted", kind=ScriptedServer) as running:
        yield running
