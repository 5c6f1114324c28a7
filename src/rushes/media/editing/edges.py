"""The few frames beside a joint: decoded, and encoded so that they fit between packets that are copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import av
from av.video.frame import PictureType

from rushes.media.editing.nal import NotPlain, Sets, packed, sets_of_stream, sps_of

PRESET, CRF = "ultrafast", 17
"""Fine, for they stand beside frames that were not encoded again. With the profile's own tools: 66 frames of 1080p took
a third of superfast's time, and no more bytes."""
_PROFILES = {66: ("baseline", ""), 77: ("main", ":cabac=1"), 100: ("high", ":cabac=1:8x8dct=1")}
_GLOBAL_HEADER = 1 << 22


class Edge:
    """Frames that are encoded anew. Feed it the packets that they need, in order.

    left: how many frames are still to come. sets: the parameter sets of what it makes.
    """

    def __init__(self, stream: Any, sets: Sets, times: Sequence[tuple[int, int]], end: int) -> None:
        """times: when each frame is shown, and its new packet's decoding time. end: when the last frame goes.

        Raises NotPlain where nothing can be encoded that fits the stream.
        """
        self._stream, self._length, self._times, self._end = stream, sets.length, times, end
        self._wanted = {pts for pts, _ in times}
        self.left = len(times)
        self._open = bool(times)
        if times:
            self._encoder = _encoder(stream.codec_context, stream, sets)
            self.sets = sets_of_stream(self._encoder.extradata)
            if self.sets.ids() & sets.ids() or sps_of(self.sets.sps[0]).profile != sps_of(sets.sps[0]).profile:
                raise NotPlain("an encoder whose parameter sets do not fit")

    def fed(self, packet: Any, spare: bool) -> Iterator[Any]:
        """The packets that follow from one more of the clip's. spare: no other frame needs it."""
        if self._open and not (spare and packet.pts not in self._wanted):
            yield from self._encoded(packet.decode())

    def finished(self) -> Iterator[Any]:
        """The packets that were still held back. Again: none."""
        if self._open:
            self._open = False
            context = self._stream.codec_context
            yield from self._encoded(context.decode(None))
            yield from self._numbered(self._encoder.encode(None))
            context.flush_buffers()

    def _encoded(self, frames: Sequence[Any]) -> Iterator[Any]:
        for frame in frames:
            if frame.pts in self._wanted and not frame.is_corrupt:
                # x264 would make each frame of the kind that it was.
                frame.pict_type = PictureType.NONE
                frame.time_base = self._stream.time_base
                yield from self._numbered(self._encoder.encode(frame))

    def _numbered(self, packets: Sequence[Any]) -> Iterator[Any]:
        for packet in packets:
            at = len(self._times) - self.left
            pts, dts = self._times[at]
            if packet.pts != pts:
                raise NotPlain("a frame that does not decode")
            self.left -= 1
            made = av.Packet(packed(bytes(packet), self._length))
            made.pts, made.dts = pts, dts
            made.duration = (self._times[at + 1][0] if self.left else self._end) - pts
            made.is_keyframe = packet.is_keyframe
            yield made


def _encoder(context: Any, stream: Any, sets: Sets) -> Any:
    known = sps_of(sets.sps[0])
    taken = sets.ids()
    free = next((number for number in range(31, -1, -1) if number not in taken), None)
    if free is None or known.profile not in _PROFILES:
        raise NotPlain("a profile that we do not encode")
    profile, tools = _PROFILES[known.profile]
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = context.width, context.height, context.pix_fmt
    encoder.time_base = stream.time_base
    encoder.framerate = stream.average_rate or 25
    encoder.sample_aspect_ratio = context.sample_aspect_ratio or 1
    encoder.color_range, encoder.colorspace = context.color_range, context.colorspace
    encoder.color_primaries, encoder.color_trc = context.color_primaries, context.color_trc
    encoder.flags |= _GLOBAL_HEADER
    encoder.options = {
        "preset": PRESET,
        "crf": str(CRF),
        "profile": profile,
        "level": f"{known.level // 10}.{known.level % 10}",
        "x264-params": f"sps-id={free}:bframes=0:keyint=infinite:scenecut=0{tools}",
    }
    encoder.open()
    return encoder
