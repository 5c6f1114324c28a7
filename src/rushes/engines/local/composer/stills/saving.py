"""Writing finished stills in the format and quality a caller asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from msgspec import Struct, ValidationError, convert
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Output, Request

Picture = NDArray[np.uint8]
_PNG_EFFORT = 4
"""zlib's level: level 6 takes twice as long for a few percent."""


class Wanted(Struct, frozen=True):
    """What `Request.extra` says of a still."""

    format: Literal["png", "jpeg", "webp"] = "png"
    quality: int = 90
    """1 to 100, for JPEG and WebP."""
    background: Literal["auto", "opaque", "transparent"] = "auto"

    @property
    def clear(self) -> bool:
        """Whether the background is to be transparent."""
        return self.background == "transparent"


def wanted(request: Request) -> Wanted:
    """The still's part of `request.extra`; other keys and nulls are left alone. Raises EngineError."""
    given = {key: value for key in Wanted.__struct_fields__ if (value := request.extra.get(key)) is not None}
    try:
        result = convert(given, Wanted)
    except ValidationError as error:
        raise EngineError(FailureCode.INVALID_INPUT, str(error)) from error
    if not 1 <= result.quality <= 100:
        raise EngineError(FailureCode.INVALID_INPUT, "quality: must be 1 to 100")
    if result.clear and result.format == "jpeg":
        raise EngineError(FailureCode.INVALID_INPUT, "background: a JPEG cannot be transparent; ask for PNG or WebP")
    return result


def save(picture: Picture, folder: Path, number: int, how: Wanted) -> Output:
    """Write RGB or RGBA (straight alpha) as the `number`th result in `folder`."""
    from PIL import Image

    options: dict[str, Any] = {
        "png": {"compress_level": _PNG_EFFORT},
        "jpeg": {"quality": how.quality, "subsampling": 0 if how.quality >= 85 else 2},
        "webp": {"quality": how.quality, "method": 4},
    }[how.format]
    path = folder / f"image-{number}.{how.format}"
    Image.fromarray(picture).save(path, how.format.upper(), **options)
    return Output(kind="image", mime=f"image/{how.format}", location=str(path))
