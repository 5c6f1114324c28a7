"""What can be done to a clip, as data: which edit, and how. `media.editing` does them.

Times in seconds of the clip, sizes and places in pixels of the picture as it is shown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Pixels = Annotated[int, Meta(ge=0, le=8192)]
Side = Annotated[int, Meta(ge=2, le=8192)]
Share = Annotated[float, Meta(ge=0, le=1)]
Volume = Annotated[float, Meta(ge=0, le=4)]
Color = Annotated[str, Meta(max_length=32)]
Place = Literal[
    "center", "top", "bottom", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right"
]  # fmt: skip
PRESETS = {"1080p": (1920, 1080), "720p": (1280, 720)}
"""Sizes by name."""


class Trim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="trim"):
    """Keep what is between two times; to the end unless said."""

    start: Seconds = 0.0
    end: Seconds | None = None


class Speed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="speed"):
    """Play so many times faster; voices keep their pitch."""

    factor: Annotated[float, Meta(ge=0.25, le=4)]


class Crop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="crop"):
    """Keep a part of the picture."""

    x: Pixels = 0
    y: Pixels = 0
    width: Side
    height: Side


class Resize(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="resize"):
    """Bring the picture to a size, by name or in pixels; what its shape leaves open stays black."""

    preset: Literal["1080p", "720p"] | None = None
    width: Side | None = None
    height: Side | None = None


class Overlay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="overlay"):
    """Write a text on the picture, always or for a while. `font_size` in pixels; a share of the height unless said."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    position: Place = "bottom"
    x: Pixels | None = None
    y: Pixels | None = None
    font_size: Annotated[int, Meta(ge=4, le=1000)] | None = None
    color: Color = "white"
    start: Seconds = 0.0
    end: Seconds | None = None


class Merge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="merge"):
    """Play the clips one after the other."""


class Mixing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="sound"):
    """Put a recording to the picture, beside the clip's own sound or in its place."""

    mode: Literal["mix", "replace"] = "mix"
    offset: Seconds = 0.0
    volume: Volume = 1.0
    original_volume: Volume = 1.0
    ducking: bool = False
    """Lower what is added while the clip's own sound is heard."""
    fade_in: Seconds = 0.0
    fade_out: Seconds = 0.0
    loop: bool = False


class Subtitles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="subtitles"):
    """Write the subtitles that come as an input on the picture."""

    style: Literal["default", "bold-yellow", "minimal"] = "default"


class Gif(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="gif"):
    """An animated GIF of the clip or a part of it; 480 pixels wide unless said, and never wider than the clip."""

    width: Annotated[int, Meta(ge=16, le=1920)] | None = None
    fps: Annotated[float, Meta(ge=1, le=50)] = 10.0
    start: Seconds = 0.0
    end: Seconds | None = None


class Frames(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="frames"):
    """One frame as a picture, or one of each second in an archive."""

    which: Literal["first", "last", "middle", "all_1fps"] = "first"


class Watermark(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="edit", tag="watermark"):
    """Set a text, or the picture that comes as an input, into the clip. `scale` is its width in the clip's."""

    text: Annotated[str, Meta(max_length=200)] | None = None
    position: Place = "bottom-right"
    opacity: Share = 0.6
    scale: Annotated[float, Meta(ge=0.01, le=1)] = 0.2


Edit = Trim | Speed | Crop | Resize | Overlay | Merge | Mixing | Subtitles | Watermark
"""What makes another clip of one."""
Taking = Gif | Frames
"""What takes pictures out of a clip."""
_SHORTEST = 0.02
"""Seconds that must be left."""


def flaw(edit: Edit | Taking, *, width: int, height: int, seconds: float) -> tuple[str, str] | None:
    """What is wrong with an edit of a clip of this size and length: the field and what to say of it."""
    match edit:
        case Trim(start=start, end=end) | Gif(start=start, end=end) | Overlay(start=start, end=end):
            if start >= seconds:
                return "start", f"must be before the end of the clip, which is {seconds:.3f} seconds long"
            if end is not None and end < start + _SHORTEST:
                return "end", f"must be after the start ({start:g})"
        case Crop(x=x, y=y, width=across, height=down):
            if x + across > width:
                return "width", f"{x} + {across} is beyond the picture's {width} pixels"
            if y + down > height:
                return "height", f"{y} + {down} is beyond the picture's {height} pixels"
        case Resize(preset=None, width=None, height=None):
            return "width", "is required, or a preset"
        case Mixing(offset=offset) if offset >= seconds:
            return "offset", f"must be before the end of the clip, which is {seconds:.3f} seconds long"
        case _:
            pass
    return None
