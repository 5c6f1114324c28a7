"""One generation of the composer: the right frames for its mode, marked, with sound, into an MP4; or stills."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Output, Request, Role
from rushes.engines.local.composer.art import Sprites
from rushes.engines.local.composer.between import between_frames
from rushes.engines.local.composer.casting import cast, pictures
from rushes.engines.local.composer.mark import Mark
from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.composer.opened import load_image
from rushes.engines.local.composer.picture import picture_frames
from rushes.engines.local.composer.placed import ReferenceSprite, load_reference
from rushes.engines.local.composer.restyle import Restyler, restyled_frames
from rushes.engines.local.composer.scenes import Reader
from rushes.engines.local.composer.sound import ambience
from rushes.engines.local.composer.spec import Camera, SceneSpec
from rushes.engines.local.composer.stage import scene_frames
from rushes.engines.local.composer.stills.images import IMAGE_MODES, make_images
from rushes.engines.local.composer.weights import Assets, find
from rushes.media.clips import clip_sound
from rushes.media.encode import VideoWriter
from rushes.media.probe import UnreadableMedia
from rushes.processors import threads

Frame = NDArray[np.uint8]
_AHEAD = 8
"""Frames drawn before the encoder has taken them."""
_HEARD = {
    Mode.SOUND_TO_VIDEO: Role.AUDIO,
    Mode.VIDEO_TO_VIDEO: Role.REFERENCE_VIDEO,
    Mode.MOTION_TRANSFER: Role.REFERENCE_VIDEO,
}
"""Whose sound a video has, where it is not the scene's."""
_PORTRAIT = Camera(move="handheld", speed=0.6)
_STILL_FACE = {
    Mode.SOUND_TO_VIDEO: "a draft: the sound plays under a gently moving picture, its lips do not move",
    Mode.MOTION_TRANSFER: "a draft: a gently moving picture, the motion of the driving video is not transferred",
}


def compose(
    request: Request, folder: Path, report: Callable[[float], None], assets: Assets
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Make the video or the stills of `request` in `folder`. Answers the outputs and warnings.

    The same request gives the same frames or stills. Raises EngineError on an input that cannot be used.
    """
    # Drawing has one thread and the encoder the rest: OpenCV's own threads would only get in the way.
    cv2.setNumThreads(1)
    warnings: list[str] = []
    if request.negative_prompt:
        warnings.append("negative_prompt: ignored by the composer")
    reader = Reader(assets)
    if request.mode in IMAGE_MODES:
        outputs, notes = make_images(request, folder, report, reader, lambda: _matte(assets, warnings))
        return outputs, (*warnings, *notes)
    spec = reader.scene(request.prompt, request.seed)
    if request.fixed_lens:
        spec = msgspec.structs.replace(spec, camera=Camera(move="static"))
    if request.mode in (Mode.TEXT_TO_VIDEO, Mode.REFERENCE_TO_VIDEO):
        warnings += [*spec.notes, *reader.warnings]
    frames = _frames(request, spec, reader.sprites, assets, warnings)
    sound = _sound(request, spec)
    path = folder / "video.mp4"
    _write(path, request, frames, sound, report)
    return (Output(kind="video", mime="video/mp4", location=str(path)),), tuple(warnings)


def _frames(
    request: Request, spec: SceneSpec, sprites: Sprites, assets: Assets, warnings: list[str]
) -> Iterator[Frame]:
    width, height, fps, seconds = request.width, request.height, request.fps, request.seconds
    match request.mode:
        case Mode.TEXT_TO_VIDEO:
            return scene_frames(spec, width, height, fps, seconds, sprites.picture)
        case Mode.IMAGE_TO_VIDEO:
            image = load_image(_input(request, Role.IMAGE))
            matte = _matte(assets, warnings)
            return picture_frames(image, width, height, fps, seconds, spec.camera, request.seed, matte)
        case Mode.FIRST_LAST_FRAME:
            first, last = (load_image(_input(request, role)) for role in (Role.IMAGE, Role.END_IMAGE))
            return between_frames(first, last, width, height, fps, seconds, assets.rife, warn=warnings.append)
        case Mode.REFERENCE_TO_VIDEO:
            matte = _matte(assets, warnings)
            references = [
                _reference(given, matte)
                for given in request.inputs
                if given.role in (Role.REFERENCE_IMAGE, Role.REFERENCE_VIDEO)
            ]
            picture = pictures(references, sprites.picture)
            return scene_frames(cast(spec, references), width, height, fps, seconds, picture)
        case Mode.VIDEO_TO_VIDEO:
            restyler = Restyler(request.prompt, float(request.extra.get("strength", 1.0)), request.seed)
            warnings.append(restyler.done)
            clip = Path(_input(request, Role.REFERENCE_VIDEO).path)
            return restyled_frames(clip, restyler, width, height, fps, seconds, warnings.append)
        case Mode.SOUND_TO_VIDEO | Mode.MOTION_TRANSFER:
            image = load_image(_input(request, Role.IMAGE))
            warnings.append(_STILL_FACE[request.mode])
            if any(given.role is Role.AUDIO and given.duration > seconds + 0.1 for given in request.inputs):
                warnings.append(f"the recording is longer than the video: it was cut after {seconds:.1f} seconds")
            matte = _matte(assets, warnings)
            return picture_frames(image, width, height, fps, seconds, _PORTRAIT, request.seed, matte)
    raise EngineError(FailureCode.INVALID_INPUT, f"the composer does not do {request.mode}")


def _sound(request: Request, spec: SceneSpec) -> NDArray[np.float32] | None:
    """The sound that was given, or that of the scene; None where none is wanted."""
    role = _HEARD.get(request.mode)
    if role is None:
        return ambience(spec, request.seconds, request.seed) if request.sound else None
    given = _input(request, role)
    if not request.sound and role is not Role.AUDIO:
        return None
    try:
        sound = clip_sound(Path(given.path), request.seconds)
    except UnreadableMedia as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"{role}: {error}") from error
    if sound is None and role is Role.AUDIO:
        raise EngineError(FailureCode.INVALID_INPUT, f"{role}: the recording has no sound")
    return sound


def _input(request: Request, role: Role) -> Input:
    for given in request.inputs:
        if given.role is role:
            return given
    raise EngineError(FailureCode.INVALID_INPUT, f"{role}: is required for {request.mode}")


def _reference(given: Input, matte: Matte | None) -> ReferenceSprite:
    try:
        return load_reference(Path(given.path), given.mime, matte)
    except ValueError as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"{given.role}: {error}") from error


def _matte(assets: Assets, warnings: list[str]) -> Matte | None:
    if assets.matte is None:
        warnings.append("subjects are not cut out: the matte is not installed (`rushes models pull matte`)")
        return None
    return Matte(assets.matte / "u2netp.onnx", threads=threads(2))


def _write(
    path: Path,
    request: Request,
    frames: Iterator[Frame],
    sound: NDArray[np.float32] | None,
    report: Callable[[float], None],
) -> None:
    """Encode in this thread while another draws: both spend their time outside Python's lock."""
    total = max(1, round(request.fps * request.seconds))
    mark = Mark(request.width, request.height)
    drawn: queue.Queue[Frame | BaseException | None] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def draw() -> None:
        try:
            for frame in frames:
                mark.stamp(frame)
                while not stop.is_set():
                    try:
                        drawn.put(frame, timeout=0.5)
                        break
                    except queue.Full:
                        continue
                if stop.is_set():
                    return
            drawn.put(None)
        except BaseException as error:  # handed to the encoder's thread, which raises it
            drawn.put(error)

    drawing = threading.Thread(target=draw, daemon=True)
    drawing.start()
    try:
        with VideoWriter(
            path, width=request.width, height=request.height, fps=request.fps, sound=sound is not None
        ) as writer:
            if sound is not None:
                writer.write_audio(sound)
            count = 0
            while (frame := drawn.get()) is not None:
                if isinstance(frame, BaseException):
                    raise frame
                writer.write(frame)
                count += 1
                report(count / (total + 1))
    finally:
        stop.set()
        drawing.join()


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """The render process's entry: find the weights that are here, pull the small ones on first use."""
    assets, notes = find(
        Path(settings["models"]), Path(settings["cache"]), offline=settings["offline"], mode=request.mode
    )
    outputs, warnings = compose(request, folder, report, assets)
    return outputs, (*notes, *warnings)
