"""The engines of this machine: what they do, and how the settings make them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rushes.engines.contract import Engine, Mode
from rushes.engines.local.cores import Cores
from rushes.engines.local.embedding.engine import LocalEmbeddings
from rushes.engines.local.engine import LocalEngine
from rushes.engines.local.host import RenderHost
from rushes.engines.local.translation.engine import LocalTranslator
from rushes.engines.text import TextEngine
from rushes.engines.translation import Translator
from rushes.processors import processors
from rushes.settings import Settings, SettingsError

EMBEDDED_TEXT = "qwen2.5-1.5b"
"""The model that the embedded text engine is."""
EMBEDDED_EMBEDDINGS = "all-minilm-l6-v2"
"""The model that the embedded engine for embeddings is."""
LOCAL: dict[str, frozenset[Mode]] = {
    "composer": frozenset(
        {
            Mode.TEXT_TO_VIDEO,
            Mode.IMAGE_TO_VIDEO,
            Mode.FIRST_LAST_FRAME,
            Mode.REFERENCE_TO_VIDEO,
            Mode.VIDEO_TO_VIDEO,
            Mode.SOUND_TO_VIDEO,
            Mode.MOTION_TRANSFER,
            Mode.TEXT_TO_IMAGE,
            Mode.IMAGE_TO_IMAGE,
        }
    ),
    "speech": frozenset({Mode.TEXT_TO_SPEECH}),
    "hearing": frozenset({Mode.SPEECH_TO_TEXT}),
    "music": frozenset({Mode.TEXT_TO_AUDIO}),
    "upscale": frozenset({Mode.UPSCALE_IMAGE, Mode.UPSCALE_VIDEO}),
    "interpolate": frozenset({Mode.INTERPOLATE_VIDEO}),
    "matting": frozenset({Mode.REMOVE_BACKGROUND}),
    "style": frozenset({Mode.IMAGE_TO_IMAGE, Mode.VIDEO_TO_VIDEO}),
    "faces": frozenset({Mode.FACE_SWAP}),
    "denoise": frozenset({Mode.DENOISE_AUDIO}),
    "editing": frozenset({Mode.EDIT, Mode.VIDEO_TO_IMAGE}),
}
"""What the embedded engines do, by name (engines/local/child.py has their functions)."""


def make_engines(settings: Settings, scratch: Path, cores: Cores) -> dict[str, Engine]:
    """The engines this server has, by name."""
    host = RenderHost(
        cores,
        slots=settings.render_slots,
        idle_seconds=settings.local_idle_seconds,
        memory_bytes=settings.local_memory_bytes,
        memory_total=settings.local_memory_total_bytes,
    )
    options = _options(settings)
    return {name: LocalEngine(name, modes, host, scratch, options) for name, modes in LOCAL.items()}


def make_embeddings(settings: Settings, scratch: Path, cores: Cores) -> TextEngine:
    """What reads texts into vectors, in a process of its own."""
    return LocalEmbeddings(_host_of_its_own(settings, cores), scratch, _options(settings))


def make_translator(settings: Settings, scratch: Path, cores: Cores) -> Translator:
    """What translates without a language model, in a process of its own."""
    return LocalTranslator(_host_of_its_own(settings, cores), scratch, _options(settings))


def make_text_engine(settings: Settings, cores: Cores) -> TextEngine | None:
    """What writes texts: an upstream when one is named, else the embedded model, unless it is off."""
    if settings.text_upstream:
        import httpx

        from rushes.engines.upstream_text.engine import UpstreamText

        client = httpx.AsyncClient(trust_env=False)
        return UpstreamText(
            client, settings.text_upstream, settings.text_upstream_key, model=settings.text_upstream_model
        )
    if settings.text_model == "off":
        return None
    from rushes.engines.local.llm.engine import LocalText

    return LocalText(
        settings.home_path / "models",
        group=settings.text_model,
        offline=settings.models_offline,
        idle_seconds=settings.local_idle_seconds,
        # All of them: longer work is paused meanwhile.
        threads=processors(),
        cores=cores,
    )


def _host_of_its_own(settings: Settings, cores: Cores) -> RenderHost:
    """For texts, whose callers would otherwise wait for pictures."""
    return RenderHost(
        cores, slots=1, idle_seconds=settings.local_idle_seconds, memory_bytes=settings.local_memory_bytes
    )


def _options(settings: Settings) -> dict[str, Any]:
    """What the render processes are told of the settings."""
    return {
        "models": str(settings.home_path / "models"),
        "cache": str(settings.home_path / "cache"),
        "offline": settings.models_offline,
        "accept_licences": sorted(settings.licences),
        "ffmpeg": _found_ffmpeg(settings.ffmpeg),
    }


def _found_ffmpeg(named: str) -> str:
    """Where the program is that makes edits, as an absolute path; empty for our own. Raises SettingsError."""
    found = shutil.which(named) if named else ""
    if found is None:
        raise SettingsError(f"ffmpeg = {named!r} is no program that can be run")
    return str(Path(found).absolute()) if found else ""
