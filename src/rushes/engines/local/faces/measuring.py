"""The 468 points of a face: where its features are, to the pixel."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.faces.finding import Found, Picture, Points, interpreter

COUNT = 468
NOSE, LEFT_CHEEK, RIGHT_CHEEK, BROW, CHIN = 1, 234, 454, 10, 152
"""Points that tell which way a face looks."""
_SIDE = 192
_ROOM = 1.5
"""The network wants to see this much more than the box."""
_FACE = 0.5
"""The network's own opinion from which on what it sees is a face."""


class FaceMeter:
    """The network of the points. Not to be used by two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._network = interpreter(folder / "face_landmark.tflite")

    def points(self, picture: Picture, face: Found) -> Points | None:
        """The points (468, 2) of a face, in pixels of the RGB picture; None where it turns out to be none."""
        to_crop = _upright(face)
        crop = cv2.warpAffine(picture, to_crop, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
        found = self._network(crop.astype(np.float32)[None] / 255)
        points = next(one for one in found if one.size == COUNT * 3).reshape(COUNT, 3)[:, :2]
        opinion = float(next(one for one in found if one.size == 1).reshape(()))
        if 1 / (1 + np.exp(-opinion)) < _FACE:
            return None
        back = cv2.invertAffineTransform(to_crop)
        own: Points = (points @ back[:, :2].T + back[:, 2]).astype(np.float32)
        return own


def turned(points: Points) -> tuple[float, float]:
    """How far a face looks to its side and up, about -1 to 1: where its nose is between cheeks, brow and chin."""
    return _between(points, LEFT_CHEEK, RIGHT_CHEEK), _between(points, BROW, CHIN)


def _between(points: Points, start: int, end: int) -> float:
    way = points[end] - points[start]
    return 2 * float((points[NOSE] - points[start]) @ way / max(float(way @ way), 1e-6)) - 1


def _upright(face: Found) -> NDArray[np.float64]:
    """From the picture to a square around the face in which its eyes are level."""
    middle = (face.box[:2] + face.box[2:]) / 2
    side = float(np.max(face.box[2:] - face.box[:2])) * _ROOM
    across = (face.eyes[1] - face.eyes[0]) / max(float(np.linalg.norm(face.eyes[1] - face.eyes[0])), 1e-6)
    down = np.array([-across[1], across[0]])
    corner = middle - (across + down) * side / 2
    corners = np.stack([corner, corner + across * side, corner + down * side]).astype(np.float32)
    matrix: NDArray[np.float64] = cv2.getAffineTransform(
        corners, np.array([[0, 0], [_SIDE, 0], [0, _SIDE]], np.float32)
    )
    return matrix
