"""What a result may be written as, and how speech is to sound: checked, and put in the words engines take."""

from __future__ import annotations

from typing import Any

from rushes.catalog.errors import InvalidParameter
from rushes.catalog.model import Wish
from rushes.catalog.voices import UnknownVoice, Voices
from rushes.engines.contract import Mode

_IMAGES = ("png", "jpeg", "webp")
_SOUNDS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
_FORMATS = {
    Mode.TEXT_TO_IMAGE: _IMAGES,
    Mode.IMAGE_TO_IMAGE: _IMAGES,
    Mode.UPSCALE_IMAGE: _IMAGES,
    Mode.FACE_SWAP: _IMAGES,
    Mode.REMOVE_BACKGROUND: ("png", "webp"),
    Mode.TEXT_TO_SPEECH: _SOUNDS,
    Mode.TEXT_TO_AUDIO: _SOUNDS,
    Mode.DENOISE_AUDIO: _SOUNDS,
}
_AS_IT_CAME = frozenset({Mode.DENOISE_AUDIO})
"""Modes whose result is written as the input was, unless a format is named."""
_VOICE = "alloy"
_SLOWEST, _FASTEST = 0.25, 4.0


def extras(voices: Voices, wish: Wish) -> dict[str, Any]:
    """The engine's `extra` of a wish. Raises InvalidParameter."""
    made = dict(wish.extra)
    allowed = _FORMATS.get(wish.mode)
    if allowed is not None and not (wish.mode in _AS_IT_CAME and wish.format is None):
        made["format"] = wish.format if wish.format is not None else allowed[0]
        if made["format"] not in allowed:
            raise InvalidParameter("format", f"must be one of {', '.join(allowed)}")
    if wish.mode is Mode.TEXT_TO_SPEECH:
        speed = 1.0 if wish.speed is None else wish.speed
        if not _SLOWEST <= speed <= _FASTEST:
            raise InvalidParameter("speed", f"must be from {_SLOWEST:g} to {_FASTEST:g}, got {speed:g}")
        try:
            voice = voices.find(wish.voice or _VOICE)
        except UnknownVoice as error:
            raise InvalidParameter("voice", str(error)) from None
        made |= {"speed": speed, "voice": voice.id}
    return made
