"""The first frame of each track, decoded while the packets go by: what a track really holds, and that it decodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av

_PATIENCE = 300
"""Packets without a frame, then the track counts as damaged."""


class Tasting:
    """Shown a file's packets in their order. frames: the first of each track that decodes, by the track's index."""

    def __init__(self, streams: Sequence[Any]) -> None:
        self.frames: dict[int, Any] = {}
        self._tried = {stream.index: 0 for stream in streams}

    def __call__(self, packet: Any) -> None:
        """Decode it, if its track still needs that; damaged ones are passed over."""
        index = packet.stream_index
        tried = self._tried.get(index)
        if tried is None:
            return
        self._tried[index] = tried + 1
        try:
            frame = next(iter(packet.decode() or _at_once(packet)), None)
        except av.InvalidDataError:
            frame = None
        if frame is not None:
            self.frames[index] = frame
        if frame is not None or tried > _PATIENCE:
            del self._tried[index]


def _at_once(packet: Any) -> list[Any]:
    """What the decoder holds back of a frame that stands alone: it would wait for two more to give it."""
    if packet.stream.type != "video" or not packet.is_keyframe or packet.is_discard:
        return []
    context = packet.stream.codec_context
    frames: list[Any] = context.decode(None)
    # Also after nothing: it takes packets again.
    context.flush_buffers()
    return frames
