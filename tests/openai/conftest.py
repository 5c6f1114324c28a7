from __future__ import annotations

import io
import sys
import wave
from collections.abc import Iterator

import pytest

from openai import OpenAI
from tests.e2e.server import Server


class Faked(Server):
    """A server whose engines are tests/openai/engines.py."""

    program = (sys.executable, "-m", "tests.openai.serving")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for all tests here: every test has its own account or looks only at its own jobs."""
    running = Faked(tmp_path_factory.mktemp("openai") / "home")
    running.home.mkdir()
    running.start()
    yield running
    running.close()


def client_of(server: Server, key: str) -> OpenAI:
    """The package's client, as its users make it; it sends nothing again, so that errors are seen."""
    return OpenAI(api_key=key, base_url=f"{server.url}/openai/v1", max_retries=0)


@pytest.fixture(scope="session")
def client(server: Server) -> OpenAI:
    return client_of(server, server.key(dialect="openai"))


@pytest.fixture
def speech() -> bytes:
    """Two and a half seconds of a recording."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10\x00\xf0" * 10_000)
    return data.getvalue()
