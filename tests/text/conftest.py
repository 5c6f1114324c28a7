"""The small model, where its weights are: RUSHES_TEST_MODELS names the store's folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rushes.engines.local.llm.engine import LocalText
from rushes.engines.local.store import ModelStore


@pytest.fixture(scope="session")
def models() -> Path:
    named = os.environ.get("RUSHES_TEST_MODELS")
    if not named or ModelStore(Path(named), offline=True).path("llm_tiny") is None:
        pytest.skip("RUSHES_TEST_MODELS names no store with llm_tiny")
    return Path(named)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for a module: a model that is loaded once lives in it."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def tiny(models: Path, loop: asyncio.Runner) -> Iterator[LocalText]:
    """The small model, loaded once for a module."""

    async def make() -> LocalText:
        return LocalText(models, group="llm_tiny", offline=True, context_tokens=2048)

    text = loop.run(make())
    yield text
    loop.run(text.close())
