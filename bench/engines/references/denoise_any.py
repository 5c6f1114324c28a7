"""DeepFilterNet's own library on a sound of any rate and format: decoded, resampled and encoded by PyAV, as its
documentation shows (Cookbook, Audio)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.engines.references.denoise import cleaner


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    cleaned = cleaner(models)

    def work(given: list[str], text: str, folder: Path) -> None:
        with av.open(given[0]) as source:
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
            frames = [piece for frame in source.decode(audio=0) for piece in resampler.resample(frame)]
        samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        frame: Any = av.AudioFrame.from_ndarray(cleaned(samples)[None], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        with av.open(str(folder / "plain.wav"), "w") as out:
            stream: Any = out.add_stream("pcm_s16le", rate=48_000, layout="mono")
            back = av.AudioResampler(format="s16", layout="mono", rate=48_000)
            for piece in back.resample(frame):
                out.mux(stream.encode(piece))
            out.mux(stream.encode(None))

    return work
