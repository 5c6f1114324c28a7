"""What prompts are read as; and that the tables speak of things that exist."""

from __future__ import annotations

from typing import Any

import pytest

from rushes.engines.local.music import figures
from rushes.engines.local.music.effects.events import EVENTS
from rushes.engines.local.music.effects.sounding import effects
from rushes.engines.local.music.effects.textures import TEXTURES
from rushes.engines.local.music.effects.tones import TONES
from rushes.engines.local.music.genres import genres, patterns, progressions
from rushes.engines.local.music.plan import METRES
from rushes.engines.local.music.reading import read
from rushes.engines.local.music.theory import SCALES, Key, chord
from rushes.engines.local.music.voices import voices
from rushes.engines.local.music.words import words


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("lo-fi hip hop beat, chill, 82 bpm", {"music": True, "genre": "lofi", "bpm": 82.0}),
        ("epic orchestral music in D minor", {"genre": "cinematic", "tonic": 2, "scale": "minor", "energy": 0.9}),
        ("Allegro in B-flat major for oboe", {"tonic": 10, "scale": "major", "bpm": 132.0, "voices": ("oboe",)}),
        ("a waltz in a minor key", {"genre": "waltz", "tonic": None, "scale": "minor"}),
        ("reggae, F#m, tempo: 76", {"genre": "reggae", "tonic": 6, "scale": "minor", "bpm": 76.0}),
        ("jig in E dorian, 6/8", {"genre": "celtic", "tonic": 4, "scale": "dorian", "metre": "6/8"}),
        ("rock organ over drums", {"genre": "rock", "voices": ("rock_organ",)}),
        ("solo cello", {"genre": "classical", "voices": ("cello",), "only": True}),
        ("jazz without piano or drums", {"genre": "jazz", "without": ("piano", "drums"), "voices": ()}),
        ("rain and distant thunder", {"music": False, "effects": ("rain", "thunder")}),
        ("soft piano with gentle rain", {"music": True, "genre": "piano", "effects": ("rain",)}),
        ("8-bit jump sound effect", {"music": False, "effects": ("jump",)}),
        ("8-bit music", {"music": True, "genre": "chiptune", "effects": ()}),
        ("birds but no wind", {"effects": ("birds",)}),
        ("calm", {"music": True, "genre": "ambient"}),
    ],
)
def test_what_a_prompt_says(prompt: str, wanted: dict[str, Any]) -> None:
    plan = read(prompt).plan
    assert {name: getattr(plan, name) for name in wanted} == wanted


def test_tags_and_what_is_not_wanted_count_as_said() -> None:
    plan = read("something for the evening", "jazz, 96 BPM, saxophone", "drums, rain").plan
    assert (plan.genre, plan.bpm, plan.voices, plan.without) == ("jazz", 96.0, ("tenor_sax",), ("drums",))


def test_words_of_pace_and_mood_go_with_each_other() -> None:
    slow, fast = read("slow sad rock").plan, read("very fast happy rock").plan
    assert slow.pace < 0.8 < 1.2 < fast.pace
    assert slow.energy < fast.energy
    assert (slow.scale, fast.scale) == ("minor", "major")


def test_what_cannot_be_done_is_said() -> None:
    assert "instrumental" in " ".join(read("a pop song with female vocals").warnings)
    assert "11/8" in " ".join(read("jazz in 11/8").warnings)
    assert "nothing in the prompt" in " ".join(read("a bicycle").warnings)
    assert read("pop song, 100 bpm").warnings == ()


@pytest.mark.parametrize("prompt", ["", "  ", "sound effect of a purring cat", "house, 900 bpm", "house at 5 bpm"])
def test_what_cannot_be_read_is_refused(prompt: str) -> None:
    with pytest.raises(ValueError, match="prompt: "):
        read(prompt)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in C", (None, "")),
        ("key of G", (7, "")),
        ("in Ab major", (8, "major")),
        ("g sharp minor", (8, "minor")),
        ("C♯ min", (1, "minor")),
        ("I am a major fan", (None, "")),
        ("9 am, sunrise", (None, "")),
    ],
)
def test_keys(text: str, wanted: tuple[int | None, str]) -> None:
    assert figures.key(text) == wanted


def test_every_word_leads_to_something() -> None:
    table = words()
    assert set(table.genres.values()) <= set(genres())
    assert set(table.instruments.values()) <= set(voices())
    assert set(table.effects.values()) <= set(effects())
    assert set(table.scales.values()) <= set(SCALES)
    assert {mood.genre for mood in table.moods.values()} <= set(genres())
    assert {scale for mood in table.moods.values() for scale in mood.scales} <= set(SCALES)
    assert {voice.home for voice in voices().values()} <= set(genres())


def test_every_genre_can_be_played() -> None:
    known = patterns()
    places = {
        "chords": {*known.chords, *known.arps},
        "pad": {*known.chords},
        "counter": {*known.chords},
        "bass": {*known.bass},
        "drums": {*known.drums},
        "melody": set(),
    }
    for name, genre in genres().items():
        assert set(genre.scales) <= set(SCALES), name
        assert set(genre.metres) <= set(METRES), name
        assert set(genre.progressions) <= set(progressions()), name
        assert any(part.enters <= 0.3 for part in genre.parts), name
        for part in genre.parts:
            assert set(part.voices) <= set(voices()), (name, part.role)
            assert set(part.patterns) <= places[part.role], (name, part.role)
            assert all(("drums" in voices()[voice].roles) == (part.role == "drums") for voice in part.voices), name


def test_every_progression_is_made_of_chords() -> None:
    for rows in progressions().values():
        for scale, lines in rows.items():
            for line in lines:
                assert all(chord(numeral, Key(tonic=0, scale=scale)).intervals for numeral in line.split())


def test_every_effect_can_be_made() -> None:
    for name, effect in effects().items():
        assert effect.texture in TEXTURES or effect.event in {*EVENTS, *TONES}, name
        assert set(effect.also) <= set(effects()), name
    assert {*EVENTS, *TONES} <= {effect.event for effect in effects().values()}
