"""Uploads judged by their bytes: kind, size, pixels, length, and whether they are whole.

These functions block; callers run them in a thread.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, structs

from rushes.media.probe import MediaInfo, UnreadableMedia, open_media, probe
from rushes.media.sniff import HEAD, sniff

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_SMALLEST = 16


class BadMedia(Exception):
    """The file cannot be used; the message says why. `other_kind`: it is no file of the kind asked for."""

    def __init__(self, message: str, *, other_kind: bool = False) -> None:
        super().__init__(message)
        self.other_kind = other_kind


class ImageInfo(Struct, frozen=True):
    """A whole, decodable picture; of an animated one, the first of its `frames`."""

    mime: str
    width: int
    height: int
    frames: int = 1


def check_image(path: Path, *, max_bytes: int, max_pixels: int) -> ImageInfo:
    """Judge a PNG, JPEG or WebP. Raises BadMedia.

    The size in the header is judged before anything is decoded, so that a pixel bomb costs nothing.
    """
    size = path.stat().st_size
    if size > max_bytes:
        raise BadMedia(f"the image has {size} bytes, at most {max_bytes} are accepted")
    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or found.mime not in _FORMATS:
        raise BadMedia("not an image of an accepted kind (PNG, JPEG or WebP)", other_kind=True)
    from PIL import Image

    try:
        with Image.open(path, formats=(_FORMATS[found.mime],)) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise BadMedia(f"the image has {width}x{height} pixels, at most {max_pixels} are accepted")
            if min(width, height) < _SMALLEST:
                raise BadMedia(f"the image has {width}x{height} pixels, at least {_SMALLEST}x{_SMALLEST} are needed")
            image.load()
            frames = int(getattr(image, "n_frames", 1))
    except Image.DecompressionBombError as error:  # Pillow's own limit, before ours could be asked
        raise BadMedia(f"the image has far too many pixels, at most {max_pixels} are accepted") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadMedia("the image is damaged or incomplete") from error
    return ImageInfo(found.mime, width, height, frames)


def check_video(path: Path, *, max_bytes: int, max_seconds: float, max_pixels: int) -> MediaInfo:
    """Judge a clip: MP4, MOV, WebM, MKV or AVI with a picture that decodes. Raises BadMedia."""
    size = path.stat().st_size
    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or found.family != "video":
        raise BadMedia("not a video of an accepted kind (MP4, MOV, WebM, MKV or AVI)", other_kind=True)
    if size > max_bytes:
        raise BadMedia(f"the video has {size} bytes, at most {max_bytes} are accepted")
    try:
        info = probe(path)
    except UnreadableMedia as error:
        raise BadMedia(f"the video cannot be read: {error}") from error
    if not info.video_codec:
        raise BadMedia("the video has no picture")
    if not info.width or not info.height:
        raise BadMedia("the video's picture cannot be read: it is damaged, or has far too many pixels")
    if info.width * info.height > max_pixels:
        raise BadMedia(f"the video has {info.width}x{info.height} pixels, at most {max_pixels} are accepted")
    if info.duration > max_seconds:
        raise BadMedia(f"the video is {info.duration:.1f} seconds long, at most {max_seconds:g} are accepted")
    if not _first_frame_decodes(path, found.demuxer, max_pixels):
        raise BadMedia("the video is damaged or incomplete")
    return info


def check_audio(path: Path, *, max_bytes: int, max_seconds: float) -> MediaInfo:
    """Judge a recording: sound alone, or a video with sound, whose sound decodes. Raises BadMedia.

    A video container without a picture (a voice memo, say) comes back as audio.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or found.family == "image":
        kinds = "MP3, M4A, AAC, WAV, FLAC, OGG, Opus, WebM, MP4, MOV, MKV or AVI"
        raise BadMedia(f"not a recording of an accepted kind ({kinds})", other_kind=True)
    if size > max_bytes:
        raise BadMedia(f"the recording has {size} bytes, at most {max_bytes} are accepted")
    try:
        info = probe(path)
    except UnreadableMedia as error:
        raise BadMedia(f"the recording cannot be read: {error}") from error
    if not info.audio_codec:
        raise BadMedia("the recording has no sound")
    if info.duration > max_seconds:
        raise BadMedia(f"the recording is {info.duration:.1f} seconds long, at most {max_seconds:g} are accepted")
    if not _first_sound_decodes(path, found.demuxer):
        raise BadMedia("the recording is damaged or incomplete")
    if not info.width and info.mime.startswith("video/"):
        return structs.replace(info, mime="audio/" + info.mime.removeprefix("video/"))
    return info


def _first_sound_decodes(path: Path, demuxer: str) -> bool:
    import av

    try:
        with open_media(path, demuxer) as container:
            first = next(iter(container.decode(audio=0)), None)
            return first is not None and first.samples > 0
    except (av.FFmpegError, ValueError, OSError):
        return False


def _first_frame_decodes(path: Path, demuxer: str, max_pixels: int) -> bool:
    import av

    try:
        with open_media(path, demuxer) as container:
            # The stream may say another size than the container did.
            container.streams.video[0].codec_context.options = {"max_pixels": str(max_pixels)}
            return next(iter(container.decode(video=0)), None) is not None
    except (av.FFmpegError, ValueError, OSError):
        return False
