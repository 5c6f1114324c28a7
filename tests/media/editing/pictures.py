"""Even clips to draw on, and where on them something was drawn."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.media.editing.source import Source, look

GREY = 96
Picture = NDArray[np.uint8]
SCRIPTS = {
    "latin": "The quick brown fox, ÄÖÜ ñ ž", "greek": "Καλημέρα κόσμε", "cyrillic": "Привет, мир",
    "chinese": "你好，世界！", "japanese": "こんにちは、日本。カタカナ", "korean": "안녕하세요 세계",
    "arabic": "مرحبا بالعالم", "hebrew": "שלום עולם", "hindi": "नमस्ते दुनिया क्षत्रिय", "thai": "สวัสดีชาวโลก ที่นี่",
    "bengali": "বাংলা ভাষা", "tamil": "தமிழ் மொழி", "emoji": "😀🎬👍🏽👨‍👩‍👧❤️",
}  # fmt: skip


def fonts() -> Path:
    """The folder of installed fonts: RUSHES_TEST_MODELS names the store's folder."""
    named = os.environ.get("RUSHES_TEST_MODELS")
    folder = Path(named) / "fonts" if named else None
    if folder is None or not folder.is_dir():
        pytest.skip("RUSHES_TEST_MODELS names no store with fonts")
    return folder


def ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *arguments], check=True)


def even_clip(
    path: Path, *, size: str = "320x180", seconds: float = 1.0, fps: int = 10, sound: str = "", filters: str = "null",
    options: Sequence[str] = ("-c:v", "libx264", "-crf", "10", "-pix_fmt", "yuv420p"), rotation: int = 0,
) -> Path:  # fmt: skip
    """A clip of one grey. sound: an encoder for a tone. rotation: noted in the file, in degrees anticlockwise."""
    plain = path.with_name(f"plain-{path.name}") if rotation else path
    grey = f"color=c=0x{GREY:02x}{GREY:02x}{GREY:02x}:s={size}:r={fps}:d={seconds}"
    tone = ["-f", "lavfi", "-i", f"sine=440:d={seconds}"] if sound else []
    ffmpeg("-f", "lavfi", "-i", grey, *tone, "-vf", filters, *options, *(["-c:a", sound] if sound else []), str(plain))
    if rotation:
        ffmpeg("-display_rotation", str(rotation), "-i", str(plain), "-c", "copy", str(path))
    return path


def edited(tmp_path: Path, what: Callable[..., tuple[str, ...]], clip: Path, /, **parameters: Any) -> tuple[Path, Any]:
    """Do an edit in a folder of its own: what came of it, and what was told."""
    folder = tmp_path / f"work{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    target = folder / "result"
    source: Source = look(clip)
    shares: list[float] = []
    told = what(source, target=target, folder=folder, report=shares.append, **parameters)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    return target, told


def pictures(path: Path) -> list[tuple[float, Picture]]:
    """Each frame's time and its RGB picture as it is coded."""
    with av.open(str(path)) as container:
        return [(frame.time or 0.0, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def ink(picture: Picture, level: int = 40) -> NDArray[np.bool_]:
    """Where it is not the grey any more."""
    return np.abs(picture.astype(int) - GREY).max(axis=2) > level


def box(drawn: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is drawn; right and bottom are outside."""
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    assert len(rows), "nothing is drawn"
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def bands(drawn: NDArray[np.bool_], axis: int) -> list[tuple[int, int]]:
    """Stretches with something in them: of rows for axis 1, of columns for axis 0."""
    full = np.concatenate(([False], drawn.any(axis=axis), [False])).astype(int)
    edges = np.diff(full)
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def packets(path: Path, kind: str) -> list[bytes]:
    """The coded bytes of the picture ("video") or of the sound ("audio")."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]
