"""What a mode takes besides the usual parameters: typed, so that a wrong one is refused before anything is charged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from rushes.catalog.errors import InvalidParameter
from rushes.engines.contract import Mode
from rushes.media.edits import Edit, Taking

Share = Annotated[float, Meta(ge=0, le=1)]


class Upscale(Struct, forbid_unknown_fields=True):
    """How many times larger."""

    scale: Literal[2, 3, 4] = 2


class Interpolate(Struct, forbid_unknown_fields=True):
    """The frame rate to come to, or how many times the clip's own; twice it unless said."""

    fps: Annotated[float, Meta(ge=1, le=120)] | UnsetType = UNSET
    factor: Literal[2, 4] | UnsetType = UNSET


class Swap(Struct, forbid_unknown_fields=True):
    """Which face is replaced, counted from the left, or all."""

    face: Annotated[int, Meta(ge=0, le=100)] | Literal["all"] = "all"


class Denoise(Struct, forbid_unknown_fields=True):
    """How much of the noise is taken away."""

    strength: Share = 1.0


class Music(Struct, forbid_unknown_fields=True):
    """Words about genre, mood and instruments; whether the end leads into the beginning."""

    tags: Annotated[str, Meta(max_length=500)] = ""
    loop: bool = False


class Style(Struct, forbid_unknown_fields=True):
    """A style by name, how much of it, and whether the picture keeps its own colours."""

    style: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    strength: Share | UnsetType = UNSET
    keep_colors: bool | UnsetType = UNSET


class Still(Struct, forbid_unknown_fields=True):
    """How a picture is written: 1 to 100, and what is behind the subject."""

    quality: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    background: Literal["auto", "opaque", "transparent"] | UnsetType = UNSET


class Repaint(Style, forbid_unknown_fields=True):
    """An edited picture takes what a style and a still do."""

    quality: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    background: Literal["auto", "opaque", "transparent"] | UnsetType = UNSET


class Translation(Struct, forbid_unknown_fields=True):
    """The language to come to, by its code."""

    language: Annotated[str, Meta(min_length=2, max_length=20)]


class Nothing(Struct, forbid_unknown_fields=True):
    """No options."""


OPTIONS: dict[Mode, Any] = {
    Mode.TEXT_TO_IMAGE: Still,
    Mode.IMAGE_TO_IMAGE: Repaint,
    Mode.VIDEO_TO_VIDEO: Style,
    Mode.UPSCALE_IMAGE: Upscale,
    Mode.UPSCALE_VIDEO: Upscale,
    Mode.INTERPOLATE_VIDEO: Interpolate,
    Mode.FACE_SWAP: Swap,
    Mode.DENOISE_AUDIO: Denoise,
    Mode.TEXT_TO_AUDIO: Music,
    Mode.EDIT: Edit,
    Mode.VIDEO_TO_IMAGE: Taking,
    Mode.TRANSLATE: Translation,
}


def options(mode: Mode, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a mode, defaults filled in. Raises InvalidParameter naming `options`."""
    try:
        checked = msgspec.convert(dict(given), OPTIONS.get(mode, Nothing))
    except msgspec.ValidationError as error:
        raise InvalidParameter("options", f"{error}".replace("$.", "").replace("Object contains", "has")) from None
    made: dict[str, Any] = msgspec.to_builtins(checked)
    return made
