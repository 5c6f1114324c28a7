"""The pictures that a caller gave, opened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Input

Picture = NDArray[np.uint8]


def load_rgba(given: Input) -> Picture:
    """A picture as RGBA uint8 (h, w, 4), straight alpha, turned upright. Raises EngineError."""
    return _opened(given, always_alpha=True)


def load_image(given: Input) -> Picture:
    """A picture as RGB uint8 (h, w, 3), turned upright, on white where it is transparent. Raises EngineError."""
    picture = _opened(given, always_alpha=False)
    return on_white(picture) if picture.shape[2] == 4 else picture


def _opened(given: Input, *, always_alpha: bool) -> Picture:
    from PIL import Image, ImageOps

    try:
        with Image.open(given.path) as opened:
            ImageOps.exif_transpose(opened, in_place=True)
            mode = "RGBA" if always_alpha or opened.has_transparency_data else "RGB"
            return np.asarray(opened if opened.mode == mode else opened.convert(mode))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"{given.role}: the image cannot be read") from error


def on_white(picture: Picture) -> Picture:
    """RGB of an RGBA picture: white shows where it is transparent; opaque pixels stay as they are."""
    if picture[..., 3].min() == 255:
        return np.ascontiguousarray(picture[..., :3])
    alpha = picture[..., 3:].astype(np.uint16)
    mixed = (picture[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)
