"""Single frames of a video as pictures. These functions block; callers run them in a thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rushes.media.probe import UnreadableMedia, open_media
from rushes.media.sniff import HEAD, sniff
from rushes.processors import DECODING, threads


def save_last_frame(video: Path, picture: Path) -> None:
    """Write the frame that is shown last as a PNG, in the video's own size. Raises UnreadableMedia."""
    with video.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or found.family != "video":
        raise UnreadableMedia("not a video")
    import av

    try:
        with open_media(video, found.demuxer) as container:
            last = _last(container)
            if last is None:
                raise UnreadableMedia("the video has no frame that can be decoded")
            last.to_image().save(picture, "PNG")
    except (av.FFmpegError, ValueError, OSError, IndexError) as error:
        raise UnreadableMedia("the video is damaged or incomplete") from error


def _last(container: Any) -> Any:
    """The frame with the latest time: from the last key frame on, or from the start where seeking finds none."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    stream.thread_count = threads(DECODING)
    if stream.duration:
        container.seek((stream.start_time or 0) + stream.duration, stream=stream, backward=True)
        if (found := _latest(container)) is not None:
            return found
        container.seek(stream.start_time or 0, stream=stream, backward=True)
    return _latest(container)


def _latest(container: Any) -> Any:
    last = None
    for frame in container.decode(video=0):
        if last is None or (frame.pts or 0) >= (last.pts or 0):
            last = frame
    return last
