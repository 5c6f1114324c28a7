"""One generation of the upscaler: the render process's entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Mode, Output, Request, Role
from rushes.engines.local.needed import needed
from rushes.engines.local.photo import Photo, input_path, open_photo, save_photo, saving
from rushes.engines.local.upscale.span import SCALES, Span
from rushes.media.ahead import Ahead
from rushes.media.footage import Footage, Shot
from rushes.media.planes import Colours, Planes, from_rgb, to_rgb
from rushes.media.probe import UnreadableMedia
from rushes.media.remake import Remake

Picture = NDArray[np.uint8]
Made = tuple[tuple[Output, ...], tuple[str, ...]]

IMAGE_PIXELS = 8192 * 8192
VIDEO_PIXELS = 4096 * 2304
"""The most that a result may have; of a video, in each frame."""


def run(request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]) -> Made:
    """Enlarge the picture (IMAGE) or clip (VIDEO) `scale` times. A picture's transparency and profile are kept; a
    clip's times, length and sound.

    extra: scale (2, 3, 4; 2 unless said), and for pictures format (png, jpeg, webp) and quality (1-100).
    One output: the picture, or H.264 in MP4. Raises EngineError.
    """
    scale = _scale(request.extra.get("scale", 2))
    if request.mode is Mode.UPSCALE_IMAGE:
        return _image(request, folder, report, settings, scale)
    if request.mode is Mode.UPSCALE_VIDEO:
        return _video(request, folder, report, settings, scale)
    raise EngineError(FailureCode.INVALID_INPUT, f"this engine makes things larger; it does not do {request.mode}")


def _image(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any], scale: int
) -> Made:
    how = saving(request)
    why = f"{scale} times as large it would have more than {IMAGE_PIXELS}"
    photo = open_photo(request, max_pixels=IMAGE_PIXELS // scale**2, why=why)
    span = _loaded(needed("span", settings), scale)
    colour = photo.pixels[..., :3]
    if photo.pixels.shape[2] == 3:
        large = span.enlarged(colour, report)
    else:
        alpha = np.ascontiguousarray(photo.pixels[..., 3:].repeat(3, axis=2))
        large = span.enlarged(_spread(photo.pixels), lambda share: report(share / 2))
        clear = span.enlarged(alpha, lambda share: report(0.5 + share / 2))
        large = np.dstack([large, clear[..., 1]])
    output, warnings = save_photo(Photo(large, photo.profile), folder / "image", how)
    return (output,), warnings


def _video(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any], scale: int
) -> Made:
    path = folder / "video.mp4"
    try:
        with Footage(input_path(request, Role.VIDEO)) as clip:
            width, height = clip.width * scale, clip.height * scale
            if width * height > VIDEO_PIXELS:
                raise EngineError(
                    FailureCode.INPUT_SIZE,
                    f"video: {scale} times as large its frames would be {width}x{height},"
                    f" more than {VIDEO_PIXELS} pixels",
                )
            span = _loaded(needed("span", settings), scale)
            with (
                Remake(path, clip, width=width, height=height, rate=clip.rate) as writer,
                Ahead(clip.frames()) as shots,
                Ahead(_larger(span, shots, clip.colours)) as pictures,
            ):
                # Read, enlarged and written side by side: the network's threads alone do not keep the cores busy.
                large: Planes | None = None
                for picture, start, until in pictures:
                    large = from_rgb(picture, clip.colours) if picture is not None else large
                    assert large is not None, "the first one is like none before"
                    writer.write(large, start, until)
                    report(float(until) / clip.seconds if clip.seconds else 0.0)
            warnings = writer.warnings
    except UnreadableMedia as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"video: {error}") from error
    return (Output(kind="video", mime="video/mp4", location=str(path)),), warnings


def _larger(span: Span, shots: Iterator[Shot], colours: Colours) -> Iterator[tuple[Picture | None, Fraction, Fraction]]:
    """Frames enlarged as RGB, with when each appears and goes; None for one that is the same as the one before."""
    before: Planes | None = None
    for shot in shots:
        planes = shot.planes
        same = before is not None and (
            np.array_equal(before.light, planes.light) and np.array_equal(before.colour, planes.colour)
        )
        yield None if same else span.enlarged(to_rgb(planes, colours)), shot.start, shot.until
        before = planes


def _spread(pixels: Picture) -> Picture:
    """RGB of RGBA: where it is wholly transparent, the nearest colour that shows; else what is hidden would show."""
    import cv2

    hidden = pixels[..., 3] == 0
    if not hidden.any() or hidden.all():
        return np.ascontiguousarray(pixels[..., :3])
    _, labels = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    shown = ~hidden
    colours = np.zeros((int(labels.max()) + 1, 3), np.uint8)
    colours[labels[shown]] = pixels[shown][:, :3]
    spread: Picture = colours[labels]
    return spread


def _scale(given: Any) -> int:
    if isinstance(given, bool) or given not in SCALES:
        raise EngineError(FailureCode.INVALID_INPUT, f"scale: must be one of {', '.join(map(str, SCALES))}")
    return int(given)


@lru_cache(maxsize=2)
def _loaded(folder: Path, scale: int) -> Span:
    """The network, kept by this process from one task to the next."""
    return Span(folder, scale)
