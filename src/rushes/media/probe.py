"""What is inside a media file: sizes, lengths, codecs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from rushes.media.sniff import HEAD, sniff

_GUESSING = ("mp3", "aac")
"""Demuxers that reckon the length from the first frame's bit rate: minutes off where the rate changes."""
_MOST_PIXELS = 8192 * 8192
"""Of one frame, whatever the header said: 2 MB may hold a frame of 2 GB, as the first one or the thirtieth."""


class UnreadableMedia(Exception):
    """The file is not media we read, or is damaged. The message may be shown."""


class MediaInfo(Struct, frozen=True, kw_only=True):
    """A media file. Sizes in pixels and bytes, duration in seconds; zeros where there is no picture."""

    mime: str
    size: int
    duration: float
    width: int = 0
    height: int = 0
    fps: float = 0.0
    frames: int = 0
    video_codec: str = ""
    audio_codec: str = ""


def open_media(path: Path, demuxer: str) -> Any:
    """The file as a PyAV container, opened by one demuxer that may reach nothing but this file."""
    import av

    small = {"max_pixels": str(_MOST_PIXELS)}
    # What is decoded to find out about the streams heeds these options, what is decoded later those of each decoder.
    options = {"protocol_whitelist": "file", **small}
    container = av.open(f"file:{path}", "r", format=demuxer.partition(",")[0], options=options)
    for stream in container.streams.video:
        if stream.codec_context is not None:  # the codec is not known here
            stream.codec_context.options = small
    return container


def probe(path: Path) -> MediaInfo:
    """Read a file's streams. Raises UnreadableMedia.

    Only the demuxer that fits the first bytes is used, and it may open nothing but this file: a playlist
    or a concat script that names other files is refused.
    """
    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or not found.demuxer:
        kinds = "MP4, MOV, WebM, MKV, AVI, GIF, WAV, MP3, AAC, FLAC, OGG"
        raise UnreadableMedia(f"not a media file of a known kind ({kinds})")
    import av

    try:
        with open_media(path, found.demuxer) as container:
            return _describe(container, found.mime, path.stat().st_size)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableMedia("damaged or incomplete media file") from error


def _describe(container: Any, mime: str, size: int) -> MediaInfo:
    video: Any = next(iter(container.streams.video), None)
    audio: Any = next(iter(container.streams.audio), None)
    if video is None and audio is None:
        raise UnreadableMedia("the file has neither picture nor sound")
    # A stream of an unknown codec has no context.
    picture: Any = video.codec_context if video is not None else None
    sound: Any = audio.codec_context if audio is not None else None
    if picture is None and sound is None:
        raise UnreadableMedia("the file's codecs are not known here")
    duration = (container.duration or 0) / 1_000_000
    if video is not None and video.duration and video.time_base:
        duration = max(duration, float(video.duration * video.time_base))
    if duration <= 0 or container.format.name in _GUESSING:
        duration = _measured(container)
    if picture is None:
        return MediaInfo(mime=mime, size=size, duration=duration, audio_codec=sound.name)
    return MediaInfo(
        mime=mime,
        size=size,
        duration=duration,
        width=picture.width,
        height=picture.height,
        fps=float(video.average_rate or 0),
        frames=video.frames,
        video_codec=picture.name,
        audio_codec=sound.name if sound is not None else "",
    )


def _measured(container: Any) -> float:
    """The length of a file whose header does not say it, as live recordings do not: where its last packet ends."""
    end = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    # What an encoder puts before the sound does not count.
    return max(0.0, end - max(0, container.start_time or 0) / 1_000_000)
