"""Kokoro: phonemes and a voice → sound. 24 kHz, one channel, float32."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.processors import threads

RATE = 24_000
SLOWEST, FASTEST = 0.8, 1.2
"""Speeds that the model speaks well at. At 2 it swallows sounds and at 0.5 it adds some, so that a recogniser no
longer understands it; its normal speech, stretched to the same length, it does."""
_WIDTH = 256
_QUIET = 0.005
_BEFORE, _BEHIND = 0.05, 0.12
"""Seconds kept around the sound: the model leaves between nothing and a second, and pauses are ours to make."""
_THREADS = 4

Samples = NDArray[np.float32]


class Kokoro:
    """The model and the voices of one folder (the weights group `voice`)."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        self._folder = folder
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads(_THREADS)
        # Every piece has another length: plans of memory for each would only pile up.
        options.enable_mem_pattern = False
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "kokoro.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._ids: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        self._styles = cache(self._read_style)

    def voices(self) -> list[str]:
        """The names of the voices that are here."""
        return sorted(path.stem for path in self._folder.glob("*.bin"))

    def say(self, phonemes: str, voice: str, speed: float) -> Samples:
        """Speak at `speed` (SLOWEST to FASTEST), without silence around it. Unknown phonemes are left out."""
        ids = [self._ids[sign] for sign in phonemes if sign in self._ids]
        style = self._styles(voice)
        given = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            # A voice speaks a little differently by the length of what it says: a row for each.
            "style": style[min(max(len(ids), 1), len(style)) - 1][None],
            "speed": np.array([speed], np.float32),
        }
        return trimmed(self._session.run(None, given)[0].reshape(-1))

    def _read_style(self, voice: str) -> Samples:
        return np.fromfile(self._folder / f"{voice}.bin", "<f4").reshape(-1, _WIDTH)


def trimmed(samples: Samples) -> Samples:
    """The sound with only a little of the silence before and behind it."""
    loud = np.flatnonzero(np.abs(samples) > _QUIET * max(float(np.abs(samples).max(initial=0.0)), 1e-6))
    if not loud.size:
        return samples[:0]
    return samples[max(0, loud[0] - round(_BEFORE * RATE)) : loud[-1] + round(_BEHIND * RATE)]


@lru_cache(maxsize=1)
def loaded(folder: Path) -> Kokoro:
    """The model, kept by this process from one task to the next."""
    return Kokoro(folder)
