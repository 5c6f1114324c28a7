"""Kokoro by onnxruntime alone, phonemes by hibari: a sentence at a time, as in kokoro-onnx's and hibari's examples."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Callable
from pathlib import Path

RATE = 24_000
PAUSE = 0.22
VOICE = "bf_emma"


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import numpy as np
    import onnxruntime
    from hibari.g2p import G2P

    home = models / "voice"
    session = onnxruntime.InferenceSession(str(home / "kokoro.onnx"), providers=["CPUExecutionProvider"])
    ids = json.loads((home / "vocab.json").read_text())["vocab"]
    styles = np.fromfile(home / f"{VOICE}.bin", "<f4").reshape(-1, 256)
    read = G2P(british=True)

    def work(given: list[str], text: str, folder: Path) -> None:
        parts = []
        for sentence in re.split(r"(?<=[.?!])\s+", text):
            tokens = [ids[sign] for sign in read(sentence) if sign in ids]
            spoken = session.run(
                None,
                {
                    "tokens": np.array([[0, *tokens, 0]], np.int64),
                    "style": styles[len(tokens) - 1][None],
                    "speed": np.ones(1, np.float32),
                },
            )[0].reshape(-1)
            parts += [spoken, np.zeros(round(PAUSE * RATE), np.float32)]
        with wave.open(str(folder / "plain.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.clip(np.concatenate(parts), -1, 1) * 32767).astype("<i2").tobytes())

    return work
