"""Ambience: the right sounds, the right loudness, the right length."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from rushes.engines.local.composer.sound import LOUDNESS, ambience, layers, loudness
from rushes.engines.local.composer.sound_beds import BEDS, RATE, Sound
from rushes.engines.local.composer.spec import Place, SceneSpec, TimeOfDay, Weather


def scene(**what: Any) -> SceneSpec:
    return SceneSpec(prompt="", seed=1, **what)


def share(sound: Sound, low: float, high: float) -> float:
    """How much of a sound's power lies between two frequencies in Hz."""
    power = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    frequency = np.fft.rfftfreq(len(sound), 1 / RATE)
    return float(power[(frequency >= low) & (frequency < high)].sum() / power.sum())


def test_loudness_of_the_standards_own_examples() -> None:
    time = np.arange(5 * RATE) / RATE
    tone = np.sin(2 * np.pi * 1000 * time)[:, None] * np.ones(2)
    # EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS.
    assert loudness((tone * 10 ** (-23 / 20)).astype(np.float32)) == pytest.approx(-23, abs=0.1)
    # Case 3's idea: silence around it is gated and does not count.
    quiet = np.zeros((10 * RATE, 2))
    assert loudness(np.concatenate([quiet, tone * 10 ** (-33 / 20)]).astype(np.float32)) == pytest.approx(-33, abs=0.4)


@pytest.mark.parametrize("seconds", [0.01, 1.0, 3.3337])
def test_length_is_exact_and_the_ends_are_silent(seconds: float) -> None:
    sound = ambience(scene(place="sea"), seconds, 7)
    assert sound.shape == (round(seconds * RATE), 2)
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert np.abs(sound[[0, -1]]).max() < 1e-4


def test_nothing_for_no_time() -> None:
    assert ambience(scene(), 0, 1).shape == (0, 2)


@pytest.mark.parametrize("place", get_args(Place))
def test_every_place_sounds_and_is_as_loud_as_it_should_be(place: Place) -> None:
    for time in ("day", "night"):
        sound = ambience(scene(place=place, time=time), 4.0, 3)
        assert loudness(sound) == pytest.approx(LOUDNESS, abs=0.6)
        assert np.abs(sound).max() <= 0.9


@pytest.mark.parametrize("weather", get_args(Weather))
def test_every_weather_and_hour_is_known(weather: Weather) -> None:
    for time in get_args(TimeOfDay):
        for place in get_args(Place):
            assert set(layers(scene(place=place, weather=weather, time=time))) <= set(BEDS)


def test_the_seed_decides() -> None:
    spec = scene(place="forest", weather="rain")
    one = ambience(spec, 1.0, 5)
    assert np.array_equal(one, ambience(spec, 1.0, 5))
    assert not np.array_equal(one, ambience(spec, 1.0, 6))


def test_waves_are_low_and_crickets_are_high() -> None:
    sea = ambience(scene(place="sea"), 4.0, 1)
    night = ambience(scene(place="meadow", time="night"), 4.0, 1)
    assert share(sea, 40, 2000) > 0.7
    assert share(sea, 4000, 5500) < 0.1
    assert share(night, 4000, 5500) > 0.4


def test_rain_hisses_and_silences_the_birds() -> None:
    dry, wet = scene(place="forest"), scene(place="forest", weather="rain")
    assert "birds" in layers(dry)
    assert "birds" not in layers(wet)
    assert share(ambience(wet, 3.0, 1), 6000, 12000) > 2 * share(ambience(dry, 3.0, 1), 6000, 12000)


def test_weather_stays_outside_and_features_are_heard() -> None:
    assert set(layers(scene(place="space", weather="storm"))) == {"drone"}
    assert set(layers(scene(place="cave", weather="rain"))) == {"room", "drips"}
    inside = layers(scene(place="interior", weather="rain", features=("fireplace", "window")))
    assert inside["rain"] < layers(scene(place="street", weather="rain"))["rain"]
    assert inside["fire"] == 0


def test_waves_swell() -> None:
    sea = ambience(scene(place="sea"), 16.0, 2)[RATE:-RATE]
    level = np.sqrt((sea**2).reshape(-1, RATE // 2, 2).mean(axis=(1, 2)))
    assert level.max() > 2 * level.min()


@pytest.mark.parametrize("bed", sorted(BEDS))
def test_every_bed_has_level_length_and_two_channels(bed: str) -> None:
    for n in (7919, 2 * RATE):
        sound = BEDS[bed](np.random.default_rng(4), n)
        assert sound.shape == (n, 2)
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(1, abs=0.01)
        assert not np.array_equal(sound[:, 0], sound[:, 1])
