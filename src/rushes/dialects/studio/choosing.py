"""Which mode of a model a request means, by the inputs that it brings; and what those inputs are for."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from rushes.catalog import Model
from rushes.dialects.kit.problems import invalid
from rushes.engines.contract import Kind, Mode, Role

IMAGE, END, VIDEO, AUDIO = "image_filename", "end_image", "video_filename", "audio_filename"


class Use(Struct, frozen=True):
    """What an input is for, and what kind of file it must be."""

    role: Role
    kind: Kind


_START, _LAST, _SHOWN = Use(Role.IMAGE, "image"), Use(Role.END_IMAGE, "image"), Use(Role.REFERENCE_IMAGE, "image")
_CLIP, _SOUND = Use(Role.REFERENCE_VIDEO, "video"), Use(Role.AUDIO, "audio")

NEEDS: dict[Mode, dict[str, Use]] = {
    Mode.TEXT_TO_VIDEO: {},
    Mode.TEXT_TO_IMAGE: {},
    Mode.TEXT_TO_3D: {},
    Mode.IMAGE_TO_VIDEO: {IMAGE: _START},
    Mode.IMAGE_TO_IMAGE: {IMAGE: _START},
    Mode.IMAGE_TO_3D: {IMAGE: _START},
    Mode.REFERENCE_TO_VIDEO: {IMAGE: _SHOWN},
    Mode.FIRST_LAST_FRAME: {IMAGE: _START, END: _LAST},
    Mode.SOUND_TO_VIDEO: {IMAGE: _START, AUDIO: _SOUND},
    Mode.MOTION_TRANSFER: {IMAGE: _START, VIDEO: _CLIP},
    Mode.VIDEO_TO_VIDEO: {VIDEO: _CLIP},
}
"""The inputs of each mode, by their names in this API."""

USUAL: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({IMAGE, END}), "wan-flf"),
    (frozenset({IMAGE, AUDIO}), "wan-s2v"),
    (frozenset({IMAGE, VIDEO}), "liveportrait"),
    (frozenset({IMAGE}), "wan-i2v"),
    (frozenset({VIDEO}), "v2v"),
    (frozenset(), "wan-t2v"),
)
"""The model of a request that names none: the first whose inputs are all there."""


def usual_model(given: Mapping[str, str]) -> str:
    """The model for these inputs."""
    return next(model for inputs, model in USUAL if inputs <= given.keys())


def choose_mode(model: Model, given: Mapping[str, str]) -> tuple[Mode, list[str]]:
    """The mode of `model` that uses most of the inputs, and warnings about those that it does not use.

    Raises a Problem naming the input that is missing.
    """
    possible = [mode for mode in model.modes if mode in NEEDS]
    complete = [mode for mode in possible if NEEDS[mode].keys() <= given.keys()]
    if not complete:
        if not possible:
            raise invalid("model", f"{model.id} makes neither videos nor images")
        nearest = min(possible, key=lambda mode: len(NEEDS[mode].keys() - given.keys()))
        missing = next(name for name in NEEDS[nearest] if name not in given)
        raise invalid(missing, f"is required for {model.id} ({nearest})")
    mode = max(complete, key=lambda mode: len(NEEDS[mode]))
    unused = [name for name in given if name not in NEEDS[mode]]
    return mode, [f"{name}: ignored, {model.id} has no use for it here" for name in unused]
