"""What is to be heard: the plan that a prompt is read into, and that the composer and the effects follow."""

from __future__ import annotations

from msgspec import Struct

from rushes.engines.local.music.theory import Key

METRES: dict[str, tuple[float, float]] = {
    "2/4": (2.0, 1.0),
    "3/4": (3.0, 1.0),
    "4/4": (4.0, 1.0),
    "5/4": (5.0, 1.0),
    "6/8": (3.0, 1.5),
    "7/8": (3.5, 1.0),
    "12/8": (6.0, 1.5),
}
"""Quarter notes in a bar, and quarter notes in a beat: what the tempo counts."""


class Plan(Struct, frozen=True, kw_only=True):
    """One piece. Where a field is empty or None the composer chooses, by genre and seed.

    genre and voices are names of genres.toml and voices.toml; `effects` of effects.toml, in the order of the prompt.
    bpm is the tempo that was asked for in numbers; `pace` multiplies the genre's own (words such as slow);
    energy 0-1. `only` leaves no other instruments than `voices`; `without` names roles and voices to leave out.
    """

    music: bool
    effects: tuple[str, ...] = ()
    genre: str = ""
    bpm: float | None = None
    pace: float = 1.0
    tonic: int | None = None
    scale: str = ""
    metre: str = ""
    energy: float = 0.5
    voices: tuple[str, ...] = ()
    only: bool = False
    without: tuple[str, ...] = ()


class Choice(Struct, frozen=True, kw_only=True):
    """What the composer settled on. bpm counts beats of the metre."""

    genre: str
    bpm: float
    key: Key
    metre: str

    @property
    def quarter(self) -> float:
        """Seconds of a quarter note."""
        return 60.0 / self.bpm / METRES[self.metre][1]

    @property
    def bar(self) -> float:
        """Seconds of a bar."""
        return self.quarter * METRES[self.metre][0]
