"""Where the faces of a picture are: BlazeFace on the whole of it and, for smaller faces, on parts of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.processors import threads

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]

_SIDE = 128
_GRIDS = ((8, 2), (16, 6))
"""The detector's cells: their size in pixels, and how many faces each can see."""
_PARTS = (1, 2, 4, 8)
"""The picture's long side is looked at as a whole, by halves and so on, each overlapping by a half."""
_LARGE = 0.25
"""Of the picture's long side: a face of that size is seen in the whole, and so is any larger one."""
_LEAST_PART = 192
"""Pixels: what is smaller in a picture of ordinary sharpness is no face to put another over."""
_SURE, _SURER = 0.5, 0.7
"""Scores that count as a face: in the whole picture, and in a part of it, where there are more ways to be wrong."""
_SAME = 0.5
"""Of two boxes that share more than this part of the smaller one, the one with the lower score goes."""


@dataclass(frozen=True, slots=True)
class Found:
    """A face: its box (left, top, right, bottom) and its eyes (2, 2), left one first, in pixels."""

    box: Points
    eyes: Points
    score: float

    @property
    def area(self) -> float:
        return float((self.box[2] - self.box[0]) * (self.box[3] - self.box[1]))


class FaceFinder:
    """The detector. Not to be used by two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._network = interpreter(folder / "face_detection_short_range.tflite")

    def faces(self, picture: Picture, *, largest: bool = False) -> list[Found]:
        """The faces of an RGB picture uint8 (h, w, 3), from left to right.

        largest: smaller ones than the largest need not be among them.
        """
        seen: list[Found] = []
        for part, (left, top, side) in _parts(*picture.shape[1::-1]):
            if part > 1 and largest and any(face.area > (_LARGE * max(picture.shape)) ** 2 for face in seen):
                # No part of the picture shows a larger one.
                break
            seen += self._look(picture, left, top, side, _SURE if part == 1 else _SURER)
        kept: list[Found] = []
        for face in sorted(seen, key=lambda face: -face.score):
            if all(_shared(face.box, other.box) < _SAME for other in kept):
                kept.append(face)
        return sorted(kept, key=lambda face: float(face.box[0] + face.box[2]))

    def _look(self, picture: Picture, left: int, top: int, side: int, sure: float) -> list[Found]:
        height, width = picture.shape[:2]
        x, y = max(0, left), max(0, top)
        part = picture[y : min(height, top + side), x : min(width, left + side)]
        square = np.zeros((side, side, 3), np.uint8)
        square[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]] = part
        small = cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        found = self._network(small.astype(np.float32)[None] / 127.5 - 1)
        boxes, scores = (next(one[0] for one in found if one.shape[-1] == size) for size in (16, 1))
        likely = 1 / (1 + np.exp(-np.clip(scores[:, 0], -50, 50)))
        # A box is x, y, width, height; then six points: eyes, nose, mouth, ears. All from the middle of its cell.
        for_all = boxes.reshape(-1, 8, 2) / _SIDE
        middles = for_all[:, 0] + _anchors()
        faces = []
        for at in np.flatnonzero(likely > sure):
            half = for_all[at, 1] / 2
            box = np.concatenate([middles[at] - half, middles[at] + half]) * side + (left, top, left, top)
            eyes = (for_all[at, 2:4] + _anchors()[at]) * side + (left, top)
            faces.append(Found(box.astype(np.float32), eyes.astype(np.float32), float(likely[at])))
        return faces


def interpreter(path: Path) -> Any:
    """A function from a tflite network's one input to the list of its outputs, each a new array."""
    from ai_edge_litert.interpreter import Interpreter

    network = Interpreter(str(path), num_threads=threads(2))
    network.allocate_tensors()
    target = network.get_input_details()[0]["index"]
    sources = [detail["index"] for detail in network.get_output_details()]

    def run(given: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        network.set_tensor(target, given)
        network.invoke()
        return [network.get_tensor(source) for source in sources]

    return run


def _parts(width: int, height: int) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """Squares to look at: left, top, side. The first holds all of the picture, and more."""
    whole = max(width, height)
    yield 1, ((width - whole) // 2, (height - whole) // 2, whole)
    for part in _PARTS[1:]:
        side = whole // part
        if side < _LEAST_PART:
            return
        for top in _steps(height, side):
            for left in _steps(width, side):
                yield part, (left, top, side)


def _steps(length: int, side: int) -> list[int]:
    if length <= side:
        return [(length - side) // 2]
    count = -(-(length - side) * 2 // side)
    return [round(step * (length - side) / count) for step in range(count + 1)]


def _shared(one: Points, other: Points) -> float:
    """The part of the smaller box that the two have in common."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    return float(across * down / min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)))


@lru_cache(maxsize=1)
def _anchors() -> Points:
    """The middle (896, 2) of the cell of each answer, in 0-1."""
    rows = []
    for size, faces in _GRIDS:
        line = (np.arange(_SIDE // size) + 0.5) * size / _SIDE
        across, down = np.meshgrid(line, line)
        rows.append(np.repeat(np.stack([across.ravel(), down.ravel()], axis=1), faces, axis=0))
    return np.concatenate(rows).astype(np.float32)
