"""Notes on their way from the composer to the players."""

from __future__ import annotations

from msgspec import Struct


class Note(Struct, frozen=True, kw_only=True):
    """start and length in seconds, pitch a MIDI number (for drums: which one), velocity 0-1."""

    start: float
    length: float
    pitch: int
    velocity: float


class Track(Struct, frozen=True, kw_only=True):
    """One player. `voice` is of voices.toml, level in dB, pan -1 (left) to 1."""

    role: str
    voice: str
    level: float
    pan: float
    notes: tuple[Note, ...]


class Score(Struct, frozen=True, kw_only=True):
    """A piece. `seconds` is its exact length; room and wet are the reverberation's seconds and level."""

    seconds: float
    tracks: tuple[Track, ...]
    room: float
    wet: float
