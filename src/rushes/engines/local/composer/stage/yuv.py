"""Colours: from RGB, or premultiplied RGBA, to the brightness and colour of frames (BT.709, limited range)."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.stage.warp import Bytes

TO_YUV = np.array(
    [[0.1826, 0.6142, 0.0620, 16.0], [-0.1006, -0.3386, 0.4392, 128.0], [0.4392, -0.3989, -0.0403, 128.0]]
)
"""From red, green, blue to BT.709; the last column is added."""


def yuv_of(picture: Bytes) -> list[Bytes]:
    """Y, U and V of RGB, or of premultiplied RGBA: then premultiplied themselves."""
    if picture.shape[2] == 3:
        return list(cv2.split(cv2.transform(picture, TO_YUV)))
    # OpenCV is fast from three channels to three only. The offsets are too high where alpha is not full.
    clear = clear_of(picture)
    parts = cv2.split(cv2.transform(opaque(picture), TO_YUV))
    return [
        cv2.addWeighted(part, 1.0, clear, -offset / 255, 0)
        for part, offset in zip(parts, TO_YUV[:, 3].tolist(), strict=True)
    ]


def clear_of(picture: Bytes) -> Bytes:
    """How much of what lies below an RGBA picture shows: 255 - alpha."""
    clear: Bytes = cv2.bitwise_not(cv2.extractChannel(picture, 3))
    return clear


def opaque(picture: Bytes) -> Bytes:
    """RGBA without alpha."""
    rgb: Bytes = cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB)
    return rgb


def halved(picture: Bytes) -> Bytes:
    """A picture of even sides at half its size."""
    half: Bytes = cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return half


def cut_out(rgb: Bytes, alpha: Bytes) -> Bytes:
    """Premultiplied RGBA from straight RGB and alpha, all uint8."""
    picture: Bytes = cv2.merge([*(cv2.multiply(part, alpha, scale=1 / 255) for part in cv2.split(rgb)), alpha])
    return picture
