"""The finer network for backgrounds, whose licence asks more: used only where its weights (`matte_fine`) are to be had.

Input and scaling as in IMG.LY's own code (background-removal-js, packages/node/src/inference.ts): 1024x1024, in steps
of 1/256 around 128.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.processors import threads

Picture = NDArray[np.uint8]
Alpha = NDArray[np.float32]

_SIDE = 1024
_THREADS = 4


class FineMatte:
    """The loaded network; a Finder (subject.py). Not to be used by two threads at once."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads(_THREADS)
        # Without the arena a run gives its memory back: it was measured to take half as much.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            str(folder / "isnet.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def coarse(self, image: Picture) -> Alpha:
        """The network's own answer for an RGB picture of any size and ratio: float32 (1024, 1024) in 0-1."""
        shrinks = max(image.shape[:2]) > _SIDE
        square = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        given = ((square.astype(np.float32) - 128) / 256).transpose(2, 0, 1)[None]
        # Only the first of its twelve outputs: the others would be copied for nothing.
        mask: Alpha = self._session.run(["output"], {"input": np.ascontiguousarray(given)})[0][0, 0]
        return mask
