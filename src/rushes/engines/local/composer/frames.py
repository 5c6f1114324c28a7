"""What a scene is made of while it is filmed: layers that move with the camera, drawn into BGRA frames.

Pictures are premultiplied uint8 BGRA (height, width, 4). Scenes are measured in pixels of the frame at rest:
(0, 0) is the frame's upper left corner, and layers reach beyond the frame as far as the camera will look.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rushes.engines.local.composer.camera import Affine, Pose, affine

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]


class View(Struct, frozen=True, kw_only=True):
    """The frame: size in pixels, the horizon's row at rest, and `unit`, the length that scenery is sized by."""

    width: int
    height: int
    horizon: float
    unit: float

    @property
    def slope(self) -> float:
        """How nearness grows per row of ground."""
        return 1.0 / (self.height - self.horizon)

    def foot(self, near: float) -> float:
        """The row on which a thing of this nearness stands."""
        return self.horizon + near * (self.height - self.horizon)


class Box(Struct, frozen=True):
    """A part of the scene, in pixels: it may reach beyond the frame."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


class Layer(Protocol):
    """Something drawn every frame. Layers are drawn from the largest depth to the smallest."""

    depth: float

    def hides_from(self, view: View, pose: Pose) -> int:
        """The first frame row from which this layer covers everything behind it."""
        ...

    def draw(self, target: Picture, view: View, pose: Pose, time: float, limit: int) -> None:
        """Draw the rows above `limit` of the frame at `time` seconds."""
        ...


class Scratch:
    """Memory for one layer's warped pixels, used again and again."""

    def __init__(self) -> None:
        self._pool = np.empty(0, np.uint8)
        self._spread = np.empty(0, np.uint8)

    def room(self, rows: int, columns: int) -> Picture:
        """A picture of this size with arbitrary content."""
        size = rows * columns * 4
        if self._pool.size < size:
            self._pool, self._spread = np.empty(size, np.uint8), np.empty(size, np.uint8)
        return self._pool[:size].reshape(rows, columns, 4)

    def over(self, below: Picture, above: Picture) -> None:
        """Lay premultiplied `above` over `below`, in place."""
        rows, columns = above.shape[:2]
        spread = self._spread[: above.size].reshape(rows, columns, 4)
        cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(above, 3)), cv2.COLOR_GRAY2BGRA, spread)
        cv2.multiply(below, spread, below, scale=1 / 255)
        cv2.add(below, above, below)


def warp_over(
    target: Picture, picture: Picture, matrix: Matrix, scratch: Scratch, limit: int, add: bool = False
) -> None:
    """Draw a picture where `matrix` (2, 3) puts it in the target, down to row `limit`; add: as light."""
    rows, columns = picture.shape[:2]
    corners = matrix @ np.array([[0, columns, 0, columns], [0, 0, rows, rows], [1, 1, 1, 1]])
    left, top = max(0, math.floor(corners[0].min())), max(0, math.floor(corners[1].min()))
    right = min(target.shape[1], math.ceil(corners[0].max()) + 1)
    bottom = min(target.shape[0], limit, math.ceil(corners[1].max()) + 1)
    if right <= left or bottom <= top:
        return
    moved = matrix.copy()
    moved[:, 2] -= (left, top)
    room = scratch.room(bottom - top, right - left)
    cv2.warpAffine(picture, moved, (right - left, bottom - top), room, flags=cv2.INTER_LINEAR)
    spot: Any = target[top:bottom, left:right]
    if add:
        cv2.add(spot, room, spot)
    else:
        scratch.over(spot, room)


def matrix_of(move: Affine, left: float, top: float, grain: float = 1.0) -> Matrix:
    """The camera's affine for a picture whose corner lies at (left, top) of the scene, `grain` pixels a pixel."""
    sx, shear, tx, sy, ty = move
    return np.array(
        [[sx * grain, shear * grain, tx + sx * left + shear * top], [0.0, sy * grain, ty + sy * top]]
    )


class Still:
    """A painted layer.

    depth orders the layers; near and slope say how it moves (see camera.affine); drift moves it sideways,
    in pixels a second; sway moves it to and fro; grain is the size of its pixels in scene pixels.
    """

    def __init__(
        self,
        picture: Picture,
        box: Box,
        scratch: Scratch,
        *,
        depth: float,
        near: float,
        slope: float = 0.0,
        drift: float = 0.0,
        sway: tuple[float, float] = (0.0, 0.0),
        grain: float = 1.0,
        light: bool = False,
    ) -> None:
        self.depth, self.near, self.slope = depth, near, slope
        self._drift, self._sway, self._light = drift, sway, light
        filled = picture[..., 3].max(axis=1) > 0
        used = np.nonzero(filled)[0]
        first, last = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 1)
        self._picture = picture[first:last]
        self._left, self._top, self._grain = box.left, box.top + first * grain, grain
        self._scratch = scratch
        whole = self._picture[..., 3].min(axis=1) >= 254
        holes = np.nonzero(~whole)[0]
        # From this row of the picture on, nothing shows through.
        self._solid = self._picture.shape[0] if light else (int(holes[-1]) + 1 if holes.size else 0)

    def _matrix(self, view: View, pose: Pose, time: float) -> Matrix:
        move = affine(pose, self.near, self.slope, view.horizon, view.width, view.height)
        size, rate = self._sway
        shift = self._drift * time + (size * math.sin(rate * time) if size else 0.0)
        return matrix_of(move, self._left + shift, self._top, self._grain)

    def hides_from(self, view: View, pose: Pose) -> int:
        rows = self._picture.shape[0]
        matrix = self._matrix(view, pose, 0.0)
        # Layers that stop above the frame's lower edge hide nothing for good.
        if self._solid >= rows or matrix[1, 1] * rows + matrix[1, 2] < view.height:
            return view.height
        return max(0, math.ceil(matrix[1, 1] * self._solid + matrix[1, 2]) + 1)

    def draw(self, target: Picture, view: View, pose: Pose, time: float, limit: int) -> None:
        matrix = self._matrix(view, pose, time)
        rows = self._picture.shape[0]
        split = view.height
        if self._solid < rows:
            split = max(0, math.ceil(matrix[1, 1] * self._solid + matrix[1, 2]) + 1)
            bottom = min(limit, view.height)
            if matrix[1, 1] * rows + matrix[1, 2] < view.height:
                bottom = min(bottom, math.floor(matrix[1, 1] * rows + matrix[1, 2]))
            if split < bottom:
                moved = matrix.copy()
                moved[1, 2] -= split
                cv2.warpAffine(
                    self._picture,
                    moved,
                    (view.width, bottom - split),
                    target[split:bottom],
                    flags=cv2.INTER_LINEAR,
                    borderMode=cv2.BORDER_REPLICATE,
                )
        if split > 0:
            warp_over(target, self._picture, matrix, self._scratch, min(limit, split), add=self._light)


def extent(view: View, path: list[Pose], near: float, slope: float, *, spare: int = 4) -> Box:
    """The part of a layer's plane that the camera sees along its path."""
    left, top, right, bottom = 0.0, 0.0, float(view.width), float(view.height)
    for pose in path:
        sx, shear, tx, sy, ty = affine(pose, near, slope, view.horizon, view.width, view.height)
        for row in (0, view.height):
            y = (row - ty) / sy
            top, bottom = min(top, y), max(bottom, y)
            for column in (0, view.width):
                x = (column - tx - shear * y) / sx
                left, right = min(left, x), max(right, x)
    return Box(
        math.floor(left) - spare, math.floor(top) - spare, math.ceil(right) + spare, math.ceil(bottom) + spare
    )


class Effect(Protocol):
    """Something drawn on top of the finished I420 frame: falling snow, a vignette."""

    def draw(self, frame: Picture, view: View, pose: Pose, time: float) -> None: ...


class Film:
    """Layers and effects, and the loop that turns them into frames."""

    def __init__(self, view: View, layers: list[Layer], effects: list[Effect]) -> None:
        self._view = view
        self._layers = sorted(layers, key=lambda layer: -layer.depth)
        self._effects = effects
        self._canvas = np.zeros((view.height, view.width, 4), np.uint8)

    def frame(self, pose: Pose, time: float) -> Picture:
        """One I420 frame (height * 3 / 2, width), a new array."""
        view = self._view
        limits = []
        limit = view.height
        for layer in reversed(self._layers):
            limits.append(limit)
            limit = min(limit, layer.hides_from(view, pose))
        for layer, hidden in zip(self._layers, reversed(limits), strict=True):
            if hidden > 0:
                layer.draw(self._canvas, view, pose, time, hidden)
        frame: Picture = cv2.cvtColor(self._canvas, cv2.COLOR_BGRA2YUV_I420)
        for effect in self._effects:
            effect.draw(frame, view, pose, time)
        return frame


Painter = Callable[[], list[Layer]]
"""Paints layers; run beside other painters, so it shares nothing with them."""
