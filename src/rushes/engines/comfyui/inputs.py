"""The inputs of a request as files on a ComfyUI host: input/rushes/<job>/<role>.<end>."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from rushes.engines.contract import EngineError, FailureCode, Request, Role

ENDS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
}
"""The end of a name, by which ComfyUI's loaders know a file, for each media type that is let in."""
FOLDER = "rushes"
"""Ours, below the host's input/ and output/; ComfyUI deletes nothing, so an operator empties it."""
_SECONDS = 300.0
"""Wall limit of bringing a clip to another rate."""
_SAFE = re.compile(r"[A-Za-z0-9_-]+")


class Upload(Struct, frozen=True, kw_only=True):
    """One file to send: where it lies here, what it is called there. `fps`: the rate to bring it to first, or 0."""

    role: Role
    path: Path
    mime: str
    folder: str
    name: str
    fps: int = 0

    @property
    def there(self) -> str:
        """What graphs call it."""
        return f"{self.folder}/{self.name}"


def uploads_of(request: Request, retime: frozenset[Role]) -> tuple[Upload, ...]:
    """What to send for a request; videos of the roles in `retime` at its rate. Each job has a folder of its own, so
    that nothing overwrites another's file.

    Raises EngineError for a kind of file that ComfyUI does not load.
    """
    if not _SAFE.fullmatch(request.job):
        raise EngineError(FailureCode.INTERNAL, "the job's id cannot be a folder's name")
    counts: dict[Role, int] = {}
    made = []
    for given in request.inputs:
        turned = given.role in retime and given.mime.startswith("video/")
        mime = "video/mp4" if turned else given.mime
        if mime not in ENDS:
            raise EngineError(FailureCode.INPUT_FORMAT, f"ComfyUI does not take {given.mime} as {given.role}")
        number = counts[given.role] = counts.get(given.role, 0) + 1
        made.append(
            Upload(
                role=given.role,
                path=Path(given.path),
                mime=mime,
                folder=f"{FOLDER}/{request.job}",
                name=f"{given.role}{'' if number == 1 else f'-{number}'}.{ENDS[mime]}",
                fps=request.fps if turned else 0,
            )
        )
    return tuple(made)


def names_of(uploads: Sequence[Upload]) -> Mapping[Role, Sequence[str]]:
    """What graphs call the files, by role."""
    named: dict[Role, list[str]] = {}
    for upload in uploads:
        named.setdefault(upload.role, []).append(upload.there)
    return named


@asynccontextmanager
async def ready(upload: Upload) -> AsyncIterator[Path]:
    """The file as it is to be sent, for as long as the block lasts. Raises EngineError."""
    if not upload.fps:
        yield upload.path
        return
    with tempfile.TemporaryDirectory(prefix="comfyui-") as folder:
        target = Path(folder) / "clip.mp4"
        await asyncio.to_thread(_bring_to_rate, upload.path, target, upload.fps)
        yield target


def _bring_to_rate(source: Path, target: Path, fps: int) -> None:
    from rushes.media.editing.ffmpeg import AAC, H264, EditFailed, reading, run
    from rushes.media.sniff import HEAD, sniff

    with source.open("rb") as file:
        found = sniff(file.read(HEAD))
    if found is None or found.family != "video":
        raise EngineError(FailureCode.INPUT_FORMAT, "the video that was given is of no known kind")
    even = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
    arguments = [
        *reading(source, found.demuxer), "-map", "0:v:0", "-map", "0:a:0?", "-vf", f"fps={fps},{even}", *H264, *AAC,
        f"file:{target}",
    ]  # fmt: skip
    try:
        run(arguments, seconds=0, report=lambda _: None, limit=_SECONDS, folder=target.parent)
    except EditFailed:
        raise EngineError(FailureCode.INPUT_FORMAT, "the video that was given cannot be read") from None
