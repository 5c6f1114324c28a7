"""Every voice that the studio API offers says twenty sentences, and the recogniser writes them down again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rushes.catalog.voices import load_voices
from tests.hearing.test_hear import heard
from tests.quality.twenty import SENTENCES
from tests.quality.wording import errors, words
from tests.speech.spoken import settings_for, speak

VOICES = {voice.studio: voice.id for voice in load_voices().all if voice.studio}
FIRST = ("en_gb_male", "en_gb_female", "en_us_male", "en_us_female")
MOST = 0.05
"""The word errors that a voice may have, as a part of what it said."""


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    return settings_for("voice", "hearing")


def said_and_heard(folder: Path, settings: dict[str, Any], voice: str, sentences: tuple[str, ...]) -> float:
    wrong = count = 0
    for number, sentence in enumerate(sentences):
        path = speak(folder / str(number), settings, sentence, VOICES[voice])
        text = heard(folder, settings, path, language="en").text
        amiss, of = errors(sentence, text)
        wrong, count = wrong + amiss, count + of
        if amiss:
            print(f"{voice}: {amiss} wrong in {sentence!r}: {text!r}")
    print(f"{voice} ({VOICES[voice]}): {wrong} of {count} words wrong, {wrong / count:.1%}")
    return wrong / count


@pytest.mark.models
@pytest.mark.parametrize("voice", FIRST)
def test_numbers_dates_prices_and_questions_are_understood(
    tmp_path: Path, settings: dict[str, Any], voice: str
) -> None:
    at = FIRST.index(voice)
    assert said_and_heard(tmp_path, settings, voice, SENTENCES[at : at + 4]) < MOST


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_is_understood(tmp_path: Path, settings: dict[str, Any], voice: str) -> None:
    assert said_and_heard(tmp_path, settings, voice, SENTENCES) < MOST


def test_each_accent_and_gender_has_at_least_two_voices() -> None:
    for name in FIRST:
        assert {name, f"{name}_2"} <= VOICES.keys()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It costs £48.90.", "it costs forty-eight pounds and ninety pence"),
        ("48 lbs", "forty-eight pounds"),
        ("On 14 March 2023", "on the fourteenth of March, twenty twenty-three"),
        ("room 204", "room two hundred and four"),
        ("room 200 and 4", "room two hundred four"),
        ("at 6:45 p.m.", "at 6.45pm"),
        ("In 1969", "in nineteen sixty-nine"),
        ("1,200,000 people", "1.2 million people"),
        ("12.5kg", "twelve point five kilograms"),
        ("-7 and 35%", "minus seven and thirty-five per cent"),
        ("the 3rd floor of the grey harbour", "the third floor of the gray harbor"),
        ("Dr. Smith's", "doctor Smiths"),
        ("$1,499", "one thousand four hundred ninety-nine dollars"),
    ],
)
def test_spelling_is_no_error(one: str, other: str) -> None:
    assert words(one) == words(other)
    assert errors(one, other)[0] == 0


@pytest.mark.parametrize(
    ("said", "got", "wrong"),
    [
        ("two eggs and a pinch", "two eggs and the pinch", 1),
        ("$1,499", "$1,400 and $99", 3),
        ("room 204", "room 240", 1),
        ("six and seven", "67", 3),
        ("watched it", "watch it now", 2),
        ("all of it", "", 3),
        ("-7 degrees", "7 degrees", 1),
    ],
)
def test_a_wrong_word_is_an_error(said: str, got: str, wrong: int) -> None:
    assert errors(said, got)[0] == wrong
