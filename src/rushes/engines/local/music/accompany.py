"""Chords and bass: patterns of a bar filled with the notes of its chord."""

from __future__ import annotations

from rushes.engines.local.music.genres import Hit, patterns
from rushes.engines.local.music.theory import Chord, Key

Played = tuple[float, float, int, float]
"""When and how long in quarter notes from the beginning of the bar, MIDI pitch, velocity 0-1."""

_STRUM = 0.035
"""Quarter notes between the strings."""


def chord_bar(name: str, pitches: tuple[int, ...], quarters: float, turn: int) -> list[Played]:
    """A bar of chords or of an arpeggio over the pitches (rising); `turn` counts bars, so that arpeggios go on."""
    arp = patterns().arps.get(name)
    if arp is None:
        return [
            played for hit in filled(patterns().chords[name], quarters) for played in _struck(hit, pitches, quarters)
        ]
    count = round(quarters / arp.step)
    ladder = [pitch + 12 * octave for octave in (0, 1, 2) for pitch in pitches]
    made: list[Played] = []
    for number in range(count):
        order = (
            arp.order[(number + turn * count) % len(arp.order)]
            if len(arp.order) == 3
            else arp.order[number % len(arp.order)]
        )
        loud = 0.75 if number * arp.step % 1.0 == 0 else 0.6
        made.append((number * arp.step, arp.step * 0.95, ladder[order - 1], loud))
    return made


def bass_bar(name: str, chord: Chord, following: Chord, key: Key, low: int, quarters: float) -> list[Played]:
    """A bar of bass over a chord, on its way to the next one; `low` is the lowest pitch it may use."""
    root = low + (chord.root - low) % 12
    third, fifth = root + chord.intervals[1] % 12, root + 7
    if len(chord.intervals) > 2:
        third, fifth = root + chord.intervals[1], root + chord.intervals[2]
    target = low + (following.root - low) % 12
    around = [p for p in range(target - 2, target + 3) if p != target and (p - key.tonic) % 12 in key.steps]
    approach = min(around, key=lambda p: (abs(p - target), abs(p - root)), default=root)
    which = {"root": root, "third": third, "fifth": fifth, "octave": root + 12, "next": approach}
    return [(at, length, which[what], loud) for at, length, loud, what in filled(patterns().bass[name], quarters)]


def filled(hits: tuple[Hit, ...], quarters: float) -> list[Hit]:
    """A pattern of four quarter notes in a bar of `quarters`: cut off, or begun again."""
    made: list[Hit] = []
    for round_ in range(2):
        for at, length, loud, what in hits:
            when = at + 4.0 * round_
            if when < quarters - 1e-6:
                made.append((when, min(length, quarters - when), loud, what))
    # What rings through the bar does so in a longer one too.
    if len(hits) == 1 and hits[0][1] >= 4.0:
        return [(0.0, quarters, hits[0][2], hits[0][3])]
    return made


def _struck(hit: Hit, pitches: tuple[int, ...], quarters: float) -> list[Played]:
    at, length, loud, what = hit
    if what in ("strum", "strum_up"):
        order = pitches if what == "strum" else tuple(reversed(pitches[1:]))
        return [(at + _STRUM * n, length, pitch, loud) for n, pitch in enumerate(order)]
    chosen = {"all": pitches, "low": pitches[:1], "high": pitches[1:], "top": pitches[-1:]}.get(what)
    if chosen is None:
        number = int(what) - 1
        # A triad has no fourth note: its lowest comes again, an octave higher.
        chosen = (pitches[number],) if number < len(pitches) else (pitches[number - len(pitches)] + 12,)
    return [(at, length, pitch, loud) for pitch in chosen]
