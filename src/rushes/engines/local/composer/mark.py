"""The draft mark: every frame says that it was composed, not filmed."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

TEXT = "draft - composer"
_SHARE = 0.022
"""Height of the letters as a share of the frame's short side."""


class Mark:
    """The mark for one frame size, drawn once."""

    def __init__(self, width: int, height: int) -> None:
        scale = max(0.3, min(width, height) * _SHARE / 22)
        thick = max(1, round(scale * 1.6))
        (across, down), base = cv2.getTextSize(TEXT, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
        pad = max(2, down // 2)
        box_w = min(width, (across + 2 * pad) // 2 * 2)
        box_h = min(height, (down + base + 2 * pad) // 2 * 2)
        letters = np.zeros((box_h, box_w), np.uint8)
        cv2.putText(letters, TEXT, (pad, pad + down), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thick, cv2.LINE_AA)
        margin = max(2, min(width, height) // 40)
        self._x = max(0, width - box_w - margin)
        self._y = max(0, height - box_h - margin)
        # Light letters on a slightly darkened plate: readable on snow and at night.
        plate: Any = np.where(letters > 0, letters * 0.75 / 255, 0.0)
        self._keep = ((1 - plate) * 0.72 * 256).astype(np.uint16)
        self._add = (plate * 225 + 4).astype(np.uint16)

    def stamp(self, i420: NDArray[np.uint8]) -> None:
        """Draw the mark onto a frame, in place: only its brightness changes."""
        rows, columns = self._keep.shape
        part = i420[self._y : self._y + rows, self._x : self._x + columns]
        part[:] = ((part * self._keep >> 8) + self._add).clip(0, 255).astype(np.uint8)
