"""Pictures that a caller gave, and finished ones in the format a caller asked for; what their colours mean is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from msgspec import Struct, ValidationError, convert
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Output, Request, Role

Picture = NDArray[np.uint8]
Form = Literal["png", "jpeg", "webp"]
_PNG_EFFORT = 4
"""zlib's level: level 6 takes twice as long for a few percent."""
_WEBP_SIDE = 16383


class Photo(Struct, frozen=True):
    """A picture, upright: RGB (h, w, 3) or, where anything is transparent, RGBA (h, w, 4), straight; uint8.

    profile: its ICC colour profile, empty for sRGB.
    """

    pixels: Picture
    profile: bytes = b""


class Saving(Struct, frozen=True):
    """What `Request.extra` says of the result's file. quality: 1 to 100, for JPEG and WebP."""

    format: Form = "png"
    quality: int = 92


def input_path(request: Request, role: Role) -> Path:
    """The file given in a role. Raises EngineError."""
    for given in request.inputs:
        if given.role is role:
            return Path(given.path)
    raise EngineError(FailureCode.INVALID_INPUT, f"{role}: is required for {request.mode}")


def saving(request: Request) -> Saving:
    """The file's part of `request.extra`; other keys and nulls are left alone. Raises EngineError."""
    given = {key: value for key in Saving.__struct_fields__ if (value := request.extra.get(key)) is not None}
    try:
        result = convert(given, Saving)
    except ValidationError as error:
        raise EngineError(FailureCode.INVALID_INPUT, str(error)) from error
    if not 1 <= result.quality <= 100:
        raise EngineError(FailureCode.INVALID_INPUT, "quality: must be 1 to 100")
    return result


def open_photo(request: Request, *, max_pixels: int, why: str) -> Photo:
    """The picture given as IMAGE; of an animated one, the first frame. Raises EngineError.

    The size in the header is judged before anything is decoded; `why` ends the sentence that refuses it.
    """
    from PIL import Image, ImageOps

    path = input_path(request, Role.IMAGE)
    try:
        with Image.open(path) as opened:
            width, height = opened.size
            if width * height > max_pixels:
                raise EngineError(FailureCode.INPUT_SIZE, f"image: has {width}x{height} pixels, {why}")
            ImageOps.exif_transpose(opened, in_place=True)
            profile = opened.info.get("icc_profile", b"") if opened.mode in ("RGB", "RGBA", "P") else b""
            upright: Image.Image = opened
            if upright.mode.startswith("I"):
                # Sixteen bits of grey, which Pillow would cut off at 255.
                upright = Image.fromarray((np.asarray(upright).astype(np.float64) / 257).astype(np.uint8))
            mode = "RGBA" if upright.has_transparency_data else "RGB"
            pixels = np.asarray(upright if upright.mode == mode else upright.convert(mode))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise EngineError(FailureCode.INVALID_INPUT, "image: it cannot be read") from error
    if pixels.shape[2] == 4 and pixels[..., 3].min() == 255:
        pixels = np.ascontiguousarray(pixels[..., :3])
    return Photo(pixels, profile or b"")


def save_photo(photo: Photo, path: Path, how: Saving) -> tuple[Output, tuple[str, ...]]:
    """Write a picture to `path`, whose suffix is put on. Answers the output, and what the format made necessary."""
    from PIL import Image

    pixels, warnings = photo.pixels, []
    form: Form = how.format
    if form == "webp" and max(pixels.shape[:2]) > _WEBP_SIDE:
        form = "png"
        warnings.append(f"a WebP has at most {_WEBP_SIDE} pixels a side: the picture is a PNG")
    if form == "jpeg" and pixels.shape[2] == 4:
        pixels = on_white(pixels)
        warnings.append("a JPEG cannot be transparent: the ground is white")
    options: dict[str, Any] = {
        "png": {"compress_level": _PNG_EFFORT},
        "jpeg": {"quality": how.quality, "subsampling": 0 if how.quality >= 85 else 2},
        "webp": {"quality": how.quality, "method": 4},
    }[form]
    target = path.with_suffix(f".{form}")
    Image.fromarray(pixels).save(target, form.upper(), icc_profile=photo.profile or None, **options)
    return Output(kind="image", mime=f"image/{form}", location=str(target)), tuple(warnings)


def on_white(pixels: Picture) -> Picture:
    """RGB of RGBA: white shows where it is transparent."""
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed: Picture = ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return mixed
