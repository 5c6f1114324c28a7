"""Writing video: H.264 in MP4, 4:2:0, the index in front so that players start at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from rushes import processors
from rushes.media.written import WrittenFile

SAMPLE_RATE = 48_000
PRESET = "superfast"
CRF = 22
X264 = "subme=0:partitions=none"
"""On top of the preset: a fifth more frames a second for a twentieth more bytes."""


class VideoWriter(WrittenFile):
    """One MP4 file being written. Use it as a context manager: on an exception the file is removed.

    Frames are I420: uint8 (height * 3 // 2, width). Sound is float32 (samples, 2) at 48 kHz, -1 to 1.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        fps: int,
        sound: bool = False,
        preset: str = PRESET,
        crf: int = CRF,
        threads: int = 2,
    ) -> None:
        self._path = path
        self._shape = (height * 3 // 2, width)
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        stream: Any = self._container.add_stream("libx264", rate=fps)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p"
        stream.thread_count = processors.threads(threads)
        # Not the stream's own: the container changes that one when it writes its header.
        self._tick = stream.codec_context.time_base = Fraction(1, fps)
        stream.gop_size = fps * 2
        context = stream.codec_context
        context.color_range = 1  # limited
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        stream.options = {"preset": preset, "crf": str(crf), "x264-params": X264}
        self._video = stream
        self._audio: Any = None
        if sound:
            self._audio = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=128_000)
        self._frames = 0
        self._samples = 0

    def write(self, i420: np.ndarray[Any, Any]) -> None:
        """Add one frame. The array may be used again as soon as this returns. Raises ValueError for another size."""
        if i420.shape != self._shape or i420.dtype != np.uint8:
            raise ValueError(f"a frame must be uint8 of shape {self._shape}, not {i420.dtype} of {i420.shape}")
        # The frame points into the array; the encoder copies it, once, before it returns.
        frame: Any = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(i420), format="yuv420p")
        frame.pts = self._frames
        frame.time_base = self._tick
        self._frames += 1
        for packet in self._video.encode(frame):
            self._container.mux(packet)

    def write_audio(self, samples: np.ndarray[Any, Any]) -> None:
        """Add sound; calls follow each other without a gap."""
        planar = np.ascontiguousarray(np.clip(samples, -1.0, 1.0).T, dtype=np.float32)
        frame: Any = av.AudioFrame.from_ndarray(planar, format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._samples
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._samples += planar.shape[1]
        for packet in self._audio.encode(frame):
            self._container.mux(packet)

    def _finish(self) -> None:
        if not self._frames:
            raise ValueError("a video needs at least one frame")
        for stream in (self._video, self._audio):
            if stream is not None:
                for packet in stream.encode(None):
                    self._container.mux(packet)
