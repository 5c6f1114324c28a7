"""Giving a picture another colour while its shading stays."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.spec import Colour

Picture = NDArray[np.uint8]


def tinted(picture: Picture, colour: Colour) -> Picture:
    """An RGBA picture recoloured: its strongest hue becomes `colour`'s, brightness differences stay."""
    hsv = cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_RGB2HSV).astype(np.float32)
    wanted = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_RGB2HSV)[0, 0].astype(np.float32)
    seen = picture[..., 3] > 128
    vivid = seen & (hsv[..., 1] > 70)
    if not vivid.any():
        vivid = seen
    hues = np.bincount(hsv[..., 0][vivid].astype(np.int32), minlength=180)
    main = int(np.argmax(np.convolve(np.r_[hues[-8:], hues, hues[:8]], np.ones(17), "valid")))
    away = np.abs((hsv[..., 0] - main + 90) % 180 - 90)
    # What has nearly the main hue changes, what has another one (wheels, eyes, a collar) stays.
    share = np.clip((26 - away) / 10, 0, 1) * np.clip(hsv[..., 1] / 70, 0, 1)
    middle = float(np.median(hsv[..., 2][vivid]))
    new = hsv.copy()
    new[..., 0] = wanted[0]
    new[..., 1] = np.clip(wanted[1] * (0.55 + 0.45 * hsv[..., 1] / 255), 0, 255)
    new[..., 2] = np.clip(hsv[..., 2] * (wanted[2] / max(middle, 1)) ** 0.85, 0, 255)
    recoloured = cv2.cvtColor(new.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)
    result = picture.copy()
    mixed = picture[..., :3] * (1 - share[..., None]) + recoloured * share[..., None]
    result[..., :3] = mixed.astype(np.uint8)
    return result
