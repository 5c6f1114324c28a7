from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.e2e.server import Server
from tests.media.filmed import film

MODELS = Path(os.environ.get("RUSHES_TEST_MODELS", "/nonexistent"))
Make = Callable[..., httpx.Client]


def needs(*groups: str) -> pytest.MarkDecorator:
    """Skips a test whose weights are not installed."""
    missing = [group for group in groups if not (MODELS / group).is_dir()]
    return pytest.mark.skipif(bool(missing), reason=f"weights not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with its real engines; every test has an account of its own."""
    home = tmp_path_factory.mktemp("editing") / "home"
    home.mkdir()
    if MODELS.is_dir():
        (home / "models").symlink_to(MODELS)
    running = Server(home, text_model="off").start()
    yield running
    assert running.audit()["ok"]
    running.close()


@pytest.fixture
def user(server: Server, request: pytest.FixtureRequest) -> Make:
    """Makes clients of new accounts: user(), user("other", tier="free", credits=5)."""

    def make(who: str = "user", *, tier: str = "enterprise", credits: int = 1000) -> httpx.Client:
        address = f"{who}.{abs(hash(request.node.nodeid)) % 10**10}@example.com"
        return server.client(server.key(address, tier=tier, credits=credits, dialect="studio"))

    return make


@pytest.fixture
def client(user: Make) -> httpx.Client:
    """A new account with all rights."""
    return user()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of 160x120 at 24 frames a second, brighter from frame to frame, with a tone."""
    pictures = [np.full((120, 160, 3), 20 + 3 * number, np.uint8) for number in range(72)]
    path = film(tmp_path_factory.mktemp("clip") / "clip.mp4", pictures, sound="aac", seconds=3.0)
    return path.read_bytes()


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A PNG: something red and round before a wall."""
    import io

    from PIL import Image, ImageDraw

    image = Image.new("RGB", (192, 128), (150, 190, 220))
    ImageDraw.Draw(image).ellipse((60, 20, 132, 118), fill=(190, 40, 30))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
