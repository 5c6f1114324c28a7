"""The mark of tiers that have one, burnt into pictures and videos; sound is copied as it is."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rushes.disk import raise_if_full
from rushes.media.editing.ffmpeg import FASTSTART, H264
from rushes.media.probe import UnreadableMedia, probe

TEXT = "Made with Rushes"
_SHARE = 0.045
"""Height of the letters as a share of the picture's short side."""
_WIDEST = 0.6
"""Of the picture's width."""
_SMALLEST = 9
_MARGIN = 0.03
_SECONDS = 900.0
"""Wall limit of one video."""
_H264 = (*H264, *FASTSTART)
_VP9 = ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "31", "-deadline", "realtime", "-cpu-used", "6")
_VIDEOS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "video/mp4": ("mov", "mp4", _H264),
    "video/quicktime": ("mov", "mov", _H264),
    "video/webm": ("matroska", "webm", _VP9),
}
"""By media type: the demuxer, the muxer, how the picture is encoded again."""
_SAVED: dict[str, dict[str, Any]] = {
    "image/png": {"format": "PNG"},
    "image/jpeg": {"format": "JPEG", "quality": 93, "subsampling": 0},
    "image/webp": {"format": "WEBP", "quality": 93},
    "image/gif": {"format": "GIF"},
}


async def burn(source: Path, target: Path, mime: str) -> None:
    """Write `source`, a picture or a video of this media type, to `target` with the mark in its lower left corner.

    Its size, length, frame times and sound stay. Raises UnreadableMedia when that cannot be done; cancelling stops it.
    """
    if mime in _SAVED:
        await asyncio.to_thread(_burn_picture, source, target, mime)
        return
    if mime not in _VIDEOS:
        raise UnreadableMedia(f"{mime} cannot be marked")
    info = await asyncio.to_thread(probe, source)
    with tempfile.TemporaryDirectory(prefix="mark-", dir=target.parent) as folder:
        mark = Path(folder) / "mark.png"
        await asyncio.to_thread(lambda: drawn(info.width, info.height).save(mark))
        await _run(_arguments(source, target, mark, mime, margin(info.width, info.height)))


def margin(width: int, height: int) -> int:
    """How far the mark stands from the edges, in pixels."""
    return max(2, round(min(width, height) * _MARGIN))


def drawn(width: int, height: int) -> Any:
    """The mark for a picture of this size: an RGBA image of Pillow's, cut to the letters and their shadow."""
    from PIL import Image, ImageDraw, ImageFont

    size = max(_SMALLEST, round(min(width, height) * _SHARE))
    font: Any = ImageFont.load_default(size)
    wide = font.getlength(TEXT)
    if wide > width * _WIDEST:
        font = ImageFont.load_default(max(6.0, size * width * _WIDEST / wide))
    edge = max(1, round(size / 12))
    left, top, right, bottom = font.getbbox(TEXT, stroke_width=edge)
    image = Image.new("RGBA", (round(right - left), round(bottom - top)))
    # A dark rim around light letters can be read on snow and at night.
    ImageDraw.Draw(image).text(
        (-left, -top), TEXT, (255, 255, 255, 215), font, stroke_width=edge, stroke_fill=(0, 0, 0, 150)
    )
    return image


def _burn_picture(source: Path, target: Path, mime: str) -> None:
    from PIL import Image, ImageSequence

    how = _SAVED[mime]
    try:
        with Image.open(source, formats=(how["format"],)) as image:
            kept: dict[str, Any] = {
                name: image.info[name] for name in ("icc_profile", "exif", "loop") if name in image.info
            }
            frames, times = [], []
            for frame in ImageSequence.Iterator(image):
                times.append(frame.info.get("duration", 0))
                frames.append(_marked(frame, mime))
            if len(frames) > 1:
                kept |= {"save_all": True, "append_images": frames[1:], "duration": times}
            frames[0].save(target, **how, **kept)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableMedia("the picture cannot be marked") from error


def _marked(image: Any, mime: str) -> Any:
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    whole = image.convert("RGBA")
    mark = drawn(*whole.size)
    edge = margin(*whole.size)
    whole.alpha_composite(mark, (edge, max(0, whole.height - mark.height - edge)))
    return whole if clear and mime != "image/jpeg" else whole.convert("RGB")


def _arguments(source: Path, target: Path, mark: Path, mime: str, edge: int) -> list[str]:
    demuxer, muxer, encoding = _VIDEOS[mime]
    only_files = ("-protocol_whitelist", "file")
    return [
        "-nostdin", "-v", "error", "-y", *only_files, "-f", demuxer, "-i", f"file:{source}",
        *only_files, "-f", "png_pipe", "-i", f"file:{mark}",
        "-filter_complex", f"[0:v:0][1:v]overlay=x={edge}:y=main_h-overlay_h-{edge}[v]",
        "-map", "[v]", "-map", "0:a?", "-fps_mode", "passthrough", "-c:a", "copy", *encoding,
        "-f", muxer, f"file:{target}",
    ]  # fmt: skip


async def _run(arguments: Sequence[str]) -> None:
    from imageio_ffmpeg import get_ffmpeg_exe

    process = await asyncio.create_subprocess_exec(
        get_ffmpeg_exe(), *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError:
        raise UnreadableMedia("marking the video took too long") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise_if_full(process.returncode, said)
        raise UnreadableMedia("the video cannot be marked")
