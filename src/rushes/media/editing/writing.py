"""What edits write: MP4 with H.264 (or H.265 where the picture is in HDR) and AAC, one sound, upright, even sizes."""

from __future__ import annotations

from pathlib import Path

from rushes.media.editing.ffmpeg import AAC, FASTSTART, H264, H265_HDR
from rushes.media.editing.source import Source, VideoTrack

MP4_LIKE = ("video/mp4", "video/quicktime")


def keeps_hdr(video: VideoTrack) -> bool:
    """Whether the picture is written with ten bits and the tags of HDR."""
    return video.color.hdr and video.bit_depth >= 10


def picture_arguments(video: VideoTrack) -> tuple[str, ...]:
    """How an edited picture is encoded. Every frame keeps its time."""
    return (*(H265_HDR if keeps_hdr(video) else H264), "-fps_mode", "passthrough", "-enc_time_base", "filter")


def mp4(target: Path, *maps: str, picture: tuple[str, ...]) -> list[str]:
    """Arguments that write the streams named by `maps` to an MP4 whose index comes first."""
    chosen = [part for name in maps for part in ("-map", name)]
    sound = AAC if len(maps) > 1 else ("-an",)
    plain = ("-map_metadata", "-1", "-map_chapters", "-1")
    return [*chosen, *plain, *picture, *sound, *FASTSTART, "-f", "mp4", f"file:{target.absolute()}"]


def even(video: VideoTrack) -> list[str]:
    """Filters that make the sides of the upright picture even, as 4:2:0 needs it: an odd side loses one pixel."""
    wide, high = (video.height, video.width) if video.rotation % 180 else (video.width, video.height)
    if min(wide, high) < 2:
        return [f"scale={max(2, wide // 2 * 2)}:{max(2, high // 2 * 2)}:flags=neighbor"]
    return [f"crop={wide // 2 * 2}:{high // 2 * 2}:0:0"] if wide % 2 or high % 2 else []


def changes(source: Source) -> tuple[str, ...]:
    """Warnings about what an edit of this file cannot keep, however it is made."""
    said = []
    if len(source.audio) > 1:
        said.append(f"of {len(source.audio)} sounds only one was kept, the one that players choose")
    if source.mime not in MP4_LIKE:
        said.append("the result is an MP4, which the original was not")
    return tuple(said)


def losses(video: VideoTrack) -> tuple[str, ...]:
    """Warnings about what encoding the picture again changes."""
    said = []
    if video.bit_depth > 8 and not keeps_hdr(video):
        said.append(f"the picture was encoded with 8 bits instead of {video.bit_depth}")
    wide, high = video.width, video.height
    if wide % 2 or high % 2:
        said.append("an odd side of the picture was made even, by one pixel")
    return tuple(said)
