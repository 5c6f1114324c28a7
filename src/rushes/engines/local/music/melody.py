"""Melodies: two bars of rhythm and contour, repeated on other chords, varied, and closed."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from rushes.engines.local.music.theory import Chord, Key

_CELLS: tuple[tuple[float, tuple[float, ...], float], ...] = (
    # Quarter notes taken, the lengths in them (a rest is negative), and how busy that is.
    (2.0, (2.0,), 0.0),
    (2.0, (1.5, 0.5), 0.35),
    (2.0, (-1.0, 1.0), 0.1),
    (1.0, (1.0,), 0.35),
    (1.0, (-1.0,), 0.0),
    (1.0, (0.5, 0.5), 0.7),
    (1.0, (-0.5, 0.5), 0.4),
    (2.0, (0.5, 1.0, 0.5), 0.6),
    (1.0, (0.75, 0.25), 0.8),
    (1.0, (0.5, 0.25, 0.25), 1.0),
    (3.0, (3.0,), -0.2),
)
_PENTATONIC = {True: (0, 2, 3, 4, 6), False: (0, 1, 2, 4, 5)}
"""Scale degrees without half-tone steps, by whether the third is minor."""
_SPAN = 9
"""Semitones around the centre that a melody keeps to."""


class Tone(Struct, frozen=True, kw_only=True):
    """start and length in quarter notes from the beginning of the bar; step in scale steps from the bar's anchor."""

    start: float
    length: float
    step: int


class Motif(Struct, frozen=True, kw_only=True):
    """A bar of melody without its pitch."""

    tones: tuple[Tone, ...]


def motif(rng: Random, quarters: float, density: float) -> Motif:
    """A bar's idea; density 0-1 is how much happens in it."""
    tones: list[Tone] = []
    at, step = 0.0, 0
    while at < quarters - 1e-6:
        cells = [cell for cell in _CELLS if cell[0] <= quarters - at + 1e-6] or [(quarters - at, (quarters - at,), 0.0)]
        weights = [1 / (0.05 + abs(cell[2] - density) ** 2 * 4) for cell in cells]
        # A motif that begins with a rest is a good one now and then, never one of rests only.
        _, lengths, _ = rng.choices(cells, weights)[0]
        for length in lengths:
            if length > 0:
                tones.append(Tone(start=at, length=length, step=step))
                step = _onward(rng, step)
            at += abs(length)
    return Motif(tones=tuple(tones) or (Tone(start=0.0, length=quarters, step=0),))


def varied(rng: Random, given: Motif) -> Motif:
    """The same idea with an ornament: one long note becomes two or three."""
    long = [tone for tone in given.tones if tone.length >= 1.0]
    if not long:
        return given
    chosen = rng.choice(long)
    turn = rng.choice((1, -1))
    half = chosen.length / 2
    split = (
        Tone(start=chosen.start, length=half, step=chosen.step),
        Tone(start=chosen.start + half, length=half, step=chosen.step + turn),
    )
    return Motif(tones=tuple(new for tone in given.tones for new in (split if tone is chosen else (tone,))))


class Singer:
    """Gives motifs their pitches, going from one to the next without leaps that are hard to sing."""

    def __init__(self, key: Key, centre: int, *, pentatonic: bool) -> None:
        self._key = key
        self._centre = centre
        self._pentatonic = _PENTATONIC[key.minor] if pentatonic else tuple(range(7))
        self._last = centre

    def bar(self, given: Motif, chord: Chord, lift: int = 0) -> list[tuple[Tone, int]]:
        """The motif over a chord: each tone with its MIDI pitch; `lift` semitones higher than usual."""
        target = round((self._last + self._centre + lift) / 2)
        anchor = self._key.nearest(chord.near(target))
        sung: list[tuple[Tone, int]] = []
        for tone in given.tones:
            pitch = self._scale_pitch(anchor + tone.step)
            if tone.start % 1.0 == 0 and (tone.length >= 1.0 or tone.start % 2.0 == 0):
                pitch = chord.near(pitch)
            sung.append((tone, self._kept(pitch, lift)))
        self._last = sung[-1][1]
        return sung

    def close(self, chord: Chord, quarters: float, *, final: bool) -> list[tuple[Tone, int]]:
        """The end of a phrase: one long note; the final one is the tonic."""
        wanted = self._key.tonic if final else chord.tones[0]
        pitch = min(range(self._last - 6, self._last + 7), key=lambda p: (p % 12 != wanted, abs(p - self._last)))
        if not final:
            pitch = chord.near(self._last - 1)
        self._last = self._kept(pitch, 0)
        return [(Tone(start=0.0, length=quarters, step=0), self._last)]

    def _scale_pitch(self, degree: int) -> int:
        octave, step = divmod(degree, 7)
        allowed = min(self._pentatonic, key=lambda s: abs(s - step))
        return self._key.pitch(7 * octave + allowed)

    def _kept(self, pitch: int, lift: int) -> int:
        middle = self._centre + lift
        while pitch > middle + _SPAN:
            pitch -= 12
        while pitch < middle - _SPAN:
            pitch += 12
        return pitch


def _onward(rng: Random, step: int) -> int:
    """The next step of a contour: mostly to a neighbour; a leap is answered by coming back."""
    if abs(step) >= 4:
        return step - (1 if step > 0 else -1) * rng.choice((1, 2))
    return step + rng.choices((-1, 1, -2, 2, 0, 3, -3), (5, 5, 3, 3, 1.5, 0.8, 0.8))[0]
