"""The voices that speech is offered in (voices.toml), by every name that a caller may use."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct


class UnknownVoice(Exception):
    """No voice has this name; the message lists those there are. It may be shown."""


class Voice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One voice. `id` is what the engine calls it: what a speech request's extra["voice"] carries."""

    id: str
    label: str
    language: Literal["en-GB", "en-US"]
    gender: Literal["female", "male"]
    studio: str = ""
    openai: tuple[str, ...] = ()


class Voices:
    """All voices, in the order of voices.toml."""

    def __init__(self, voices: list[Voice]) -> None:
        self.all = tuple(voices)
        self.by_id = {voice.id: voice for voice in voices}
        self.studio = {voice.studio: voice for voice in voices if voice.studio}
        self.openai = {name: voice for voice in voices for name in voice.openai}

    def find(self, name: str) -> Voice:
        """The voice called `name`: the studio API's name, OpenAI's, or the engine's. Raises UnknownVoice."""
        for names in (self.by_id, self.studio, self.openai):
            if name in names:
                return names[name]
        known = ", ".join([*sorted(self.openai), *sorted(self.studio), *sorted(self.by_id)])
        raise UnknownVoice(f"unknown voice {name[:60]!r}; one of: {known}")


def load_voices() -> Voices:
    """Read voices.toml. Nothing heavy is imported."""
    data = tomllib.loads((files(__package__) / "voices.toml").read_text(encoding="utf-8"))
    return Voices([msgspec.convert({"id": name, **values}, Voice) for name, values in data.items()])
