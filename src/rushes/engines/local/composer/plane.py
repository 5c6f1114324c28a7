"""A given picture as a layer that a moving camera shifts and scales, drawn straight into I420 frames (BT.709,
limited range).

Working on brightness and half-size colour instead of RGB halves the work of every frame.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.stage.sheet import TO_YUV, Frame, Sheet, cut_out, halved
from rushes.engines.local.composer.stage.warp import Matrix

__all__ = ["Matrix", "Picture", "Plane", "to_i420", "to_yuv"]

Picture = NDArray[np.uint8]


def to_yuv(image: Picture) -> tuple[Picture, Picture]:
    """An RGB picture of even sides as brightness (h, w) and colour (h / 2, w / 2, 2)."""
    return cv2.transform(image, TO_YUV[:1]), cv2.transform(halved(image), TO_YUV[1:])


def to_i420(light: Picture, colour: Picture) -> Picture:
    """Brightness and half-size colour as one I420 frame (h * 3 / 2, w)."""
    return np.vstack([light, colour.transpose(2, 0, 1).reshape(light.shape[0] // 2, light.shape[1])])


class Plane:
    """An opaque or cut-out picture. `box` bounds what is not transparent: (left, top, right, bottom)."""

    def __init__(self, image: Picture, alpha: Picture | None = None) -> None:
        """image: RGB uint8 (h, w, 3), even sizes; alpha: uint8 (h, w), None for an opaque plane."""
        self._sheet = Sheet(image if alpha is None else cut_out(image, alpha))
        self.box = self._sheet.box

    def paint(self, frame: Picture, matrix: Matrix) -> None:
        """Draw into an I420 frame (h * 3 / 2, w). matrix (2, 3) maps the plane's pixels to the frame's."""
        self._sheet.paint(Frame(frame.shape[1], frame.shape[0] * 2 // 3, frame), matrix)
