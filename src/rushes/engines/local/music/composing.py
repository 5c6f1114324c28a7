"""From a plan to a score: tempo, key and players are settled, then bar after bar is written. Same seed, same notes."""

from __future__ import annotations

from random import Random

from rushes.engines.local.music.casting import players
from rushes.engines.local.music.form import Section, bars_in, sections
from rushes.engines.local.music.genres import Genre, genres, progressions
from rushes.engines.local.music.plan import METRES, Choice, Plan
from rushes.engines.local.music.score import Score, Track
from rushes.engines.local.music.theory import Chord, Key, chord
from rushes.engines.local.music.writing import Piece, Writer, seeded

_STRETCH = 0.06
"""How far from its natural tempo a genre may go so that whole bars fill the length."""
_LOOP_STRETCH = 0.04
"""The same where a tempo was asked for in numbers, but the piece is to loop."""
_SIDES = {"melody": 0.08, "chords": -0.28, "pad": 0.0, "counter": 0.32, "bass": 0.0, "drums": 0.0}


def compose(plan: Plan, seconds: float, seed: int, *, loop: bool) -> tuple[Choice, Score]:
    """The piece that a plan asks for, exactly `seconds` long."""
    genre = genres()[plan.genre]
    choice, bars = settle(plan, genre, seconds, seed, loop=loop)
    form = sections(bars, plan.energy, loop=loop)
    piece = Piece(
        genre=genre,
        choice=choice,
        form=form,
        harmony=_harmony(genre, choice.key, form, seeded(seed, "harmony"), loop=loop),
        seconds=seconds,
        energy=plan.energy,
        seed=seed,
        loop=loop,
    )
    tracks: list[Track] = []
    for number, player in enumerate(players(plan, genre, choice.metre, seeded(seed, "band"))):
        part = player.part
        notes = Writer(piece, player, seeded(seed, f"part {number}")).notes()
        pan = _SIDES[part.role] * (1 if number % 2 else -1)
        tracks.append(Track(role=part.role, voice=player.voice, level=part.level, pan=pan, notes=notes))
    return choice, Score(seconds=seconds, tracks=tuple(tracks), room=genre.room, wet=genre.wet)


def settle(plan: Plan, genre: Genre, seconds: float, seed: int, *, loop: bool) -> tuple[Choice, int]:
    """Tempo, key and metre, and the number of bars."""
    rng = seeded(seed, "choice")
    scale = plan.scale or rng.choice(genre.scales[: max(1, len(genre.scales) // 2)] + genre.scales)
    tonic = rng.choice((0, 2, 3, 4, 5, 7, 9, 10)) if plan.tonic is None else plan.tonic
    metre = plan.metre or rng.choice(genre.metres[:1] + genre.metres)
    low, high = genre.tempo
    bpm = plan.bpm or min(240.0, max(40.0, rng.uniform(low, high) * plan.pace))
    quarters, beat = METRES[metre]
    bar = quarters * 60 / bpm / beat
    stretch = _STRETCH if plan.bpm is None else _LOOP_STRETCH if loop else 0.0
    bars, fitted = bars_in(seconds, bar, free=(bar * (1 - stretch), bar * (1 + stretch)) if stretch else None)
    if loop and abs(bars * fitted - seconds) > 1e-9:
        # Only whole bars come round again.
        bars = max(1, round(seconds / bar))
        fitted = seconds / bars
    return Choice(genre=plan.genre, bpm=bpm * bar / fitted, key=Key(tonic=tonic, scale=scale), metre=metre), bars


def _harmony(genre: Genre, key: Key, form: tuple[Section, ...], rng: Random, *, loop: bool) -> tuple[Chord, ...]:
    """A chord for every bar. Each theme has its own progression; the last bar is home."""
    table = progressions()[genre.progressions[0] if rng.random() < 0.6 else rng.choice(genre.progressions)]
    rows = table.get(key.scale) or table.get("minor" if key.minor else "major") or next(iter(table.values()))
    first = rng.choice(rows)
    second = rng.choice([row for row in rows if row != first] or rows)
    made: list[Chord] = []
    for section in form:
        numerals = (first if section.theme == "a" else second).split()
        made += [chord(numerals[bar % len(numerals)], key, sevenths=genre.sevenths) for bar in range(section.bars)]
    if not loop:
        made[-1] = chord("i" if key.minor else "I", key, sevenths=False)
    return tuple(made)
