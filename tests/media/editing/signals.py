"""Clips that flash and beep at known times, and what is seen and heard in a clip: do they stay together?

A counter of bars in the picture tells each frame's number, so that a frame lost or shown twice is found.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FLASH, BEEP = 0.1, 0.1
"""Seconds that a flash (unless said) and a beep last."""
_BITS = 12
Floats = NDArray[np.float64]


def counted(number: int, width: int, height: int, *, lit: bool) -> NDArray[np.uint8]:
    """A brightness picture: the left half is white when lit, in the right half the bits of `number` are bars."""
    picture = np.full((height, width), 40, np.uint8)
    half = width // 2
    picture[:, :half] = 235 if lit else 16
    for bit in range(_BITS):
        left, right = half + (width - half) * bit // _BITS, half + (width - half) * (bit + 1) // _BITS
        picture[:, left:right] = 220 if number >> bit & 1 else 30
    return picture


def clip(
    path: Path, *, seconds: float = 4.0, fps: Fraction | int = 25, flashes: Sequence[float] = (1.0, 2.0, 3.0),
    width: int = 192, height: int = 96, times: Sequence[float] | None = None, sound: str = "aac", channels: int = 1,
    rate: int = RATE, late: float = 0.0, codec: str = "libx264", options: Sequence[str] = (), tracks: int = 1,
    preset: str = "veryfast", gop: int = 50, pix_fmt: str = "yuv420p", tone: float = 1000.0,
    flash: float = FLASH,
) -> Path:  # fmt: skip
    """Write a clip. times: of each frame, for a rate that varies. late: when the sound begins. tracks: of sound."""
    rate_of = Fraction(fps)
    shown = list(times) if times is not None else [float(n / rate_of) for n in range(round(seconds * rate_of))]
    with tempfile.TemporaryDirectory() as folder:
        beeps = Path(folder) / "beeps.wav"
        _beeps(beeps, seconds, flashes, channels, rate, late, tone)
        raw = Path(folder) / "raw.nut"
        _raw(raw, shown, flashes, flash, width, height, None if times is not None else rate_of)
        sounds: list[str] = []
        for number in range(tracks if sound else 0):
            sounds += ["-map", "1:a", f"-disposition:a:{number}", "default" if number == tracks - 1 else "0"]
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-i", str(raw),
            *(["-itsoffset", str(late), "-i", str(beeps)] if sound else []), "-map", "0:v", *sounds,
            "-c:v", codec, *(["-preset", preset] if codec in ("libx264", "libx265") else []),
            *(["-g", str(gop)] if gop else []), "-pix_fmt", pix_fmt, "-fps_mode", "passthrough", "-enc_time_base",
            "demux", *(["-c:a", sound] if sound else []), *options, str(path),
        ]  # fmt: skip
        subprocess.run(command, check=True)
    return path


def hdr_clip(path: Path, *, transfer: str = "smpte2084", seconds: float = 4.0) -> Path:
    """Ten bits in H.265, with the tags of HDR."""
    tags = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
    options = ("-vf", tags, "-x265-params", "log-level=error", "-tag:v", "hvc1")
    return clip(path, codec="libx265", pix_fmt="yuv420p10le", seconds=seconds, options=options)


def _raw(
    path: Path, times: Sequence[float], flashes: Sequence[float], flash: float, width: int, height: int,
    fps: Fraction | None,
) -> None:  # fmt: skip
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=fps or 30)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        tick = stream.codec_context.time_base = 1 / fps if fps else Fraction(1, 1000)
        for number, time in enumerate(times):
            lit = any(at - 1e-6 <= time < at + flash - 1e-6 for at in flashes)
            planes = np.full((height * 3 // 2, width), 128, np.uint8)
            planes[:height] = counted(number, width, height, lit=lit)
            frame: Any = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = round(time / tick), tick
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)


def _beeps(
    path: Path, seconds: float, flashes: Sequence[float], channels: int, rate: int, late: float, tone: float
) -> None:
    count = max(1, round((seconds - late) * rate))
    at = np.arange(count) / rate + late
    heard = np.zeros(count)
    for flash in flashes:
        inside = (at >= flash) & (at < flash + BEEP)
        heard[inside] = 0.6 * np.sin(2 * np.pi * tone * (at[inside] - flash))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = np.repeat((heard * 32767).astype("<i2")[:, None], channels, axis=1)
        file.writeframes(samples.tobytes())


def seen(path: Path) -> tuple[list[float], list[int], list[float]]:
    """Frame times in seconds from the file's beginning, the numbers they show, and when flashes begin."""
    times: list[float] = []
    numbers: list[int] = []
    lights: list[bool] = []
    with av.open(str(path)) as container:
        begin = (container.start_time or 0) / 1_000_000
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="gray")
            turns = round(frame.rotation / 90) % 4
            picture = np.rot90(picture, turns) if turns else picture
            times.append((frame.time or 0.0) - begin)
            numbers.append(_number(picture))
            lights.append(_mean(picture[:, : picture.shape[1] // 2]) > 128)
    begins = [time for number, time in enumerate(times) if lights[number] and (number == 0 or not lights[number - 1])]
    return times, numbers, begins


def _number(picture: NDArray[np.uint8]) -> int:
    width = picture.shape[1]
    half = width // 2
    number = 0
    for bit in range(_BITS):
        left, right = half + (width - half) * bit // _BITS, half + (width - half) * (bit + 1) // _BITS
        edge = (right - left) // 4
        number |= (_mean(picture[:, left + edge : max(left + edge + 1, right - edge)]) > 125) << bit
    return number


def _mean(picture: NDArray[np.uint8]) -> float:
    high = picture.shape[0]
    return float(picture[high // 3 : max(high // 3 + 1, high * 2 // 3)].mean())


def heard(path: Path, *, track: int = 0) -> tuple[float, list[float]]:
    """How long the sound is, in seconds, and when beeps begin, from the file's beginning: as a player hears them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", str(path), "-map", f"0:a:{track}",
               "-af", "aresample=48000:async=1:first_pts=0", "-ac", "1", "-f", "f32le", "-"]  # fmt: skip
    samples = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32)
    return len(samples) / RATE, onsets(samples)


def onsets(samples: NDArray[np.float32]) -> list[float]:
    """Where it becomes loud after a silence of at least 30 ms, in seconds."""
    if not len(samples):
        return []
    loud = np.abs(samples) > max(0.02, 0.25 * float(np.abs(samples).max()))
    found: list[float] = []
    last = -RATE
    for at in np.flatnonzero(loud):
        if at - last > 0.03 * RATE:
            found.append(float(at) / RATE)
        last = at
    return found


def apart(path: Path, *, fallback: Sequence[float] = ()) -> list[float]:
    """By how many seconds each beep comes after its flash. Fails where their numbers differ."""
    flashes = list(seen(path)[2]) or list(fallback)
    beeps = heard(path)[1]
    assert len(flashes) == len(beeps), (flashes, beeps)
    return [beep - flash for flash, beep in zip(flashes, beeps, strict=True)]
