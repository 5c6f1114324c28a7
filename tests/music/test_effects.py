"""Effects by their signatures: where their energy lies, how it goes over time. No weights are needed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from rushes.engines.local.music.effects.sounding import effects, sounding
from tests.music import analysis
from tests.music.analysis import RATE, Mono


@cache
def heard(name: str, seconds: float = 6.0, loop: bool = False) -> Mono:
    return analysis.mono(sounding((name,), seconds, 3, loop=loop))


@pytest.mark.parametrize("name", sorted(effects()))
def test_every_effect_sounds_soon_and_is_finite(name: str) -> None:
    wave = heard(name, 3.0)
    assert len(wave) == 3 * RATE
    assert np.isfinite(wave).all()
    assert analysis.levels(wave).max() > 1e-3
    assert np.abs(wave[: int(1.5 * RATE)]).max() > 0.02 * np.abs(wave).max()


@pytest.mark.parametrize("name", ["rain", "downpour", "waterfall", "white", "applause"])
def test_steady_noise(name: str) -> None:
    levels = analysis.levels(heard(name), 0.25)[1:-1]
    assert levels.max() / levels.min() < 1.6
    # Claps have a pitch, all together none to speak of.
    assert analysis.flatness(heard(name), 1500, 8000) > (0.2 if name == "applause" else 0.6)


def test_noise_has_its_colour() -> None:
    assert analysis.centroid(heard("brown")) < 400 < analysis.centroid(heard("pink")) < 6000
    assert analysis.centroid(heard("white")) == pytest.approx(12_000, rel=0.05)


def test_rain_is_high_and_thunder_low_and_dying() -> None:
    assert analysis.share(heard("rain"), 1000, 20_000) > 0.9
    thunder = analysis.mono(sounding(("thunder",), 6.0, 5, loop=False))
    assert analysis.share(thunder, 0, 200) > 0.8
    levels = analysis.levels(thunder[: 5 * RATE], 0.25)
    assert levels.argmax() < 10
    assert levels[-4:].mean() < 0.35 * levels.max()


def test_a_storm_is_rain_and_thunder() -> None:
    storm = heard("thunderstorm", 10.0)
    assert analysis.share(storm, 0, 200) > 0.3
    assert analysis.share(storm, 1000, 20_000) > 0.02


def test_a_bell_rings_in_its_partials() -> None:
    bell = heard("bell", 2.5)
    frequencies, power = analysis.spectrum(bell[RATE // 4 :])
    tops = [
        n for n in range(2, len(power) - 2) if power[n] == power[n - 2 : n + 3].max() and power[n] > 1e-3 * power.max()
    ]
    found = frequencies[tops]
    strike = next(f for f in found if 280 < f < 350)
    for partial in (0.5, 1.2, 2.0):
        assert np.abs(found / strike - partial).min() < 0.03
    levels = analysis.levels(bell, 0.25)
    assert levels[-1] < 0.6 * levels[0]
    assert analysis.flatness(bell, 200, 4000) < 0.01


@pytest.mark.parametrize(
    ("name", "every"), [("footsteps", 0.56), ("heartbeat", 0.86), ("clock", 1.0), ("running", 0.31)]
)
def test_what_comes_again_does_so_in_its_time(name: str, every: float) -> None:
    level = analysis.levels(heard(name), 0.01)
    again = np.correlate(level - level.mean(), level - level.mean(), "full")[len(level) - 1 :]
    low, high = int(every * 70), int(every * 140)
    assert (low + again[low:high].argmax()) / 100 == pytest.approx(every, abs=0.03)


def test_what_happens_once_is_over() -> None:
    for name in ("explosion", "door", "glass", "impact", "click", "powerup"):
        levels = analysis.levels(heard(name))
        assert levels.argmax() < 6, name
        assert levels[-5:].max() < 0.02 * levels.max(), name


@pytest.mark.parametrize(("name", "up"), [("riser", True), ("jump", True), ("laser", False)])
def test_what_climbs_and_what_falls(name: str, up: bool) -> None:
    wave = heard(name, 0.3 if name != "riser" else 4.0)
    half = len(wave) // 2
    before, after = analysis.centroid(wave[:half]), analysis.centroid(wave[half:])
    assert (after > 1.3 * before) if up else (after < before / 1.3)


def test_something_passes_from_left_to_right() -> None:
    sound = sounding(("whoosh",), 1.2, 3, loop=False)
    left, right = (analysis.levels(sound[:, side].astype(np.float64), 0.2) for side in (0, 1))
    assert left[1] > right[1]
    assert left[-2] < right[-2]


@pytest.mark.parametrize("name", ["rain", "waves", "fire", "footsteps", "bell", "siren"])
def test_a_loop_has_no_seam(name: str) -> None:
    wave = heard(name, 4.0, True)
    jump = abs(wave[0] - wave[-1])
    assert jump <= np.quantile(np.abs(np.diff(wave)), 0.9999)
    if effects()[name].texture:
        around = analysis.levels(np.concatenate([wave[-RATE // 4 :], wave[: RATE // 4]]), 0.05)
        assert around.min() > 0.2 * np.median(analysis.levels(wave, 0.05))


def test_the_same_seed_gives_the_same_samples_and_one_more_effect_leaves_the_others() -> None:
    one, again, other = (sounding(("birds", "fire"), 2.0, seed, loop=False) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_long_textures_are_made_in_pieces_that_cannot_be_told() -> None:
    wave = analysis.mono(sounding(("rain",), 45.0, 1, loop=False))
    levels = analysis.levels(wave, 0.25)
    assert levels.max() / levels.min() < 1.6
    pieces = wave[: 18 * RATE], wave[20 * RATE : 38 * RATE]
    assert abs(np.corrcoef(*pieces)[0, 1]) < 0.05
