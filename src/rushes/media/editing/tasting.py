"""The first frame of each track, decoded: what a track really holds, and that it decodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av

from rushes.media.editing.ffmpeg import MOST_PIXELS

_PATIENCE = 300
"""Packets without a frame, then the track counts as damaged."""
_ROUGH = {"skip_loop_filter": "all", "max_pixels": str(MOST_PIXELS)}
"""Nobody sees these frames: their edges need not be smoothed. ffmpeg-codecs.html: "skip_loop_filter", "max_pixels"."""


def taste(container: Any, streams: Sequence[Any]) -> dict[int, Any]:
    """The first frame of each stream that decodes, by the stream's index. Damaged packets are passed over."""
    frames: dict[int, Any] = {}
    tried = {stream.index: 0 for stream in streams}
    for stream in streams:
        if stream.type == "video":
            stream.codec_context.options = _ROUGH
    for packet in container.demux(*streams):
        index = packet.stream_index
        if index not in tried or not packet.size:
            continue
        tried[index] += 1
        frame = _first(packet)
        if frame is not None:
            frames[index] = frame
        if frame is not None or tried[index] > _PATIENCE:
            del tried[index]
        if not tried:
            break
    return frames


def _first(packet: Any) -> Any:
    try:
        return next(iter(packet.decode() or _at_once(packet)), None)
    except av.InvalidDataError:
        return None


def _at_once(packet: Any) -> list[Any]:
    """What the decoder holds back of a frame that stands alone: it would wait for two more to give it."""
    if packet.stream.type != "video" or not packet.is_keyframe or packet.is_discard:
        return []
    context = packet.stream.codec_context
    frames: list[Any] = context.decode(None)
    # Also after nothing: it takes packets again.
    context.flush_buffers()
    return frames
