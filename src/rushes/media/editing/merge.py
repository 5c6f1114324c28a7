"""Clips one behind the other: copied where they match, else made to match the first one."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rushes.media.editing.ffmpeg import EditFailed, Report, whole
from rushes.media.editing.joining import copied_merge
from rushes.media.editing.matching import Matching, Shape, shape_of
from rushes.media.editing.nal import NotPlain
from rushes.media.editing.source import Source, look
from rushes.media.editing.writing import changes

log = logging.getLogger(__name__)

MOST_CLIPS = 20
_TOGETHER = 4
"""Clips that are decoded side by side: each takes 30 MB in 1080p."""


def merge(sources: Sequence[Source], target: Path, folder: Path, report: Report) -> tuple[str, ...]:
    """Write 2 to 20 clips one behind the other to an MP4; warnings.

    The first clip gives the size; others are fitted into it, with black edges where their shape differs. A clip
    without sound is silent for its length. Raises EditFailed and UnreadableMedia.
    """
    if not 2 <= len(sources) <= MOST_CLIPS:
        raise EditFailed(f"2 to {MOST_CLIPS} clips can be merged, got {len(sources)}")
    import av

    with whole(target):
        try:
            copied_merge(sources, target, report)
        except (NotPlain, av.FFmpegError, ValueError) as reason:
            log.debug("encoding all of the clips", extra={"reason": str(reason)})
        else:
            return _said(sources)
        shape = shape_of([source.picture for source in sources])
        _encoded_merge(Matching(sources, shape), target, folder, report)
    return _said(sources) + _matched(sources, shape)


def _encoded_merge(clips: Matching, target: Path, folder: Path, report: Report) -> None:
    """Encode a few at a time, then copy what came of them together. Raises EditFailed and UnreadableMedia."""
    everything = range(len(clips.sources))
    if len(everything) <= _TOGETHER:
        return clips.write(everything, target, folder, report)
    import av

    total, done = clips.frames(everything), 0
    with tempfile.TemporaryDirectory(prefix="merge-", dir=folder) as name:
        parts = []
        for first in everything[::_TOGETHER]:
            group, part = everything[first : first + _TOGETHER], Path(name) / f"{first}.mp4"
            share = clips.frames(group)
            clips.write(group, part, folder, partial(_told, report, done / total, share / total))
            parts.append(part)
            done += share
        try:
            copied_merge([look(part) for part in parts], target, lambda _: None)
        except (NotPlain, av.FFmpegError, ValueError) as reason:
            log.warning("encoding all of the clips at once", extra={"reason": str(reason)})
            clips.write(everything, target, folder, lambda _: None)


def _told(report: Report, before: float, share: float, done: float) -> None:
    report(min(1.0, before + share * done))


def _said(sources: Sequence[Source]) -> tuple[str, ...]:
    said = dict.fromkeys(warning for source in sources for warning in changes(source))
    silent = [str(number) for number, source in enumerate(sources, 1) if not source.audio]
    if silent and len(silent) < len(sources):
        said[f"without sound, and silent in the result: clip {', '.join(silent)}"] = None
    return tuple(said)


def _matched(sources: Sequence[Source], shape: Shape) -> tuple[str, ...]:
    said = []
    videos = [source.picture for source in sources]
    if len({(video.shown_width, video.shown_height) for video in videos}) > 1:
        said.append(f"all clips were fitted into the first one's size, {shape.width}x{shape.height}")
    if len({video.fps for video in videos}) > 1 or not all(video.constant for video in videos):
        said.append(f"the frame rates differed: the result has {float(shape.rate):g} frames a second")
    if any(video.color.hdr for video in videos) and not shape.hdr:
        said.append("pictures in HDR were turned into standard ones, as not all clips are alike")
    return tuple(said)
