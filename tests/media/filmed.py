"""Clips made for tests of what is done to clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from rushes.media.planes import Colours, colours_of, from_i420, from_rgb, to_rgb

Picture = NDArray[np.uint8]
RATE = 44_100


def film(
    path: Path, pictures: list[Picture], *, fps: Fraction | int = 24, times: list[float] | None = None,
    codec: str = "libx264", sound: str = "", seconds: float = 0.0, crf: int = 12, begin: float = 0.0,
) -> Path:  # fmt: skip
    """Write RGB pictures as a clip. times: of each picture, in seconds, else evenly. sound: a codec for a tone."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        if codec == "libx264":
            stream.options = {"crf": str(crf), "preset": "veryfast"}
        tick = Fraction(1, 90_000) if times else 1 / Fraction(fps)
        stream.codec_context.time_base = tick
        audio: Any = container.add_stream(sound, rate=RATE, layout="mono") if sound else None
        for number, picture in enumerate(pictures):
            frame: Any = av.VideoFrame.from_ndarray(from_rgb(picture, Colours()).i420(), format="yuv420p")
            time = (times[number] if times else number / fps) + begin
            frame.pts, frame.time_base = round(time / tick), tick
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
        if audio is not None:
            tone = 0.3 * np.sin(np.arange(round(RATE * seconds)) * 0.06) * np.linspace(0.2, 1, round(RATE * seconds))
            for at in range(0, len(tone), 1024):
                block = tone[at : at + 1024].astype(np.float32)[None]
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="flt", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, at + round(begin * RATE), Fraction(1, RATE)
                for packet in audio.encode(av.AudioResampler(format=audio.codec_context.format).resample(frame)[0]):
                    container.mux(packet)
            for packet in audio.encode(None):
                container.mux(packet)
    return path


def shown(path: Path) -> list[tuple[float, Picture]]:
    """Every frame's time and RGB picture."""
    with av.open(str(path)) as container:
        pictures = []
        for frame in container.decode(video=0):
            full = frame.color_range == 2
            space, lines = int(frame.colorspace), frame.height
            colours = colours_of(full=full, space=space, primaries=2, transfer=2, height=lines)
            pictures.append((frame.time or 0.0, to_rgb(from_i420(frame.to_ndarray(format="yuv420p")), colours)))
        return pictures


def sound_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def video_seconds(path: Path) -> float:
    """How long the picture lasts, by its own track."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration
        assert stream.time_base
        return float(stream.duration * stream.time_base)


def likeness(one: NDArray[Any], other: NDArray[Any], rim: int = 16) -> float:
    """PSNR in decibels, away from the rim."""
    apart = one[rim:-rim, rim:-rim].astype(np.float64) - other[rim:-rim, rim:-rim].astype(np.float64)
    return float(10 * np.log10(255**2 / max(float(np.mean(apart**2)), 1e-6)))
