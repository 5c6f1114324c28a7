"""The engine of edits: from a request to the function of `media.editing` that does it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, assert_never

import msgspec

from rushes.engines.contract import EngineError, FailureCode, Input, Kind, Mode, Output, Request, Role, Transcript
from rushes.engines.local.needed import wished
from rushes.engines.transcripts import cues_of
from rushes.media import edits
from rushes.media.editing.audio import add_audio
from rushes.media.editing.ffmpeg import VARIABLE, EditFailed, NoFfmpeg
from rushes.media.editing.frames import extract_frames
from rushes.media.editing.gif import gif
from rushes.media.editing.mark import watermark_image, watermark_text
from rushes.media.editing.merge import merge
from rushes.media.editing.overlay import text_overlay
from rushes.media.editing.picture import crop, resize
from rushes.media.editing.redraw import BadParameter
from rushes.media.editing.source import Source, look, look_at
from rushes.media.editing.speed import speed
from rushes.media.editing.subtitles import burn_subtitles
from rushes.media.editing.trim import trim
from rushes.media.probe import UnreadableMedia
from rushes.media.subtitle_reading import read_subtitles
from rushes.media.subtitles import Cue

Report = Callable[[float], None]


def run(
    request: Request, folder: Path, report: Report, settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Do the edit that `request.extra` says. Raises EngineError."""
    kind: Any = edits.Taking if request.mode is Mode.VIDEO_TO_IMAGE else edits.Edit
    edit = msgspec.convert(request.extra, kind)
    if settings.get("ffmpeg"):
        # This process is an engine's alone: what its settings say holds for all that it does.
        os.environ[VARIABLE] = settings["ffmpeg"]
    work = _Work(request, folder, report, settings)
    try:
        warnings, made, mime = work.take(edit) if request.mode is Mode.VIDEO_TO_IMAGE else work.edit(edit)
    except BadParameter as error:
        raise EngineError(FailureCode.INVALID_INPUT, str(error)) from None
    except NoFfmpeg as error:
        raise EngineError(FailureCode.UNAVAILABLE, str(error)) from None
    except (UnreadableMedia, EditFailed, ValueError) as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"the clip cannot be edited: {error}") from None
    return (Output(kind=_kind(mime), mime=mime, location=str(made)),), warnings


class _Work:
    def __init__(self, request: Request, folder: Path, report: Report, settings: dict[str, Any]) -> None:
        self._request = request
        self._folder = folder
        self._report = report
        self._settings = settings

    def edit(self, edit: edits.Edit) -> tuple[tuple[str, ...], Path, str]:
        """Make another clip. Warnings, the file, its media type."""
        target = self._folder / "edited.mp4"
        to: dict[str, Any] = {"target": target, "folder": self._folder, "report": self._report}
        match edit:
            case edits.Merge():
                warnings = merge(look_at([Path(each.path) for each in self._inputs(Role.VIDEO)]), **to)
            case edits.Trim(start=start, end=end):
                clip = self._clip()
                warnings = trim(clip, start, clip.duration if end is None else min(end, clip.duration), **to)
            case edits.Speed(factor=factor):
                warnings = speed(self._clip(), factor, **to)
            case edits.Crop(x=x, y=y, width=width, height=height):
                warnings = crop(self._clip(), x=x, y=y, width=width, height=height, **to)
            case edits.Resize(preset=preset, width=width, height=height):
                sides: dict[str, Any] = {"preset": preset} if preset else {"width": width, "height": height}
                warnings = resize(self._clip(), **sides, **to)
            case edits.Overlay():
                position = edit.position if edit.x is None or edit.y is None else (edit.x, edit.y)
                warnings = text_overlay(
                    self._clip(), text=edit.text, position=position, font_size=edit.font_size, color=edit.color,
                    start_time=edit.start, end_time=edit.end, fonts=self._fonts(), **to,
                )  # fmt: skip
            case edits.Watermark():
                warnings = self._mark(edit, to)
            case edits.Subtitles(style=style):
                warnings = burn_subtitles(self._clip(), cues=self._cues(), style=style, fonts=self._fonts(), **to)
            case edits.Mixing():
                clip, sound = look_at([Path(self._only(role).path) for role in (Role.VIDEO, Role.AUDIO)])
                warnings = add_audio(clip, sound, mixing=edit, **to)
            case _:
                assert_never(edit)
        return warnings, target, "video/mp4"

    def take(self, edit: edits.Taking) -> tuple[tuple[str, ...], Path, str]:
        """Take pictures out of the clip."""
        to: dict[str, Any] = {"folder": self._folder, "report": self._report}
        match edit:
            case edits.Gif():
                target = self._folder / "taken.gif"
                warnings = gif(
                    self._clip(), width=edit.width, fps=edit.fps, start=edit.start, end=edit.end, target=target, **to
                )
                return warnings, target, "image/gif"
            case edits.Frames(which=which):
                ending, mime = ("zip", "application/zip") if which == "all_1fps" else ("png", "image/png")
                target = self._folder / f"taken.{ending}"
                return extract_frames(self._clip(), mode=which, target=target, **to), target, mime
            case _:
                assert_never(edit)

    def _mark(self, edit: edits.Watermark, to: dict[str, Any]) -> tuple[str, ...]:
        look_of: dict[str, Any] = {"position": edit.position, "opacity": edit.opacity}
        if edit.text is not None:
            return watermark_text(self._clip(), text=edit.text, fonts=self._fonts(), **look_of, **to)
        image = Path(self._only(Role.IMAGE).path)
        return watermark_image(self._clip(), image=image, scale=edit.scale, **look_of, **to)

    def _cues(self) -> list[Cue]:
        given = self._only(Role.SUBTITLES)
        content = Path(given.path).read_bytes()
        if given.mime == "application/json":
            return cues_of(msgspec.json.decode(content, type=Transcript))
        return read_subtitles(content)

    def _fonts(self) -> Path | None:
        return wished("fonts", self._settings)

    def _clip(self) -> Source:
        return look(Path(self._only(Role.VIDEO).path))

    def _only(self, role: Role) -> Input:
        return self._inputs(role)[0]

    def _inputs(self, role: Role) -> list[Input]:
        found = [each for each in self._request.inputs if each.role is role]
        if not found:
            raise EngineError(FailureCode.INVALID_INPUT, f"the edit needs an input: {role}")
        return found


def _kind(mime: str) -> Kind:
    if mime == "application/zip":
        return "archive"
    return "image" if mime.startswith("image/") else "video"
