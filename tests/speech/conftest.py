"""The voices, where their weights are: RUSHES_TEST_MODELS names the store's folder."""

from __future__ import annotations

from typing import Any

import pytest

from tests.speech.spoken import settings_for


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    return settings_for("voice")
