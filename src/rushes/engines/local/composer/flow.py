"""Where every pixel of a picture between two others comes from: by the RIFE network, or by optical flow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]

FILE = "flow.onnx"
STEP = 64
"""The network halves its input six times in all."""


@dataclass(frozen=True, slots=True)
class Motion:
    """The way from a moment between two pictures to both of them.

    to_first, to_last: (h, w, 2), pixels to the right and down to the same thing in that picture.
    share: (h, w) in 0–1, how far the first picture is to be believed there.
    """

    to_first: Field
    to_last: Field
    share: Field

    def resized(self, width: int, height: int) -> Motion:
        """The same motion for pictures of another size."""
        factor = (width / self.share.shape[1], height / self.share.shape[0], 0.0, 0.0)
        size = (width, height)
        return Motion(
            cv2.multiply(cv2.resize(self.to_first, size), factor),
            cv2.multiply(cv2.resize(self.to_last, size), factor),
            cv2.resize(self.share, size),
        )

    def towards(self, other: Motion, amount: float) -> Motion:
        """A mixture with another motion: 0 is this one, 1 the other."""
        keep = 1.0 - amount
        return Motion(
            cv2.addWeighted(self.to_first, keep, other.to_first, amount, 0),
            cv2.addWeighted(self.to_last, keep, other.to_last, amount, 0),
            cv2.addWeighted(self.share, keep, other.share, amount, 0),
        )

    def after(self, coarse: Motion) -> Motion:
        """This motion, found between pictures that `coarse` has moved already, as one from the originals."""
        return Motion(
            self.to_first + pulled(coarse.to_first, self.to_first),
            self.to_last + pulled(coarse.to_last, self.to_last),
            self.share,
        )


class MotionFinder(Protocol):
    """Finds motion between two RGB pictures of the same size, sides multiples of STEP, for a time in 0–1."""

    def between(self, first: Picture, last: Picture, time: float) -> Motion: ...


def pulled(picture: NDArray[np.generic], offsets: Field) -> Field:
    """A picture, every pixel taken from `offsets` (h, w, 2) away; past the edge the edge goes on."""
    height, width = offsets.shape[:2]
    x = offsets[..., 0] + np.arange(width, dtype=np.float32)
    y = offsets[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    moved: Field = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved


class Rife:
    """RIFE v4, as converted by the store. Not to be used by two threads at once."""

    def __init__(self, path: Path, *, threads: int = 2, alone: bool = True) -> None:
        """path: the model file, or the store's folder that holds it. alone: nothing else computes meanwhile, so that
        its threads may wait by spinning. Raises what onnxruntime raises."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_mem_pattern = False  # a plan of its memory takes 18 MB more, and is no quicker
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(alone)))
        file = path / FILE if path.is_dir() else path
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def between(self, first: Picture, last: Picture, time: float) -> Motion:
        """The network's answer."""
        height, width = first.shape[:2]
        flow, share = self._session.run(
            ["flow", "mask"],
            {
                "first": _planes(first),
                "last": _planes(last),
                "t": np.full((1, 1, 1, 1), time, np.float32),
                "grid": _grid(width, height),
                "step": np.array([2 / (width - 1), 2 / (height - 1)], np.float32).reshape(1, 1, 1, 2),
            },
        )
        # OpenCV puts planes side by side ten times as fast as NumPy does.
        return Motion(cv2.merge([*flow[0, :2]]), cv2.merge([*flow[0, 2:]]), share[0, 0])


class OpticalFlow:
    """Dense inverse search flow both ways, bent to the moment asked for. For when there is no network."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def between(self, first: Picture, last: Picture, time: float) -> Motion:
        """Assumes that things move straight and evenly."""
        before, after = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (first, last))
        there: Field = self._flow.calc(before, after, None)
        back: Field = self._flow.calc(after, before, None)
        # Both are known at the ends only; near each end its own flow is the better guess for the middle.
        rest = 1.0 - time
        to_first = time * (time * back - rest * there)
        to_last = rest * (rest * there - time * back)
        share = np.full(before.shape, rest, np.float32)
        return Motion(to_first.astype(np.float32), to_last.astype(np.float32), share)


@lru_cache(maxsize=4)
def _grid(width: int, height: int) -> Field:
    """Where each pixel is, in -1 to 1: (1, h, w, 2). The same for all pictures of a size."""
    across = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    down = np.linspace(-1.0, 1.0, height, dtype=np.float32)
    return np.stack(np.meshgrid(across, down), axis=-1)[None]


def _planes(picture: Picture) -> Field:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(255)
