"""Tell the subject of a picture from its background, with a small salient-object network (u2netp)."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Alpha = NDArray[np.float32]

FILE = "u2netp.onnx"
_SIDE = 320
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


class Matte:
    """The loaded network. Safe to share between threads."""

    def __init__(self, path: Path, *, threads: int = 2, ready: bool = False) -> None:
        """path: the model file, or the store's folder that holds it. Raises what onnxruntime raises.

        ready: keep the memory of a look, 250 MB, for the next one, which takes two thirds of the time then.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_cpu_mem_arena = ready
        # The arena's plan for the next run holds 190 MB more than that needs, and is no quicker.
        options.enable_mem_pattern = False
        file = path / FILE if path.is_dir() else path
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name
        self._lock = threading.Lock()

    def alpha(self, image: Picture) -> Alpha:
        """How much each pixel belongs to the subject: RGB uint8 (h, w, 3) in, float32 (h, w) in 0–1 out.

        The edge follows the picture's own edges (guided filter): the network sees 320x320 only.
        """
        height, width = image.shape[:2]
        coarse = self.coarse(image)
        mask = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        return _follow_edges(image, np.clip(mask, 0.0, 1.0))

    def coarse(self, image: Picture) -> Alpha:
        """The network's own answer for an RGB picture of any size and ratio: float32 (320, 320) in 0–1."""
        small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        small = (small / max(float(small.max()), 1.0) - _MEAN) / _SPREAD
        with self._lock:
            answer = self._session.run([self._output], {self._input: small.transpose(2, 0, 1)[None]})[0][0, 0]
        mask: Alpha = answer.astype(np.float32)
        return mask


def _follow_edges(image: Picture, mask: Alpha) -> Alpha:
    """A guided filter: the mask becomes locally a linear function of the brightness, so it snaps to edges."""
    height, width = mask.shape
    radius = max(2, round(max(height, width) / 160))
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(x: Alpha) -> Alpha:
        smooth: Alpha = cv2.blur(x, window)
        return smooth

    guide: Alpha = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    guide_mean, mask_mean = mean(guide), mean(mask)
    slope = (mean(guide * mask) - guide_mean * mask_mean) / (mean(guide * guide) - guide_mean**2 + 1e-3)
    filtered = mean(slope) * guide + mean(mask_mean - slope * guide_mean)
    # A little contrast: without it a grey veil of the background stays around the subject.
    sharp: Alpha = np.clip((filtered - 0.1) / 0.8, 0.0, 1.0)
    return sharp
