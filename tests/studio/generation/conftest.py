from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import Server


class Faked(Server):
    """A server whose engines are quick: words in the prompt steer them ("slow" never ends, "broken" fails)."""

    program = (sys.executable, "-m", "tests.studio.generation.serving")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server; every test has an account of its own."""
    running = Faked(tmp_path_factory.mktemp("studio") / "home")
    running.home.mkdir()
    running.start()
    yield running
    running.close()


Make = Callable[..., httpx.Client]


@pytest.fixture
def user(server: Server, request: pytest.FixtureRequest) -> Make:
    """Makes clients of new accounts: user(), user("other", tier="free", credits=5)."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:40]
    number = 0

    def make(who: str = "user", *, tier: str = "enterprise", credits: int = 10_000) -> httpx.Client:
        nonlocal number
        number += 1
        address = f"{who}{number}.{name}.{abs(hash(request.node.nodeid)) % 10**8}@example.com"
        return server.client(server.key(address, tier=tier, credits=credits, dialect="studio"))

    return make


@pytest.fixture
def client(user: Make) -> httpx.Client:
    """A new account with all rights and plenty of credits."""
    return user()


@pytest.fixture
def stranger(user: Make) -> httpx.Client:
    """Another account."""
    return user("stranger")


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    """A PNG of 96x64 pixels."""
    from PIL import Image

    path = tmp_path / "picture.png"
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(path)
    return path.read_bytes()
