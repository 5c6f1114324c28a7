"""Whole pictures to and from what I420 frames consist of (BT.709, limited range)."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.yuv import TO_YUV, halved


def to_yuv(image: Bytes) -> tuple[Bytes, Bytes]:
    """An RGB picture of even sides as brightness (h, w) and colour (h / 2, w / 2, 2)."""
    return cv2.transform(image, TO_YUV[:1]), cv2.transform(halved(image), TO_YUV[1:])


def to_i420(light: Bytes, colour: Bytes) -> Bytes:
    """Brightness and half-size colour as one I420 frame (h * 3 / 2, w)."""
    return np.vstack([light, colour.transpose(2, 0, 1).reshape(light.shape[0] // 2, light.shape[1])])
