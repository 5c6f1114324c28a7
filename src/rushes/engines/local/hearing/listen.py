"""Any sound or video file as mono float32 at 16 kHz, in blocks that end in a pause."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.media.probe import open_media
from rushes.media.sniff import HEAD, sniff

RATE = 16_000
BLOCK = 600.0
"""Seconds in a block: what the recogniser holds at once, however long the recording is."""
_SEARCH = 30.0
"""Seconds at a block's end in which the quietest moment is looked for."""
_MOMENT = 0.3
_GAP, _LONGEST_GAP = 0.1, 3600.0
"""Seconds without sound in the file that are filled with silence; more is a damaged time."""

Samples = NDArray[np.float32]


class UnhearableError(Exception):
    """There is no sound that can be decoded. The message may be shown."""


def blocks(path: Path, block: float = BLOCK) -> Iterator[Samples]:
    """The recording, without a gap. Its bytes choose the demuxer, which may open nothing but this file.

    What is damaged in the middle is passed over. Raises UnhearableError when nothing can be decoded.
    """
    held: list[Samples] = []
    size = 0
    limit = round(block * RATE)
    for piece in _decoded(path):
        held.append(piece)
        size += len(piece)
        if size >= limit:
            joined = np.concatenate(held)
            cut = quietest(joined)
            yield joined[:cut]
            held, size = [joined[cut:]], len(joined) - cut
    if size:
        yield np.concatenate(held)


def quietest(samples: Samples) -> int:
    """The middle of the quietest moment in the last seconds: where to cut so that no word is cut."""
    moment = round(_MOMENT * RATE)
    begin = max(len(samples) // 2, len(samples) - round(_SEARCH * RATE))
    tail = samples[begin:]
    if len(tail) <= moment:
        return len(samples)
    energy = np.cumsum(np.square(tail, dtype=np.float64))
    return begin + int(np.argmin(energy[moment:] - energy[:-moment])) + moment // 2


def _decoded(path: Path) -> Iterator[Samples]:
    import av

    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or not found.demuxer:
        raise UnhearableError("not a recording of a known kind")
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    made = 0
    heard = False
    try:
        with open_media(path, found.demuxer) as container:
            if not container.streams.audio:
                raise UnhearableError("the recording has no sound")
            begin = (container.start_time or 0) / 1_000_000
            for frame in _frames(container):
                # Sound that begins after the picture, or pauses in the file: times must still be the recording's.
                missing = (frame.time or 0.0) - begin - made / RATE
                if _GAP < missing < _LONGEST_GAP:
                    silence = np.zeros(round(missing * RATE), np.float32)
                    made += len(silence)
                    yield silence
                frame.pts = None
                heard = True
                for piece in resampler.resample(frame):
                    made += piece.samples
                    yield _array(piece)
            for piece in resampler.resample(None):
                yield _array(piece)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnhearableError("the recording is damaged or incomplete") from error
    if not heard:
        raise UnhearableError("the recording is damaged or incomplete")


def _array(piece: Any) -> Samples:
    samples: Samples = piece.to_ndarray().reshape(-1)
    return samples


def _frames(container: Any) -> Iterator[Any]:
    import av

    for packet in container.demux(audio=0):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue
