"""Running the engine's entry, for the tests of this room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.engines.contract import Mode, Request
from rushes.engines.local.music.music import run
from tests.music.analysis import decoded

NO_MODELS: dict[str, Any] = {"models": "/nonexistent", "offline": True}


def asked(prompt: str, seconds: float, *, seed: int = 1, count: int = 1, negative: str = "", **extra: Any) -> Request:
    return Request(
        job="job_1",
        model="m",
        mode=Mode.TEXT_TO_AUDIO,
        prompt=prompt,
        width=0,
        height=0,
        seconds=seconds,
        seed=seed,
        count=count,
        negative_prompt=negative,
        extra={"format": "wav"} | extra,
    )


def made(
    folder: Path, settings: dict[str, Any], prompt: str, seconds: float, **more: Any
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """The sound and the warnings."""
    folder.mkdir(exist_ok=True)
    (output,), warnings = run(asked(prompt, seconds, **more), folder, lambda _: None, settings)
    return decoded(Path(output.location)), warnings
