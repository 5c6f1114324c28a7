"""The networks that paint: one with 26 styles of its own, and one that takes its style from a picture."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.style.styles import COUNT
from rushes.processors import threads

Picture = NDArray[np.uint8]
Weights = NDArray[np.float32]

_STEP = 4
"""The networks halve their input twice."""
_LEAST = 64
"""The shortest side, in pixels, at which they still see something."""
_STYLE_SIDE = 256
_THREADS = 4


class Painter(Protocol):
    """Paints pictures. `share`, 0-1: how much of its work is to be seen in a result."""

    share: float

    def paint(self, picture: Picture) -> Picture:
        """RGB uint8 (h, w, 3) of any size, painted anew at that size."""
        ...


class Painting:
    """The network with 26 styles. Weights (26,) are 0 or more and come to 1: a mixture of styles."""

    def __init__(self, folder: Path, weights: Weights, share: float) -> None:
        self.share = share
        self._session = _session(folder / "multistyle26.onnx")
        self._weights = weights

    def paint(self, picture: Picture) -> Picture:
        padded, (height, width) = _padded(picture)
        planes = np.ascontiguousarray(padded.transpose(2, 0, 1)[None])
        painted = self._session.run(None, {"image": planes, "style_weights": self._weights})[0][0]
        return _picture(painted.transpose(1, 2, 0)[:height, :width], picture)


class Likeness:
    """The network that paints like a given picture. Its style is a point in a space of 100 dimensions.

    Below full strength it paints in a style on the way from the first picture's own one to the wanted one.
    """

    def __init__(self, folder: Path, style: Picture, strength: float) -> None:
        """style: RGB uint8 of any size; what is around its middle square is not looked at. strength: 0-1."""
        # Half of the way in style shows little yet: the pixels go ahead.
        self.share = 1 - (1 - strength) ** 2
        self._strength = strength
        self._folder = folder
        self._wanted = self._point(style)
        self._used: Weights | None = self._wanted if strength >= 1 else None

    def paint(self, picture: Picture) -> Picture:
        if self._used is None:
            # Found once: a clip whose style went along with its pictures would tremble.
            self._used = self._strength * self._wanted + (1 - self._strength) * self._point(picture)
        padded, (height, width) = _padded(picture)
        session = _any_size(self._folder / "arbitrary_transform.onnx")
        content, style = (given.name for given in session.get_inputs())
        painted = session.run(None, {content: padded[None], style: self._used})[0][0]
        return _picture(painted[:height, :width], picture)

    def _point(self, picture: Picture) -> Weights:
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = picture[top : top + side, left : left + side]
        small = cv2.resize(square, (_STYLE_SIDE, _STYLE_SIDE), interpolation=cv2.INTER_AREA)
        session = _session(self._folder / "arbitrary_predict.onnx")
        found: Weights = session.run(None, {session.get_inputs()[0].name: small[None].astype(np.float32) / 255})[0]
        return found


def mixture(index: int, other: int | None = None, part: float = 0.0) -> Weights:
    """The weights of one style, or of one with a part of another."""
    weights = np.zeros(COUNT, np.float32)
    weights[index] = 1
    if other is not None:
        weights *= 1 - part
        weights[other] += part
    return weights


def _padded(picture: Picture) -> tuple[Weights, tuple[int, int]]:
    """Floats in 0-1 with sides that the networks take, and the size of the part that counts."""
    height, width = picture.shape[:2]
    grown = max(1.0, _LEAST / min(height, width))
    size = (round(width * grown), round(height * grown))
    if grown > 1:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
    right, below = -size[0] % _STEP, -size[1] % _STEP
    padded = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    return padded.astype(np.float32) / np.float32(255), (size[1], size[0])


def _picture(painted: Weights, like: Picture) -> Picture:
    result = (np.clip(painted, 0, 1) * 255 + 0.5).astype(np.uint8)
    if result.shape != like.shape:
        result = cv2.resize(result, like.shape[1::-1], interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(result)


@lru_cache(maxsize=4)
def _session(path: Path) -> Any:
    return _opened(str(path))


@lru_cache(maxsize=1)
def _any_size(path: Path) -> Any:
    """A network that was written for one size, freed from it: nothing in it but its declarations depends on that."""
    import onnx

    model = onnx.load(str(path))
    for value in (model.graph.input[0], model.graph.output[0]):
        for axis in (1, 2):
            value.type.tensor_type.shape.dim[axis].dim_param = "height" if axis == 1 else "width"
    del model.graph.value_info[:]
    return _opened(model.SerializeToString())


def _opened(model: str | bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads(_THREADS)
    options.log_severity_level = 3
    # A plan of memory for every size of picture: twice the memory, and no faster.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
