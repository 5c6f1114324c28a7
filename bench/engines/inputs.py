"""What the engines are given: a text, and pictures, a clip and a noisy recording made of nothing."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

SPOKEN = (
    "The boats come home when the storm is over, and all the lamps on the pier are lit. "
    "She opened the old book and read the first page aloud: it was about a king who could not sleep. "
    "Could you tell me where the nearest railway station is, please? "
    "The train leaves at half past seven in the morning, so take a warm coat with you."
)
TEXTS = tuple(" ".join(SPOKEN.split()[first : first + 4 + 9 * first % 41]) for first in range(48))
"""To be embedded: from a few words to some sentences."""
SENTENCES = tuple(
    f"{who} {does} {when}, and nobody knew why."
    for who in ("The keeper of the lighthouse", "My older sister", "A boy from the village", "The old captain")
    for does in ("walked down to the harbour", "wrote a long letter to the king", "sold three boats")
    for when in ("before the sun came up", "on the last day of winter", "while it rained", "after seven years")
)
"""To be translated: 48, no two alike."""
FRAMES, FPS = 8, 8
NOISE_SECONDS = 20.0


def view(width: int, height: int, shift: int = 0) -> Picture:
    """A ground of soft colours with discs, lines and letters; `shift` pixels further to the left."""
    import cv2

    rng = np.random.default_rng(3)
    small = rng.integers(60, 200, (5, 9, 3), np.uint8)
    picture = cv2.resize(small, (width + 128, height), interpolation=cv2.INTER_CUBIC)
    for number in range(50):
        place = (int(rng.integers(width + 128)), int(rng.integers(height)))
        colour = tuple(int(part) for part in rng.integers(0, 255, 3))
        cv2.circle(picture, place, int(rng.integers(4, 40)), colour, -1 if number % 2 else 2, cv2.LINE_AA)
        end = (int(rng.integers(width + 128)), int(rng.integers(height)))
        cv2.line(picture, place, end, colour, 1, cv2.LINE_AA)
    for row in range(4):
        place = (20, (row + 1) * height // 5)
        cv2.putText(picture, "Rushes & daylight 0123", place, cv2.FONT_HERSHEY_DUPLEX, 1, (20, 20, 30), 1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.7)
    return np.ascontiguousarray(soft[:, shift : shift + width])


def picture(folder: Path, models: Path) -> list[Path]:
    return [_saved(folder / "picture.png", view(640, 360))]


def wide(folder: Path, models: Path) -> list[Path]:
    return [_saved(folder / "wide.png", view(1024, 576))]


def subject(folder: Path, models: Path) -> list[Path]:
    """A thing of the clip-art before a ground, 1280x720."""
    return [_saved(folder / "subject.png", _pasted(models, "1f981", view(1280, 720) // 3 + 150, 520))]


def faces(folder: Path, models: Path) -> list[Path]:
    """Two people of the clip-art: where a face goes, and whose face."""
    ground = np.full((640, 640, 3), 205, np.uint8)
    return [
        _saved(folder / f"{name}.png", _pasted(models, code, ground, 460))
        for name, code in (("target", "1f468-1f3fb-200d-1f393"), ("source", "1f934-1f3ff"))
    ]


def clip(folder: Path, models: Path) -> list[Path]:
    """A second that pans, 640x360."""
    import av

    path = folder / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=FPS, options={"crf": "12", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(FRAMES):
            for packet in stream.encode(av.VideoFrame.from_ndarray(view(640, 360, 5 * number), format="rgb24")):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return [path]


def noisy(folder: Path, models: Path) -> list[Path]:
    """Hums that come and go, as voices do, in white noise; 48 kHz."""
    time = np.arange(round(NOISE_SECONDS * 48_000)) / 48_000
    voice = sum(np.sin(2 * np.pi * 140 * harmonic * time) / harmonic for harmonic in range(1, 12))
    sound = 0.15 * voice * (np.sin(2 * np.pi * 2.5 * time) > 0) + np.random.default_rng(1).normal(0, 0.03, len(time))
    path = folder / "noisy.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return [path]


def nothing(folder: Path, models: Path) -> list[Path]:
    return []


Maker = Callable[[Path, Path], list[Path]]


def _pasted(models: Path, code: str, ground: Picture, side: int) -> Picture:
    from PIL import Image

    canvas = Image.fromarray(ground)
    with Image.open(models / "art" / f"{code}.webp") as opened:
        person = opened.convert("RGBA").resize((side, side), Image.Resampling.BICUBIC)
    canvas.paste(person, ((canvas.width - side) // 2, (canvas.height - side) // 2), person)
    return np.asarray(canvas)


def _saved(path: Path, pixels: Picture) -> Path:
    from PIL import Image

    Image.fromarray(pixels).save(path)
    return path
