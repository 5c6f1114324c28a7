"""The small model, where its weights are: RUSHES_TEST_MODELS names the store's folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rushes.engines.local.store import ModelStore


@pytest.fixture(scope="session")
def models() -> Path:
    named = os.environ.get("RUSHES_TEST_MODELS")
    if not named or ModelStore(Path(named), offline=True).path("llm_tiny") is None:
        pytest.skip("RUSHES_TEST_MODELS names no store with llm_tiny")
    return Path(named)
