"""What a finished prompt made: the files that its history names, as outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from rushes.engines.contract import Kind, Mode, Output

TYPES: dict[str, tuple[Kind, str]] = {
    ".mp4": ("video", "video/mp4"),
    ".webm": ("video", "video/webm"),
    ".mov": ("video", "video/quicktime"),
    ".mkv": ("video", "video/x-matroska"),
    ".png": ("image", "image/png"),
    ".jpg": ("image", "image/jpeg"),
    ".jpeg": ("image", "image/jpeg"),
    ".webp": ("image", "image/webp"),
    ".gif": ("image", "image/gif"),
    ".mp3": ("audio", "audio/mpeg"),
    ".flac": ("audio", "audio/flac"),
    ".wav": ("audio", "audio/wav"),
    ".opus": ("audio", "audio/ogg"),
    ".ogg": ("audio", "audio/ogg"),
    ".m4a": ("audio", "audio/mp4"),
    ".glb": ("3d", "model/gltf-binary"),
}
"""What ComfyUI and its packs write, by the end of the name. Anything else is no output of ours."""

_ENDS: tuple[tuple[str, Kind], ...] = (
    ("-to-video", "video"),
    ("-video", "video"),
    ("-frame", "video"),
    ("-transfer", "video"),
    ("-to-3d", "3d"),
    ("-to-audio", "audio"),
    ("-to-speech", "audio"),
    ("-audio", "audio"),
)


def kind_of(mode: Mode) -> Kind:
    """What a mode makes."""
    return next((kind for end, kind in _ENDS if mode.endswith(end)), "image")


def outputs_of(host: str, told: Mapping[str, Any], kind: Kind) -> tuple[Output, ...]:
    """The files of this kind, in the order of their nodes; where there are none, all files.

    A film lies under "images", sound under "audio", what packs make under names of theirs: whatever has a file's name
    counts. Previews ("temp") do not.
    """
    found: list[Output] = []
    for made in _files(told):
        name, folder = str(made["filename"]), str(made.get("subfolder") or "").replace("\\", "/").strip("/")
        known = TYPES.get(PurePosixPath(name).suffix.lower())
        if known is not None and made.get("type") == "output":
            location = "/".join(part for part in (host, "view", folder, name) if part)
            output = Output(kind=known[0], mime=known[1], location=location)
            if output not in found:
                found.append(output)
    wanted = tuple(output for output in found if output.kind == kind)
    return wanted or tuple(found)


def placed(location: str, host: str) -> tuple[str, str]:
    """(name, folder) of an output on its host."""
    folder, _, name = location.removeprefix(f"{host}/view/").rpartition("/")
    return name, folder


def _files(told: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(told, Mapping):
        if isinstance(told.get("filename"), str):
            yield told
            return
        told = told.values()
    elif not isinstance(told, list):
        return
    for part in told:
        yield from _files(part)
