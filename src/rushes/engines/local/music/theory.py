"""Scales, chords by Roman numeral, and voicings that move as little as they can."""

from __future__ import annotations

import re
from itertools import pairwise, product

from msgspec import Struct

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
"""Semitones above the tonic."""

TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_NUMERAL = re.compile(r"(b|#)?(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")
_DEGREES = ("I", "II", "III", "IV", "V", "VI", "VII")
_MAJOR, _MINOR = (0, 4, 7), (0, 3, 7)
_SUFFIXES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "7": ((0, 4, 7, 10), (0, 3, 7, 10)),
    "maj7": ((0, 4, 7, 11), (0, 3, 7, 11)),
    "9": ((0, 4, 7, 10, 14), (0, 3, 7, 10, 14)),
    "add9": ((0, 4, 7, 14), (0, 3, 7, 14)),
    "6": ((0, 4, 7, 9), (0, 3, 7, 9)),
    "sus4": ((0, 5, 7), (0, 5, 7)),
    "sus2": ((0, 2, 7), (0, 2, 7)),
    "5": ((0, 7), (0, 7)),
    "o": ((0, 3, 6), (0, 3, 6)),
    "o7": ((0, 3, 6, 9), (0, 3, 6, 9)),
    "m7b5": ((0, 3, 6, 10), (0, 3, 6, 10)),
}


class Key(Struct, frozen=True, kw_only=True):
    """tonic 0-11 above C; scale is one of SCALES."""

    tonic: int
    scale: str

    @property
    def steps(self) -> tuple[int, ...]:
        return SCALES[self.scale]

    @property
    def minor(self) -> bool:
        """Whether its third is minor."""
        return self.steps[2] == 3

    def pitch(self, degree: int) -> int:
        """The MIDI pitch of a scale degree; 0 is the tonic in the octave of middle C, any whole number goes."""
        octave, step = divmod(degree, 7)
        return 60 + self.tonic + 12 * octave + self.steps[step]

    def nearest(self, pitch: int) -> int:
        """The scale degree closest to a MIDI pitch."""
        about = round((pitch - 60 - self.tonic) * 7 / 12)
        return min(range(about - 2, about + 3), key=lambda degree: abs(self.pitch(degree) - pitch))

    def __str__(self) -> str:
        return f"{TONICS[self.tonic]} {self.scale}"


class Chord(Struct, frozen=True, kw_only=True):
    """root 0-11 above C; intervals in semitones above it."""

    root: int
    intervals: tuple[int, ...]

    @property
    def tones(self) -> tuple[int, ...]:
        """Pitch classes, the root first."""
        return tuple((self.root + interval) % 12 for interval in self.intervals)

    def near(self, pitch: int) -> int:
        """The chord tone closest to a MIDI pitch; the lower one of two."""
        return min(range(pitch - 6, pitch + 7), key=lambda p: (p % 12 not in self.tones, abs(p - pitch), p))


def chord(numeral: str, key: Key, *, sevenths: bool = False) -> Chord:
    """The chord that a Roman numeral means in a key: upper case major, lower case minor, then a suffix.

    With `sevenths` a bare triad gets the scale's own seventh. Raises ValueError for what is no numeral.
    """
    match = _NUMERAL.fullmatch(numeral)
    if not match or (match[3] and match[3] not in _SUFFIXES):
        raise ValueError(f"{numeral!r} is not a chord")
    accidental, name, suffix = match.groups()
    degree = _DEGREES.index(name.upper())
    root = key.steps[degree] + {"b": -1, "#": 1, None: 0}[accidental]
    minor = name.islower()
    if suffix:
        intervals = _SUFFIXES[suffix][minor]
    else:
        intervals = _MINOR if minor else _MAJOR
        if sevenths:
            seventh = (key.pitch(degree + 6) - key.pitch(degree)) % 12
            intervals = (*intervals, seventh if seventh in (10, 11) else 10)
    return Chord(root=(key.tonic + root) % 12, intervals=intervals)


def voiced(wanted: Chord, before: tuple[int, ...] | None, centre: int) -> tuple[int, ...]:
    """MIDI pitches of a chord around `centre`, rising, as near as may be to those of the chord before."""
    tones = wanted.tones[:5]
    places = [[p for p in range(centre - 9, centre + 10) if p % 12 == tone] for tone in tones]
    best: tuple[float, tuple[int, ...]] | None = None
    for pick in product(*places):
        pitches = tuple(sorted(pick))
        gaps = [high - low for low, high in pairwise(pitches)]
        cost = 0.15 * abs(sum(pitches) / len(pitches) - centre) * len(pitches)
        cost += sum(2.0 for gap in gaps if gap < 2) + sum(1.0 for gap in gaps if gap > 9)
        if before:
            cost += sum(min(abs(pitch - old) for old in before) for pitch in pitches)
            cost += 0.5 * abs(pitches[-1] - before[-1])
        if best is None or (cost, pitches) < best:
            best = (cost, pitches)
    assert best is not None
    return best[1]
