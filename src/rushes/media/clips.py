"""Clips that callers gave, read for making something of them: the picture at another rate and size, the sound.

What is damaged in the middle is passed over. These functions block; callers run them in a process or thread of theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.media.encode import SAMPLE_RATE
from rushes.media.probe import UnreadableMedia, open_media
from rushes.media.sniff import HEAD, sniff
from rushes.processors import DECODING, threads

Picture = NDArray[np.uint8]
Samples = NDArray[np.float32]
_EARLY = 1e-4
"""Seconds by which times in files are off for want of digits."""


def clip_frames(path: Path, *, width: int, height: int, fps: float, seconds: float) -> Iterator[Picture]:
    """What a clip shows at 0, 1 / fps, 2 / fps and so on: RGB uint8 (height, width, 3), each a new array.

    Upright, scaled and cropped around the middle to fill the size. At most round(fps * seconds) frames: it ends where
    the clip ends. Raises UnreadableMedia where there is no frame.
    """
    most = max(1, round(fps * seconds))
    made = 0
    shown: Any = None
    end = 0.0
    for frame, start, until in _timed(path):
        while shown is not None and made < most and made / fps < start - _EARLY:
            yield _fitted(shown, width, height)
            made += 1
        if made >= most:
            return
        shown, end = frame, until
    if shown is None:
        raise UnreadableMedia("the clip has no picture that can be decoded")
    while made < most and (made / fps < end - _EARLY or not made):
        yield _fitted(shown, width, height)
        made += 1


def shown_size(path: Path) -> tuple[int, int]:
    """The width and height that players show a clip in, turned as it says. Raises UnreadableMedia."""
    for frame, _, _ in _timed(path):
        return (frame.height, frame.width) if round(frame.rotation / 90) % 2 else (frame.width, frame.height)
    raise UnreadableMedia("the clip has no picture that can be decoded")


def clip_sound(path: Path, seconds: float) -> Samples | None:
    """The sound of a clip or a recording as stereo, float32 (n, 2) at 48 kHz, at most so many seconds; None for none.

    It begins when the picture does. Raises UnreadableMedia.
    """
    import av

    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    most = round(seconds * SAMPLE_RATE)
    pieces: list[Samples] = []
    size = 0
    try:
        with _opened(path) as container:
            if not container.streams.audio:
                return None
            begin = (container.start_time or 0) / 1_000_000
            for frame in _decoded(container, container.streams.audio[0]):
                late = round(((frame.time or 0.0) - begin) * SAMPLE_RATE) if not pieces else 0
                if late > 0:
                    size += min(late, most)
                    pieces.append(np.zeros((min(late, most), 2), np.float32))
                frame.pts = None
                for piece in resampler.resample(frame):
                    pieces.append(np.asarray(piece.to_ndarray().T, np.float32))
                    size += len(pieces[-1])
                if size >= most:
                    break
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableMedia("the sound cannot be read") from error
    return np.concatenate(pieces)[:most] if pieces else None


def _timed(path: Path) -> Iterator[tuple[Any, float, float]]:
    """Frames in the order that they are shown, with when they appear and go, in seconds from the first one on."""
    import av

    try:
        with _opened(path) as container:
            if not container.streams.video:
                raise UnreadableMedia("the file has no picture")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            stream.thread_count = threads(DECODING)
            usual = 1 / float(stream.average_rate or 24)
            first: float | None = None
            until = 0.0
            for frame in _decoded(container, stream):
                time = frame.time if frame.time is not None else until + (first or 0.0)
                first = time if first is None else first
                lasts = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else usual
                until = time - first + (lasts if lasts > 0 else usual)
                yield frame, time - first, until
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableMedia("the clip is damaged or incomplete") from error


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    import av

    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue


def _opened(path: Path) -> Any:
    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or not found.demuxer:
        raise UnreadableMedia("not a media file of a known kind")
    return open_media(path, found.demuxer)


def _fitted(frame: Any, width: int, height: int) -> Picture:
    turns = round(frame.rotation / 90) % 4
    across, down = (height, width) if turns % 2 else (width, height)
    factor = max(across / frame.width, down / frame.height)
    wide, tall = max(across, math.ceil(frame.width * factor)), max(down, math.ceil(frame.height * factor))
    method = "AREA" if factor < 1 else "BICUBIC"
    picture = frame.to_ndarray(format="rgb24", width=wide, height=tall, interpolation=method)
    left, top = (wide - across) // 2, (tall - down) // 2
    return np.ascontiguousarray(np.rot90(picture[top : top + down, left : left + across], turns))
