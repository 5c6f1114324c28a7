"""From form and harmony to notes: what one player plays, bar after bar, with a player's small liberties."""

from __future__ import annotations

import math
import zlib
from random import Random

from msgspec import Struct

from rushes.engines.local.music.accompany import bass_bar, chord_bar
from rushes.engines.local.music.casting import Player
from rushes.engines.local.music.drums import crash, drum_bar, fill_bar
from rushes.engines.local.music.form import PHRASE, Section
from rushes.engines.local.music.genres import Genre
from rushes.engines.local.music.melody import Singer, motif, varied
from rushes.engines.local.music.plan import METRES, Choice
from rushes.engines.local.music.score import Note
from rushes.engines.local.music.theory import Chord, voiced
from rushes.engines.local.music.voices import voices

_MELODY_CENTRE, _BASS_LOW, _COUNTER_CENTRE = 74, 31, 67
_ROOM = 8
"""Semitones."""


class Piece(Struct, frozen=True, kw_only=True):
    """What all players have before them. `seconds` is the exact length; harmony has a chord for each bar."""

    genre: Genre
    choice: Choice
    form: tuple[Section, ...]
    harmony: tuple[Chord, ...]
    seconds: float
    energy: float
    seed: int
    loop: bool


def seeded(seed: int, what: str) -> Random:
    """A generator of its own for each thing to decide: one more decision does not change the others."""
    return Random(zlib.crc32(f"{seed} {what}".encode()))  # noqa: S311 - music, no secrets


class Writer:
    """Writes one player's notes."""

    def __init__(self, piece: Piece, player: Player, rng: Random) -> None:
        self._piece, self._player, self._rng = piece, player, rng
        self._voice = voices()[player.voice]
        self._quarters = METRES[piece.choice.metre][0]
        self._last = -1 if piece.loop else len(piece.harmony) - 1
        self._made: list[Note] = []

    def notes(self) -> tuple[Note, ...]:
        """All of them, in the order of their starts."""
        role = self._player.part.role
        for section in self._piece.form:
            if section.energy < self._player.part.enters and role != "pad":
                continue
            if role == "melody":
                self._melody(section)
            elif role == "drums":
                self._drums(section)
            elif role == "bass":
                self._bass(section)
            else:
                self._chords(section)
        return tuple(sorted(self._made, key=lambda note: (note.start, note.pitch)))

    def _melody(self, section: Section) -> None:
        # A theme's motifs are the same wherever it comes.
        rng = seeded(self._piece.seed, f"theme {section.theme} {self._player.voice}")
        density = min(1.0, self._player.part.density * (0.7 + 0.6 * self._piece.energy))
        singer = Singer(
            self._piece.choice.key, self._reachable(_MELODY_CENTRE), pentatonic=self._piece.genre.pentatonic
        )
        first, second = (motif(rng, self._quarters, density) for _ in range(2))
        if section.varied:
            first = varied(rng, first)
        for bar in range(section.bars):
            number = section.start + bar
            lift = 3 if section.theme == "b" else 0
            place = bar % PHRASE
            if number == self._last:
                sung = singer.close(self._piece.harmony[number], self._quarters, final=True)
            elif place == PHRASE - 1:
                sung = singer.close(self._piece.harmony[number], self._quarters * 0.75, final=False)
            else:
                given = second if place == 1 else first
                sung = singer.bar(given, self._piece.harmony[number], lift + (2 if place == 2 else 0))
            for tone, pitch in sung:
                strong = 0.78 if tone.start % 2 == 0 else 0.68
                self._add(number, tone.start, tone.length * 0.96, pitch, strong, section.energy)

    def _chords(self, section: Section) -> None:
        role, part = self._player.part.role, self._player.part
        centre = self._reachable(_COUNTER_CENTRE if role == "counter" else part.centre)
        before: tuple[int, ...] | None = None
        for bar in range(section.bars):
            number = section.start + bar
            wanted = self._piece.harmony[number]
            if part.fifths:
                wanted = Chord(root=wanted.root, intervals=(0, 7))
            before = voiced(wanted, before, centre)
            pitches = before[-1:] if role == "counter" else before
            if part.fifths:
                root = min(before, key=lambda p: (p % 12 != wanted.root, p))
                pitches = (root, root + 7, root + 12)
            name = "whole" if number == self._last else self._player.pattern
            for at, length, pitch, loud in chord_bar(name, pitches, self._quarters, bar):
                self._add(number, at, length, pitch, loud, section.energy)

    def _bass(self, section: Section) -> None:
        low = max(self._voice.low, _BASS_LOW)
        for bar in range(section.bars):
            number = section.start + bar
            following = self._piece.harmony[(number + 1) % len(self._piece.harmony)]
            name = "whole" if number == self._last or section.energy < 0.4 else self._player.pattern
            for at, length, pitch, loud in bass_bar(
                name, self._piece.harmony[number], following, self._piece.choice.key, low, self._quarters
            ):
                self._add(number, at, length, pitch, loud, section.energy)

    def _drums(self, section: Section) -> None:
        for bar in range(section.bars):
            number = section.start + bar
            strokes = drum_bar(self._player.pattern, self._quarters, section.energy)
            if number == self._last:
                strokes = [stroke for stroke in strokes if stroke[0] == 0]
            elif bar == section.bars - 1 and section.bars >= PHRASE and self._piece.genre.loose > 0:
                strokes = fill_bar(self._rng, strokes, self._quarters, section.energy)
            if (bar == 0 and number and section.energy >= 0.55) or number == self._last:
                strokes = [*strokes, crash()]
            for at, drum, loud in strokes:
                self._add(number, at, 0.2, drum, loud, section.energy)

    def _add(self, bar: int, at: float, length: float, pitch: int, loud: float, energy: float) -> None:
        """A note where a player would put it: swung, a little early or late, a little louder or softer."""
        choice = self._piece.choice
        swung = self._swung(at)
        start = bar * choice.bar + swung * choice.quarter
        start += self._rng.gauss(0.0, self._piece.genre.loose / 3000) if at else 0.0
        start = max(0.0, start)
        if start >= self._piece.seconds:
            return
        end = start + (self._swung(at + length) - swung) * choice.quarter
        if bar == self._last:
            end = max(end, self._piece.seconds)
        velocity = loud * (0.82 + 0.25 * energy) * self._rng.gauss(1.0, 0.01 + self._piece.genre.loose / 300)
        if self._player.part.role != "drums":
            pitch = self._voice.within(pitch)
        note = Note(start=start, length=max(0.03, end - start), pitch=pitch, velocity=min(1.0, max(0.12, velocity)))
        self._made.append(note)

    def _reachable(self, centre: int) -> int:
        """A pitch about which the instrument has room on both sides."""
        return min(max(centre, self._voice.low + _ROOM), max(self._voice.high - _ROOM, self._voice.low + _ROOM))

    def _swung(self, at: float) -> float:
        pair = self._piece.genre.swing_of
        if self._piece.genre.swing == 0.5 or METRES[self._piece.choice.metre][1] != 1.0:
            return at
        whole, part = math.floor(at / pair), at / pair % 1.0
        share = self._piece.genre.swing
        return pair * (whole + (part * 2 * share if part < 0.5 else share + (part - 0.5) * 2 * (1 - share)))
