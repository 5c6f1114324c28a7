"""Chords, form and scores: checked as notes, before anything sounds."""

from __future__ import annotations

from random import Random

import pytest

from rushes.engines.local.music.composing import compose
from rushes.engines.local.music.form import bars_in, sections
from rushes.engines.local.music.genres import genres
from rushes.engines.local.music.melody import motif
from rushes.engines.local.music.plan import Plan
from rushes.engines.local.music.score import Score
from rushes.engines.local.music.theory import Chord, Key, chord, voiced
from rushes.engines.local.music.voices import voices


def plan(genre: str, **more: object) -> Plan:
    return Plan(music=True, genre=genre, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("numeral", "key", "tones"),
    [
        ("I", Key(tonic=0, scale="major"), {0, 4, 7}),
        ("V7", Key(tonic=9, scale="minor"), {4, 8, 11, 2}),
        ("VI", Key(tonic=9, scale="minor"), {5, 9, 0}),
        ("iim7b5", Key(tonic=0, scale="minor"), {2, 5, 8, 0}),
        ("IVmaj7", Key(tonic=7, scale="major"), {0, 4, 7, 11}),
    ],
)
def test_numerals(numeral: str, key: Key, tones: set[int]) -> None:
    assert set(chord(numeral, key).tones) == tones


@pytest.mark.parametrize("numeral", ["", "VIII", "Vx", "H"])
def test_what_is_no_chord_is_refused(numeral: str) -> None:
    with pytest.raises(ValueError, match="not a chord"):
        chord(numeral, Key(tonic=0, scale="major"))


def test_voices_move_little() -> None:
    key = Key(tonic=0, scale="major")
    before = voiced(chord("I", key), None, 60)
    for numeral in ("IV", "V", "vi", "ii", "V7", "I"):
        wanted = chord(numeral, key)
        after = voiced(wanted, before, 60)
        assert {pitch % 12 for pitch in after} == set(wanted.tones)
        # No voice leaps: each is within a fourth of where one was before.
        assert all(min(abs(pitch - old) for old in before) <= 5 for pitch in after), (numeral, before, after)
        assert after[-1] - after[0] <= 19
        before = after


@pytest.mark.parametrize("bars", [1, 2, 3, 5, 7, 8, 11, 12, 13, 19, 20, 33, 64, 150])
@pytest.mark.parametrize("loop", [False, True])
def test_sections_fill_the_piece(bars: int, loop: bool) -> None:
    made = sections(bars, 0.5, loop=loop)
    at = 0
    for section in made:
        assert section.start == at
        assert section.bars > 0
        assert 0 < section.energy <= 1
        at += section.bars
    assert at == bars
    assert bars < 20 or {section.theme for section in made} == {"a", "b"}


def test_bars_fill_the_length_where_the_tempo_is_free() -> None:
    assert bars_in(30.0, 2.1, free=(2.0, 2.2)) == (14, pytest.approx(30 / 14))
    assert bars_in(30.0, 2.1, free=None) == (14, 2.1)
    assert bars_in(1.0, 2.1, free=(2.0, 2.2)) == (1, 2.1)


def test_a_motif_fills_its_bar_at_most() -> None:
    for seed in range(200):
        for quarters in (2.0, 3.0, 3.5, 4.0, 5.0):
            tones = motif(Random(seed), quarters, seed % 10 / 10).tones
            assert tones
            assert all(tone.start + tone.length <= quarters + 1e-6 for tone in tones)


@pytest.mark.parametrize("genre", sorted(genres()))
@pytest.mark.parametrize("seconds", [2.0, 21.37, 95.0])
def test_every_genre_writes_notes_that_can_be_played(genre: str, seconds: float) -> None:
    choice, score = compose(plan(genre), seconds, 5, loop=False)
    low, high = genres()[genre].tempo
    assert low * 0.9 <= choice.bpm <= high * 1.1
    assert any(track.notes for track in score.tracks)
    for track in score.tracks:
        voice = voices()[track.voice]
        for note in track.notes:
            assert 0 <= note.start < seconds
            assert 0 < note.velocity <= 1
            assert track.role == "drums" or voice.low <= note.pitch <= voice.high


def test_the_same_seed_writes_the_same_piece_and_another_one_another() -> None:
    first, again, other = (compose(plan("pop"), 30.0, seed, loop=False) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_what_was_asked_for_is_what_is_played() -> None:
    asked = plan("rock", bpm=97.0, tonic=5, scale="dorian", metre="3/4", voices=("flute",), without=("bass",))
    choice, score = compose(asked, 30.0, 1, loop=False)
    assert (choice.bpm, choice.key, choice.metre) == (97.0, Key(tonic=5, scale="dorian"), "3/4")
    roles = {track.role: track.voice for track in score.tracks}
    assert roles["melody"] == "flute"
    assert "bass" not in roles


def test_only_one_instrument_plays_everything() -> None:
    _, score = compose(plan("classical", voices=("piano",), only=True), 20.0, 1, loop=False)
    assert {track.voice for track in score.tracks} == {"piano"}
    assert {track.role for track in score.tracks} == {"melody", "chords", "bass"}


def test_a_loop_is_whole_bars_and_the_tempo_gives_way_a_little() -> None:
    choice, _ = compose(plan("house", bpm=124.0), 10.0, 1, loop=True)
    assert 10.0 / choice.bar == pytest.approx(round(10.0 / choice.bar))
    assert choice.bpm == pytest.approx(124.0, rel=0.04)


def test_themes_come_back() -> None:
    """What a section plays is played again, in the same rhythm and on the same tones, when its theme returns."""
    choice, score = compose(plan("chiptune", metre="4/4"), 64 * 60 / 138 * 4, 2, loop=True)
    bars = _melody(score, choice.bar)
    first = bars[0]
    assert first
    later = [number for number in range(8, 64) if bars.get(number) == first]
    assert later
    assert len(set(map(tuple, bars.values()))) > 6


def test_a_piece_ends_at_home() -> None:
    for seed in range(6):
        choice, score = compose(plan("classical"), 30.0, seed, loop=False)
        key = choice.key
        home = set(Chord(root=key.tonic, intervals=(0, 3 if key.minor else 4, 7)).tones)
        lasts = [max(track.notes, key=lambda note: note.start) for track in score.tracks]
        ending = [note for note in lasts if note.start > 30.0 - 1.2 * choice.bar]
        assert len(ending) >= 3
        assert all(note.pitch % 12 in home for note in ending)
        assert all(note.start + note.length >= 30.0 - 1e-6 for note in ending)


def _melody(score: Score, bar: float) -> dict[int, list[tuple[int, int]]]:
    """The melody by bars: the sixteenth and the pitch of each note."""
    (track,) = (track for track in score.tracks if track.role == "melody")
    found: dict[int, list[tuple[int, int]]] = {}
    for note in track.notes:
        sixteenth = round(note.start / bar * 16)
        found.setdefault(sixteenth // 16, []).append((sixteenth % 16, note.pitch))
    return found
