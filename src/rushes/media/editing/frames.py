"""Single frames of a clip as PNG, and one for each second as a ZIP of PNG or JPEG.

The moment of the last and the middle frame is found by decoding towards it, for headers and indexes err; the picture
is then made by ffmpeg, upright, with square pixels and ordinary brightness.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

from rushes.media.editing.ffmpeg import EditFailed, Report, reading, run, whole
from rushes.media.editing.redraw import BadParameter, ordinary, square
from rushes.media.editing.source import Source, VideoTrack
from rushes.media.probe import UnreadableMedia, open_media
from rushes.processors import DECODING, threads

MODES = ("first", "last", "middle", "all_1fps")
MOST_FRAMES = 600
_FORMATS = {"png": ("-c:v", "png"), "jpeg": ("-c:v", "mjpeg", "-q:v", "3")}
_SUFFIX = {"png": "png", "jpeg": "jpg"}
_NONE = 0.0005
"""Seconds before a frame's time that are asked for, so that rounding cannot pass it."""
_STAMP = (1980, 1, 1, 0, 0, 0)
"""The same for all: equal clips make equal archives."""


def extract_frames(
    source: Source, *, mode: str, format: str = "png", target: Path, folder: Path, report: Report
) -> tuple[str, ...]:
    """Write one frame as a picture; for all_1fps a ZIP of them: frame_00000.png is shown at 0 s, frame_00001.png at 1.

    mode: one of MODES. format: png or jpeg. Raises BadParameter, UnreadableMedia, EditFailed.
    """
    if mode not in MODES:
        raise BadParameter("mode", f"must be one of {', '.join(MODES)}, got {mode[:40]!r}")
    if format not in _FORMATS:
        raise BadParameter("format", f"must be one of {', '.join(_FORMATS)}, got {format[:40]!r}")
    with whole(target):
        if mode == "all_1fps":
            _every_second(source, format, target, folder, report)
        else:
            moment = 0.0 if mode == "first" else _moment(source, middle=mode == "middle")
            _one(source, moment, format, target, folder, report)
    return ()


def _one(source: Source, moment: float, format: str, target: Path, folder: Path, report: Report) -> None:
    seek = ("-ss", f"{moment - _NONE:.6f}") if moment > _NONE else ()
    made = target.resolve()
    arguments = [
        *reading(source.path.resolve(), source.demuxer, *seek), "-map", f"0:{source.picture.index}", "-vf",
        _chain(source.picture, format), *_FORMATS[format], "-frames:v", "1", "-f", "image2", "-update", "1",
        f"file:{made}",
    ]  # fmt: skip
    run(arguments, seconds=0, report=report, folder=folder)
    if not made.exists():
        raise EditFailed("the video has no frame there")


def _every_second(source: Source, format: str, target: Path, folder: Path, report: Report) -> None:
    video = source.picture
    count = math.ceil(video.duration - 1e-3)
    if count > MOST_FRAMES:
        raise BadParameter("mode", f"all_1fps is for videos of at most {MOST_FRAMES} seconds, not {count}")
    place = folder / "seconds"
    place.mkdir()
    # Rounded up: each whole second shows the last frame that began by then.
    chain = f"fps=1:start_time=0:round=up,{_chain(video, format)}"
    arguments = [
        *reading(source.path.resolve(), source.demuxer), "-map", f"0:{video.index}", "-vf", chain, *_FORMATS[format],
        "-frames:v", str(max(1, count)), "-start_number", "0", "-f", "image2",
        f"file:{place.resolve()}/frame_%05d.{_SUFFIX[format]}",
    ]  # fmt: skip
    run(arguments, seconds=video.duration, report=report, folder=folder)
    made = sorted(place.iterdir())
    if not made:
        raise EditFailed("the video has no frame that can be decoded")
    # Pictures are packed already.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in made:
            archive.writestr(zipfile.ZipInfo(path.name, _STAMP), path.read_bytes())


def _chain(video: VideoTrack, format: str) -> str:
    last = ["format=rgb24"] if format == "png" else ["scale=out_range=pc:out_color_matrix=bt601", "format=yuvj420p"]
    return ",".join([*ordinary(video), *square(video), *last])


def _moment(source: Source, *, middle: bool) -> float:
    """When the last frame begins, or the one shown halfway; seconds from the file's beginning."""
    import av

    video = source.picture
    goal = video.start + video.duration / 2 if middle else math.inf
    # From the nearest key frame before; from the start where seeking leads nowhere.
    for origin in (min(goal, video.start + video.duration), 0.0):
        found: float | None = None
        try:
            with open_media(source.path, source.demuxer) as container:
                stream: Any = container.streams[video.index]
                stream.thread_type = "AUTO"
                stream.thread_count = threads(DECODING)
                if origin:
                    container.seek(round((origin + source.begin) / stream.time_base), stream=stream, backward=True)
                for frame in container.decode(stream):
                    time = frame.time - source.begin if frame.time is not None else None
                    if time is None:
                        continue
                    if time > goal and found is not None:
                        break
                    if time <= goal:
                        found = max(found or 0.0, time)
        except (av.FFmpegError, ValueError, OSError):
            if found is None and not origin:
                raise UnreadableMedia("the video cannot be decoded") from None
        if found is not None:
            return found
    return 0.0
