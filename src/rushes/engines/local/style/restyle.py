"""One style transfer, of a picture or of a clip: the render process's entry.

Painted is at a long side of at most 1024 pixels (pictures) or 640 (clips): strokes have the size that the networks
learnt, and memory is bounded. Larger results are enlarged from that, with the original's edges put back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Output, Request, Role
from rushes.engines.local.composer.opened import load_image, load_rgba
from rushes.engines.local.composer.picture import cover
from rushes.engines.local.composer.plane import to_i420, to_yuv
from rushes.engines.local.composer.stills.saving import save, wanted
from rushes.engines.local.needed import needed
from rushes.engines.local.style.mixing import enlarged, mixed, shrunk
from rushes.engines.local.style.networks import Likeness, Painter, Painting, mixture
from rushes.engines.local.style.steady import SteadyPainter
from rushes.engines.local.style.styles import COUNT, UNNAMED, named, styles
from rushes.media.clips import clip_frames, clip_sound, shown_size
from rushes.media.encode import VideoWriter
from rushes.media.probe import UnreadableMedia, probe

Picture = NDArray[np.uint8]
Made = tuple[tuple[Output, ...], tuple[str, ...]]
_PICTURE_SIDE, _CLIP_SIDE = 1024, 640
_OTHER_PART = 0.35
"""How much of another style each further result of one request has."""


def run(request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]) -> Made:
    """Paint the IMAGE, or the REFERENCE_VIDEO, of `request` anew. Raises EngineError.

    The style is that of extra["style"] (a name in styles.toml), else of the REFERENCE_IMAGE, else the one that the
    prompt names. extra: strength (0-1), keep_colors; for pictures format, quality as the composer's stills have them.
    A MASK keeps a picture as it is wherever the mask is opaque. Results have the request's size, 0 for the input's.
    """
    if request.mode not in (Mode.IMAGE_TO_IMAGE, Mode.VIDEO_TO_VIDEO):
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine gives styles; it does not do {request.mode}")
    work = _Work(request, settings)
    if request.mode is Mode.IMAGE_TO_IMAGE:
        return _pictures(request, folder, report, work)
    return _clip(request, folder, report, work)


class _Work:
    """What a request wants, checked. `notes` are for the result's warnings."""

    def __init__(self, request: Request, settings: dict[str, Any]) -> None:
        self.strength = _strength(request.extra.get("strength", 1.0))
        self.keep_colours = _flag(request.extra.get("keep_colors", False))
        self.notes: list[str] = []
        self._seed = request.seed
        reference = _given(request, Role.REFERENCE_IMAGE)
        name = request.extra.get("style") or None
        if name is not None and name not in styles():
            raise EngineError(FailureCode.INVALID_INPUT, f"style: must be one of {', '.join(styles())}")
        self._reference = load_image(reference) if reference is not None and name is None else None
        self._index = 0
        if self._reference is None:
            self._index = styles()[name or self._by_prompt(request.prompt)].index
            if reference is not None:
                self.notes.append("a style was named: the reference image was not used")
        # Last: a mistake in the request is to be told before anything is downloaded.
        self._folder = needed("style", settings)

    def painter(self, number: int) -> Painter:
        """The painter of the `number`th result; each one is unlike the others."""
        if self._reference is not None:
            return Likeness(self._folder, _part(self._reference, number), self.strength)
        other = (self._index + 1 + (self._seed + number) % (COUNT - 1)) % COUNT if number else None
        return Painting(self._folder, mixture(self._index, other, _OTHER_PART), self.strength)

    def _by_prompt(self, prompt: str) -> str:
        name = named(prompt)
        self.notes.append(
            f"the prompt names the style {name}" if name else f"the prompt names no known style: {UNNAMED} was used"
        )
        return name or UNNAMED


def _pictures(request: Request, folder: Path, report: Callable[[float], None], work: _Work) -> Made:
    how = wanted(request)
    picture = load_image(_required(request, Role.IMAGE))
    if request.width and request.height:
        picture = cover(picture, request.width, request.height)
    share = _open_share(request, picture)
    outputs = []
    for number in range(request.count):
        result = picture
        if work.strength:
            painter = work.painter(number)
            painted = enlarged(painter.paint(shrunk(picture, _PICTURE_SIDE)), picture)
            result = mixed(picture, painted, painter.share, keep_colours=work.keep_colours)
        if share is not None:
            result = cv2.blendLinear(result, picture, share, 1 - share)
        outputs.append(save(result, folder, number, how))
        report((number + 1) / request.count)
    return tuple(outputs), tuple(work.notes)


def _clip(request: Request, folder: Path, report: Callable[[float], None], work: _Work) -> Made:
    if request.count != 1:
        raise EngineError(FailureCode.INVALID_INPUT, "a clip is given one style at a time: count must be 1")
    path = Path(_required(request, Role.REFERENCE_VIDEO).path)
    try:
        info = probe(path)
        sound = clip_sound(path, request.seconds or info.duration) if request.sound else None
        own = (0, 0) if request.width and request.height else shown_size(path)
    except UnreadableMedia as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"{Role.REFERENCE_VIDEO}: {error}") from error
    if request.sound and sound is None:
        work.notes.append("the clip has no sound, and so the result has none")
    width, height = request.width or own[0] // 2 * 2, request.height or own[1] // 2 * 2
    fps, seconds = request.fps or round(info.fps) or 24, request.seconds or info.duration
    painter = SteadyPainter(work.painter(0), _CLIP_SIDE, keep_colours=work.keep_colours)
    target, made = folder / "video.mp4", 0
    with VideoWriter(target, width=width, height=height, fps=fps, sound=sound is not None) as writer:
        if sound is not None:
            writer.write_audio(sound)
        try:
            for picture in clip_frames(path, width=width, height=height, fps=fps, seconds=seconds):
                writer.write(to_i420(*to_yuv(painter.frame(picture))))
                made += 1
                report(made / max(1, round(fps * seconds)))
        except UnreadableMedia as error:
            if not made:
                raise EngineError(FailureCode.INVALID_INPUT, f"{Role.REFERENCE_VIDEO}: {error}") from error
            work.notes.append(f"the clip is damaged after {made / fps:.1f} seconds")
    if made < round(fps * seconds) - 1:
        work.notes.append(f"the clip ends after {made / fps:.1f} seconds, and so does the result")
    return (Output(kind="video", mime="video/mp4", location=str(target)),), tuple(work.notes)


def _part(picture: Picture, number: int) -> Picture:
    """The whole of a style's picture, or one of its corners."""
    if not number:
        return picture
    height, width = (length * 2 // 3 for length in picture.shape[:2])
    top, left = (number % 2) * (picture.shape[0] - height), (number // 2 % 2) * (picture.shape[1] - width)
    return picture[top : top + height, left : left + width]


def _open_share(request: Request, picture: Picture) -> NDArray[np.float32] | None:
    """How far a mask lets each pixel be changed, 0-1; None without a mask."""
    mask = _given(request, Role.MASK)
    if mask is None:
        return None
    opaque = cover(load_rgba(mask), picture.shape[1], picture.shape[0])[..., 3]
    return (255 - opaque).astype(np.float32) / np.float32(255)


def _given(request: Request, role: Role) -> Input | None:
    return next((given for given in request.inputs if given.role is role), None)


def _required(request: Request, role: Role) -> Input:
    given = _given(request, role)
    if given is None:
        raise EngineError(FailureCode.INVALID_INPUT, f"{role}: is required for {request.mode}")
    return given


def _strength(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or not 0 <= given <= 1:
        raise EngineError(FailureCode.INVALID_INPUT, "strength: must be from 0 to 1")
    return float(given)


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise EngineError(FailureCode.INVALID_INPUT, "keep_colors: must be true or false")
    return given
