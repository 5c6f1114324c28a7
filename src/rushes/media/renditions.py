"""Small pictures of a video: one frame of it, or many in a grid.

These functions block; callers run them in a thread.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rushes.media.probe import MediaInfo, UnreadableMedia, open_media, probe
from rushes.media.sniff import HEAD, sniff

_MOST_PIXELS = 8192 * 8192
"""Of a frame: more is not decoded."""
_LARGEST, _MOST_TILES = 4096, 400
_PATIENCE = 600
"""So many frames after the nearest key frame are decoded in search of a moment, then the last one is taken."""
_LEAP = 2.0
"""Seconds ahead that are worth a seek; less is decoded through."""
_WEBP_QUALITY, _JPEG_QUALITY = 82, 85


def thumbnail(path: Path, *, at_fraction: float = 0.0, max_side: int = 512) -> bytes:
    """One frame of a video as WebP, its longer side at most `max_side` pixels; it is never enlarged.

    at_fraction: where in the video, 0 its first frame, 1 its last. Raises UnreadableMedia, and ValueError for
    numbers out of range.
    """
    if not 0 <= at_fraction <= 1 or not 16 <= max_side <= _LARGEST:
        raise ValueError(f"at_fraction must be 0 to 1 and max_side 16 to {_LARGEST}")
    info = _known(path)
    frame = next(_frames(path, [at_fraction * info.duration], max_side))
    return _written(frame, "WEBP", quality=_WEBP_QUALITY, method=4)


def spritesheet(path: Path, *, columns: int = 5, rows: int = 5, max_side: int = 2048) -> bytes:
    """Evenly spaced frames of a video in a grid as JPEG, row by row, the longer side at most `max_side` pixels.

    All tiles have one size, and are never enlarged. A video of fewer frames repeats some. Raises
    UnreadableMedia, and ValueError for numbers out of range.
    """
    if columns < 1 or rows < 1 or columns * rows > _MOST_TILES or not 16 <= max_side <= _LARGEST:
        raise ValueError(f"at most {_MOST_TILES} tiles and a max_side of 16 to {_LARGEST} are possible")
    from PIL import Image

    info = _known(path)
    count = columns * rows
    times = [(number + 0.5) / count * info.duration for number in range(count)]
    sheet: Any = None
    for number, tile in enumerate(_frames(path, times, max_side, columns=columns, rows=rows)):
        if sheet is None:
            wide, high = tile.size
            sheet = Image.new("RGB", (wide * columns, high * rows))
        # A stream may change its size on the way; the grid does not.
        sheet.paste(tile.resize((wide, high)) if tile.size != (wide, high) else tile,
                    (number % columns * wide, number // columns * high))  # fmt: skip
    return _written(sheet, "JPEG", quality=_JPEG_QUALITY)


def _known(path: Path) -> MediaInfo:
    info = probe(path)
    if not info.width or not info.height:
        raise UnreadableMedia("the file has no picture")
    if info.width * info.height > _MOST_PIXELS:
        raise UnreadableMedia(f"the video has {info.width}x{info.height} pixels: too many")
    return info


def _frames(path: Path, times: list[float], max_side: int, *, columns: int = 1, rows: int = 1) -> Iterator[Any]:
    """The frame shown at each of the rising `times` (seconds from the start), scaled, as Pillow's pictures."""
    import av

    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None:
        raise UnreadableMedia("not a media file of a known kind")
    shown: Any = None
    try:
        with open_media(path, found.demuxer) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}
            start = float(stream.start_time * stream.time_base) if stream.start_time is not None else 0.0
            reader = _Reader(container, stream, start)
            for time in times:
                shown = reader.at(time)
                yield _picture(shown, stream, max_side, columns, rows)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableMedia("damaged or incomplete media file") from error


class _Reader:
    """Decodes forwards, and leaps where that is shorter."""

    def __init__(self, container: Any, stream: Any, start: float) -> None:
        self._container, self._stream, self._start = container, stream, start
        self._decoded = container.decode(stream)
        self._next: Any = None
        self._shown: Any = None

    def at(self, time: float) -> Any:
        """The last frame that begins at `time` or before; the last one there is, past the end or what is damaged."""
        import av

        here = self._time(self._shown) if self._shown is not None else 0.0
        if time - here > _LEAP:
            self._leap(time)
        try:
            for _ in range(_PATIENCE):
                ahead = self._next if self._next is not None else next(self._decoded, None)
                self._next = None
                if ahead is None:
                    break
                if self._shown is not None and self._time(ahead) > time + 1e-4:
                    self._next = ahead
                    break
                self._shown = ahead
        except av.FFmpegError:
            if self._shown is None:
                raise
        if self._shown is None:
            raise UnreadableMedia("the video has no frame that can be decoded")
        return self._shown

    def _leap(self, time: float) -> None:
        import av

        try:
            self._container.seek(int((time + self._start) / self._stream.time_base), stream=self._stream)
        except av.FFmpegError:
            return  # a file without an index is read through
        self._decoded, self._next = self._container.decode(self._stream), None

    def _time(self, frame: Any) -> float:
        return float(frame.time) - self._start if frame.time is not None else 0.0


def _picture(frame: Any, stream: Any, max_side: int, columns: int, rows: int) -> Any:
    """A frame upright, with square pixels, sized so that the grid keeps to `max_side`."""
    ratio = float(stream.sample_aspect_ratio or 1) or 1.0
    wide, high = (frame.width * ratio, float(frame.height)) if ratio > 1 else (float(frame.width), frame.height / ratio)
    turn = int(getattr(frame, "rotation", 0)) % 360
    across, down = (high, wide) if turn in (90, 270) else (wide, high)
    factor = min(1.0, max_side / max(across * columns, down * rows))
    size = (max(1, int(wide * factor)), max(1, int(high * factor)))
    from av.video.reformatter import Interpolation

    small = frame.reformat(width=size[0], height=size[1], format="rgb24", interpolation=Interpolation.AREA)
    picture = small.to_image()
    return picture.rotate(turn, expand=True) if turn else picture


def _written(picture: Any, format: str, **options: Any) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, format, **options)
    return sink.getvalue()
