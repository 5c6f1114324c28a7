"""One recording or clip freed from noise: the render process's entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import av

from rushes.engines.contract import EngineError, FailureCode, Kind, Mode, Output, Request
from rushes.engines.local.denoise.network import Cleaner
from rushes.engines.local.denoise.rewriting import (
    CONTAINERS,
    M4A,
    MATROSKA,
    Container,
    Report,
    lossy_rate,
    write_container,
    write_sound,
)
from rushes.engines.local.denoise.sound import CleanSound
from rushes.engines.local.needed import needed
from rushes.media.probe import MediaInfo, UnreadableMedia, open_media, probe
from rushes.media.sniff import HEAD, sniff
from rushes.media.sound import FORMATS

_AUDIO: Kind = "audio"
_VIDEO: Kind = "video"
_FORMS = {"mp3": "mp3", "mp3float": "mp3", "flac": "flac", "opus": "opus", "vorbis": "opus", "libopus": "opus"}
"""The format of a result whose format is not asked for, by the recording's codec; wav for any other."""


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Take the noise out of inputs[0] and leave the speech; a clip keeps its picture, packet by packet.

    extra: strength (0-1), format (of a recording without a picture; its own kind without it). The result is as long
    as the recording, to the sample. Raises EngineError.
    """
    if request.mode is not Mode.DENOISE_AUDIO:
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine takes noise out; it does not do {request.mode}")
    if not request.inputs:
        raise EngineError(FailureCode.INVALID_INPUT, f"audio: is required for {request.mode}")
    given = request.inputs[0]
    strength, form = _strength(request.extra.get("strength", 1.0)), _form(request.extra.get("format"))
    path = Path(given.path)
    try:
        info = probe(path)
        if not info.audio_codec:
            raise EngineError(FailureCode.INVALID_INPUT, f"{given.role}: the clip has no sound")
        # Only now: a mistake in the request is to be told before anything is downloaded.
        cleaner = partial(Cleaner, needed("denoise", settings), strength)
        with open_media(path, _demuxer(path)) as source:
            return _written(source, info, folder, form, cleaner, lambda done: report(done / max(info.duration, 0.01)))
    except UnreadableMedia as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"{given.role}: {error}") from error
    except (av.FFmpegError, ValueError) as error:
        raise EngineError(FailureCode.INVALID_INPUT, f"{given.role}: the sound cannot be read") from error


def _written(
    source: Any, info: MediaInfo, folder: Path, form: str, cleaner: Callable[[], Cleaner], report: Report
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    sound = source.streams.audio[0].codec_context
    channels, notes = min(2, sound.channels), []
    if sound.channels > channels:
        notes.append(f"the sound's {sound.channels} channels were mixed down to two")
    kind = _container(info, form)
    kept = 1 + (kind is not None and bool(source.streams.video))
    if len(source.streams) > kept and info.mime.startswith("video/"):
        notes.append("only the first picture and the first sound were kept")
    if kind is None:
        form = form or _FORMS.get(info.audio_codec, "wav")
        target = folder / f"clean{FORMATS[form].suffix}"
        rate = lossy_rate(form, sound.sample_rate)
        clean = CleanSound(cleaner, sound.sample_rate, rate, channels)
        damaged = write_sound(source, target, form, clean, rate, channels, report)
        mime, what = FORMATS[form].mime, _AUDIO
    else:
        target = folder / f"clean{kind.suffix}"
        rate = lossy_rate("aac", sound.sample_rate)
        clean = CleanSound(cleaner, sound.sample_rate, rate, channels)
        damaged = write_container(source, target, kind, clean, rate, channels, report)
        mime, what = kind.mime, _AUDIO if kind is M4A else _VIDEO
    if damaged:
        notes.append(f"{damaged} damaged pieces of the sound were left out")
    return (Output(kind=what, mime=mime, location=str(target)),), tuple(notes)


def _container(info: MediaInfo, form: str) -> Container | None:
    """What the result is packed into; None for a sound in a file of its own."""
    if info.mime.startswith("video/") and info.width:
        return CONTAINERS.get(info.mime, MATROSKA)
    # Bare AAC does not say where it begins and ends: in MP4 it is as long as it should be.
    return M4A if not form and info.audio_codec == "aac" else None


def _demuxer(path: Path) -> str:
    with path.open("rb") as file:
        found = sniff(file.read(HEAD))
    return found.demuxer if found is not None else ""


def _strength(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or not 0 <= given <= 1:
        raise EngineError(FailureCode.INVALID_INPUT, "strength: must be from 0 to 1")
    return float(given)


def _form(given: Any) -> str:
    if given and given not in FORMATS:
        raise EngineError(FailureCode.INVALID_INPUT, f"format: must be one of {', '.join(FORMATS)}")
    return given or ""
