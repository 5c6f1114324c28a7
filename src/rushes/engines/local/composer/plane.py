"""Flat layers that a moving camera shifts and scales, drawn straight into I420 frames (BT.709, limited range).

Working on brightness and half-size colour instead of RGB halves the work of every frame.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]


# Rows of Y, U, V; the last column is added.
_BT709 = np.array(
    [[0.1826, 0.6142, 0.0620, 16.0], [-0.1006, -0.3386, 0.4392, 128.0], [0.4392, -0.3989, -0.0403, 128.0]]
)


def to_yuv(image: Picture) -> tuple[Picture, Picture]:
    """An RGB picture of even sides as brightness (h, w) and colour (h / 2, w / 2, 2)."""
    return cv2.transform(image, _BT709[:1]), cv2.transform(_halved(image), _BT709[1:])


def to_i420(light: Picture, colour: Picture) -> Picture:
    """Brightness and half-size colour as one I420 frame (h * 3 / 2, w)."""
    return np.vstack([light, colour.transpose(2, 0, 1).reshape(light.shape[0] // 2, light.shape[1])])


class Plane:
    """An opaque or cut-out picture. `box` bounds what is not transparent: (left, top, right, bottom)."""

    def __init__(self, image: Picture, alpha: Picture | None = None) -> None:
        """image: RGB uint8 (h, w, 3), even sizes; alpha: uint8 (h, w), None for an opaque plane."""
        height, width = image.shape[:2]
        self._light, self._colour = to_yuv(image)
        self._alpha, self._alpha_half = alpha, None
        self.box = (0, 0, width, height)
        if alpha is None:
            return
        # Premultiplied, so that warping does not mix in colour from where nothing is.
        self._alpha_half = half = _halved(alpha)
        self._light = cv2.multiply(self._light, alpha, scale=1 / 255)
        self._colour = cv2.multiply(self._colour, cv2.merge([half, half]), scale=1 / 255)
        rows, columns = np.nonzero(alpha.any(axis=1))[0], np.nonzero(alpha.any(axis=0))[0]
        if rows.size:
            self.box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)

    def paint(self, frame: Picture, matrix: Matrix) -> None:
        """Draw into an I420 frame (h * 3 / 2, w). matrix (2, 3) maps the plane's pixels to the frame's."""
        height, width = frame.shape[0] * 2 // 3, frame.shape[1]
        light = frame[:height]
        blue, red = (frame[height:].reshape(2, height // 2, width // 2)[index] for index in (0, 1))
        half = _for_halved(matrix)
        if self._alpha is None or self._alpha_half is None:
            light[:] = _warp(self._light, matrix, (width, height))
            colour = _warp(self._colour, half, (width // 2, height // 2))
            blue[:], red[:] = colour[..., 0], colour[..., 1]
            return
        left, top, right, bottom = self._reach(matrix, width, height)
        if right <= left or bottom <= top:
            return
        size = (right - left, bottom - top)
        _over(
            light[top:bottom, left:right],
            _warp(self._light, _moved(matrix, left, top), size),
            _warp(self._alpha, _moved(matrix, left, top), size),
        )
        left, top, size = left // 2, top // 2, (size[0] // 2, size[1] // 2)
        spot = np.s_[top : top + size[1], left : left + size[0]]
        colour = _warp(self._colour, _moved(half, left, top), size)
        alpha = _warp(self._alpha_half, _moved(half, left, top), size)
        _over(blue[spot], colour[..., 0], alpha)
        _over(red[spot], colour[..., 1], alpha)

    def _reach(self, matrix: Matrix, width: int, height: int) -> tuple[int, int, int, int]:
        """Which even-sided part of the frame the plane can touch."""
        left, top, right, bottom = self.box
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]])
        xs, ys = (corners @ matrix.T).T
        reach = (
            max(0, int(xs.min()) - 2) & ~1,
            max(0, int(ys.min()) - 2) & ~1,
            min(width, int(xs.max()) + 4) & ~1,
            min(height, int(ys.max()) + 4) & ~1,
        )
        return reach


def _over(below: Picture, above: Picture, alpha: Picture) -> None:
    """Lay a premultiplied picture over another, in place."""
    below[:] = cv2.add(cv2.multiply(below, 255 - alpha, scale=1 / 255), above)


def _halved(picture: Picture) -> Picture:
    half: Picture = cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return half


def _warp(picture: Picture, matrix: Matrix, size: tuple[int, int]) -> Picture:
    warped: Picture = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped


def _moved(matrix: Matrix, left: int, top: int) -> Matrix:
    moved = matrix.copy()
    moved[:, 2] -= (left, top)
    return moved


def _for_halved(matrix: Matrix) -> Matrix:
    """The same motion between pictures of half the size, whose pixels sit between the big ones."""
    half = matrix.copy()
    linear = matrix[:, :2]
    half[:, 2] = (linear @ (0.5, 0.5) + matrix[:, 2] - 0.5) / 2
    return half
