"""The JSON of edits and tools. Times in seconds, sizes and places in pixels of the picture as it is shown."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from rushes.dialects.studio.shapes_history import Status
from rushes.media.edits import Color, Pixels, Place, Seconds, Share, Side, Volume

Name = Annotated[str, Meta(max_length=100_000_000)]
"""A file's name as an answer gave it, an http(s) address, or a data URL."""


class Clip(Struct, kw_only=True):
    """Which video: a name, an address, or left out where the form brings a file `video`."""

    video_filename: Name = ""


class EditTrim(Clip, kw_only=True):
    """Keep what is between the times; to the end unless said."""

    start_seconds: Seconds = 0.0
    end_seconds: Seconds | None = None


class EditSpeed(Clip, kw_only=True):
    """Play so many times faster."""

    speed_factor: Annotated[float, Meta(ge=0.25, le=4)]


class EditCrop(Clip, kw_only=True):
    """The part of the picture to keep."""

    x: Pixels = 0
    y: Pixels = 0
    width: Side
    height: Side


class EditResize(Clip, kw_only=True):
    """A size by name, or in pixels; of one side alone, the other follows."""

    preset: Literal["1080p", "720p"] | None = None
    width: Side | None = None
    height: Side | None = None


class EditTextOverlay(Clip, kw_only=True):
    """The text and where it stands: a place by name, or x and y. Colours by name or as #rrggbb."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    position: str = "bottom"
    x: Pixels | None = None
    y: Pixels | None = None
    font_size: Annotated[int, Meta(ge=4, le=1000)] | None = None
    color: Color = "white"
    start_time: Seconds = 0.0
    end_time: Seconds | None = None


class EditMerge(Struct, kw_only=True):
    """The videos in their order."""

    video_filenames: Annotated[list[Name], Meta(min_length=2, max_length=20)]


class TrimVideo(Clip, kw_only=True):
    """Keep what is between the times; to the end unless said."""

    start_time: Seconds = 0.0
    end_time: Seconds | None = None


class UpscaleVideo(Clip, kw_only=True):
    """How many times larger."""

    scale_factor: Literal[2, 3, 4] = 2


class ExtractFrames(Clip, kw_only=True):
    """One frame as a PNG, or one of each second in a zip archive."""

    mode: Literal["first", "last", "middle", "all_1fps"] = "first"


class VideoToGif(Clip, kw_only=True):
    """Width in pixels (480 unless said, never more than the clip's) and frames a second; the whole clip or a part."""

    width: Annotated[int, Meta(ge=16, le=1920)] | None = None
    fps: Annotated[float, Meta(ge=1, le=50)] = 10.0
    start_time: Seconds = 0.0
    end_time: Seconds | None = None


class AddWatermark(Clip, kw_only=True):
    """A text, or a picture: by name, by address, or a file `image` of the form. `scale` is its share of the width."""

    type: Literal["text", "image"] | None = None
    text: Annotated[str, Meta(max_length=200)] = ""
    image_filename: Name = ""
    position: str = "bottom-right"
    opacity: Share = 0.6
    scale: Annotated[float, Meta(ge=0.01, le=1)] = 0.2


class RemoveBackground(Struct, kw_only=True):
    """Which image: a file of the form, a name or an address."""

    image_filename: Name = ""


class FaceSwap(Struct, kw_only=True):
    """The picture to put a face into (`target`) and the one to take it from (`source`): files of the form, or names."""

    target_image: Name = ""
    source_image: Name = ""
    face: Annotated[int, Meta(ge=0, le=100)] | Literal["all"] = "all"


class AddAudio(Clip, kw_only=True):
    """Sound to a video: beside its own or in its place, from `offset_seconds` on, quieter while the video speaks
    (`duck`), with fades, repeated to the video's end (`loop`); what is longer than the video is cut.
    """

    audio_filename: Name = ""
    mode: Literal["mix", "replace"] = "mix"
    offset_seconds: Seconds = 0.0
    volume: Volume = 1.0
    original_volume: Volume = 1.0
    duck: bool = False
    fade_in_seconds: Seconds = 0.0
    fade_out_seconds: Seconds = 0.0
    loop: bool = False


class AddSpeech(Clip, kw_only=True):
    """Speech into a video, from `offset_seconds` on; the video's own sound stays."""

    tts_filename: Name = ""
    offset_seconds: Seconds = 0.0
    volume: Volume = 1.0
    original_volume: Volume = 1.0


class BurnSubtitles(Clip, kw_only=True):
    """Which subtitles, made here, and how they look."""

    srt_filename: Annotated[str, Meta(min_length=1, max_length=200)]
    style: Literal["default", "bold-yellow", "minimal"] = "default"


class Worked(Struct, kw_only=True):
    """A piece of work: finished, with its file, or going on, to be asked for at `status_url`.

    `credits_charged`: what is held while it goes on, what it cost once it is done.
    """

    job_id: str
    status: Status
    progress: int
    credits_charged: int
    credits_remaining: int
    engine: str
    warnings: list[str]
    status_url: str
    filename: str | None = None
    url: str | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    size: int | None = None
    srt_filename: str | None = None
    vtt_url: str | None = None


PLACES: tuple[Place, ...] = (
    "center", "top", "bottom", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right",
)  # fmt: skip
