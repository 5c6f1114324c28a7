"""Edits of videos: a row for each endpoint, and one way for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.bodies import AnyBody, Given
from rushes.dialects.kit.endpoint import Endpoint, Handler
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import ignored
from rushes.dialects.studio import shapes_editing as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.working import Desk
from rushes.engines.contract import Role
from rushes.jobs.intake import Source
from rushes.media import edits

_FORM_BYTES = 100_000
"""What a form has around its files."""
_TIMES = {"start": "start_time", "end": "end_time"}


class Row(Struct, frozen=True):
    """An endpoint: its path and body, the model that prices it, the edit that it means, its words for the edit's."""

    path: str
    summary: str
    body: type[Any]
    model: str
    edit: Callable[[Any], edits.Edit | edits.Taking]
    names: Mapping[str, str] = {}


def _place(text: str, field: str = "position") -> edits.Place:
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    if name not in shapes.PLACES:
        raise invalid(field, f"must be one of {', '.join(shapes.PLACES)}")
    return name


def _resize(body: shapes.EditResize) -> edits.Edit:
    if body.preset and (body.width or body.height):
        raise invalid("preset", "says width and height already; give one or the other")
    width, height = edits.PRESETS[body.preset] if body.preset else (body.width, body.height)
    return edits.Resize(width=width, height=height)


def _overlay(body: shapes.EditTextOverlay) -> edits.Edit:
    if (body.x is None) != (body.y is None):
        raise invalid("x" if body.x is None else "y", "is required where the other is given")
    return edits.Overlay(
        text=body.text,
        position=_place(body.position),
        x=body.x,
        y=body.y,
        font_size=body.font_size,
        color=body.color,
        start=body.start_time,
        end=body.end_time,
    )


def _watermark(body: shapes.AddWatermark) -> edits.Edit:
    if body.type == "text" and not body.text.strip():
        raise invalid("text", "is required for a text watermark")
    return edits.Watermark(
        text=body.text if body.text.strip() and body.type != "image" else None,
        position=_place(body.position),
        opacity=body.opacity,
        scale=body.scale,
    )


def _sound(body: shapes.AddAudio) -> edits.Edit:
    return edits.Mixing(
        mode=body.mode,
        offset=body.offset_seconds,
        volume=body.volume,
        original_volume=body.original_volume,
        ducking=body.duck,
        fade_in=body.fade_in_seconds,
        fade_out=body.fade_out_seconds,
        loop=body.loop,
    )


ROWS: tuple[Row, ...] = (
    Row("/api/edit/trim", "Trim a video to a time range, exact to the frame", shapes.EditTrim, "edit",
        lambda body: edits.Trim(start=body.start_seconds, end=body.end_seconds),
        {"start": "start_seconds", "end": "end_seconds"}),
    Row("/api/edit/speed", "Change the playback speed, 0.25 to 4 times; voices keep their pitch", shapes.EditSpeed,
        "edit", lambda body: edits.Speed(factor=body.speed_factor), {"factor": "speed_factor"}),
    Row("/api/edit/crop", "Crop a region of a video", shapes.EditCrop, "edit",
        lambda body: edits.Crop(x=body.x, y=body.y, width=body.width, height=body.height)),
    Row("/api/edit/resize", "Resize and pad a video (presets: 1080p, 720p)", shapes.EditResize, "edit", _resize),
    Row("/api/edit/text-overlay", "Burn a text onto a video", shapes.EditTextOverlay, "edit", _overlay, _TIMES),
    Row("/api/edit/merge", "Concatenate 2 to 20 videos", shapes.EditMerge, "merge", lambda _: edits.Merge()),
    Row("/api/tools/trim-video", "Trim a video", shapes.TrimVideo, "trim",
        lambda body: edits.Trim(start=body.start_time, end=body.end_time), _TIMES),
    Row("/api/tools/extract-frames", "Extract frames: first, last, middle, or one of each second (zip)",
        shapes.ExtractFrames, "extract_frames", lambda body: edits.Frames(which=body.mode), {"which": "mode"}),
    Row("/api/tools/video-to-gif", "Convert a video to an animated GIF", shapes.VideoToGif, "gif",
        lambda body: edits.Gif(width=body.width, fps=body.fps, start=body.start_time, end=body.end_time), _TIMES),
    Row("/api/tools/add-watermark", "Add a text or an image to a video", shapes.AddWatermark, "watermark", _watermark),
    Row("/api/video/add-audio", "Put audio to a video", shapes.AddAudio, "add_audio", _sound,
        {"offset": "offset_seconds"}),
    Row("/api/tts/add-to-video", "Mix speech into a video", shapes.AddSpeech, "add_audio",
        lambda body: edits.Mixing(offset=body.offset_seconds, volume=body.volume, original_volume=body.original_volume),
        {"offset": "offset_seconds"}),
)  # fmt: skip
"""Every edit of the document."""


def endpoints(context: Context) -> list[Endpoint]:
    """An endpoint for each row. Bodies are JSON, or forms that bring the files with them."""
    desk = Desk(context)
    limit = context.services.settings.max_video_bytes + _FORM_BYTES
    return [
        Endpoint(
            method="POST",
            path=row.path,
            run=_handler(_Edit(context, desk, row, limit)),
            summary=row.summary,
            body=row.body,
            answer=shapes.Worked,
            errors=(400, 403, 404, 429, 503),
            creates=True,
        )
        for row in ROWS
    ]


def _handler(edit: _Edit) -> Handler:
    """The edit as a function with a name of its own, which the API's document shows."""

    async def run(request: Request) -> Response:
        return await edit.run(request)

    run.__name__ = edit.name
    return run


class _Edit:
    def __init__(self, context: Context, desk: Desk, row: Row, limit: int) -> None:
        self.name = row.path.removeprefix("/api/").replace("/", "_").replace("-", "_")
        self._context = context
        self._desk = desk
        self._row = row
        self._body = AnyBody(row.body, limit, lists=frozenset({"video_filenames"}))

    async def run(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        given = await self._body.read(request)
        edit = self._row.edit(given.fields)
        sources = await self._sources(caller, given, edit)
        warnings = ignored(given.unknown)
        return await self._desk.edit(request, caller, self._row.model, edit, sources, self._row.names, warnings)

    async def _sources(self, caller: Caller, given: Given[Any], edit: edits.Edit | edits.Taking) -> list[Source]:
        """The clip or clips, and what the edit puts to them."""
        find, body = self._desk.source, given.fields
        if isinstance(body, shapes.EditMerge):
            return [
                await find(caller, given, f"video_filenames[{number}]", name, Role.VIDEO, "video")
                for number, name in enumerate(body.video_filenames)
            ]
        sources = [await find(caller, given, "video_filename", body.video_filename, Role.VIDEO, "video")]
        match body:
            case shapes.AddAudio():
                sources.append(await find(caller, given, "audio_filename", body.audio_filename, Role.AUDIO, "audio"))
            case shapes.AddSpeech():
                sources.append(await find(caller, given, "tts_filename", body.tts_filename, Role.AUDIO, "audio"))
            case shapes.AddWatermark() if isinstance(edit, edits.Watermark) and edit.text is None:
                pictured = body.image_filename or given.file("image_filename") or given.file("image")
                if body.type is None and not pictured:
                    raise invalid("text", "is required, or an image")
                sources.append(await find(caller, given, "image_filename", body.image_filename, Role.IMAGE, "image"))
            case _:
                pass
        return sources
