"""The recogniser and a few recordings, where the weights are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.speech.spoken import settings_for, speak

SAID = {
    "bf_emma": "The boats come home when the storm is over. Nobody talks on the pier, and all the lamps are lit.",
    "bm_george": "She opened the old book and read the first page aloud. It was about a king who could not sleep.",
    "af_heart": "Please put the bread on the table before the children arrive. Everyone is hungry after the long walk.",
    "am_michael": "The train leaves at half past seven in the morning. You should take a warm coat and a good book.",
}
"""A text for each group of voices: words that are spelled in one way only."""


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    return settings_for("voice", "hearing")


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any]) -> dict[str, Path]:
    """A WAV of each text, by voice."""
    folder = tmp_path_factory.mktemp("said")
    return {voice: speak(folder / voice, settings, text, voice) for voice, text in SAID.items()}
