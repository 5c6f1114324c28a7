"""What the tests of speaking and of hearing share: running an engine's entry, and counting wrong words."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from rushes.engines.contract import Mode, Request
from rushes.engines.local.speech.speak import run
from rushes.engines.local.store import ModelStore


def settings_for(*groups: str) -> dict[str, Any]:
    """Settings of a store that has these groups; skips the test where there is none."""
    named = os.environ.get("RUSHES_TEST_MODELS")
    if not named or any(ModelStore(Path(named), offline=True).path(group) is None for group in groups):
        pytest.skip(f"RUSHES_TEST_MODELS names no store with {', '.join(groups)}")
    return {"models": named, "offline": True}


def asked(text: str, **extra: Any) -> Request:
    return Request(
        job="job_1", model="m", mode=Mode.TEXT_TO_SPEECH, prompt=text, width=0, height=0, seconds=0, seed=0, extra=extra
    )


def speak(folder: Path, settings: dict[str, Any], text: str, voice: str, **extra: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (output,), _ = run(asked(text, **{"voice": voice, "format": "wav"} | extra), folder, lambda _: None, settings)
    return Path(output.location)


def plain(text: str) -> list[str]:
    return re.sub(r"[^\w' ]", " ", text.lower().replace("’", "'")).split()


def word_errors(said: str, heard: str) -> float:
    """The words put in, left out and changed, as a part of those that were said."""
    wanted, got = plain(said), plain(heard)
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], number
        for at, other in enumerate(got, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1] / len(wanted)
