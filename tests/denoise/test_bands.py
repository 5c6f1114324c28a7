"""Sound taken apart and put together, and what the network is shown of it."""

from __future__ import annotations

import numpy as np
import pytest

from rushes.engines.local.denoise.bands import BANDS, FIRST_BINS, HOP, LOW, RATE, WIDTHS, Normaliser, spectra, windows


def noise(hops: int, loud: float = 0.1) -> np.ndarray:
    return np.random.default_rng(1).normal(0, loud, hops * HOP).astype(np.float32)


def test_what_is_taken_apart_can_be_put_together() -> None:
    sound = noise(20)
    pieces = windows(spectra(sound))
    assert pieces.shape == (19, 2 * HOP)
    laid = pieces[1:, :HOP] + pieces[:-1, HOP:]
    assert np.abs(laid.reshape(-1) - sound[HOP:-HOP]).max() < 1e-6


def test_the_bands_cover_every_bin_and_widen() -> None:
    assert len(WIDTHS) == BANDS
    assert WIDTHS.sum() == HOP + 1
    assert WIDTHS.min() == 2
    assert list(WIDTHS[8:-1]) == sorted(WIDTHS[8:-1])
    assert FIRST_BINS[0] == 0


def test_features_are_relative_to_the_last_second() -> None:
    """Twice as loud is the same before long, and a jump shows."""
    quiet, loud = spectra(noise(500, 0.01)), spectra(noise(500, 0.1))
    normaliser = Normaliser()
    settled = normaliser.features(quiet)[0][-100:]
    jumped, after = (part := normaliser.features(loud)[0])[:10], part[-100:]
    assert abs(float(settled.mean())) < 0.05
    assert float(jumped.mean()) == pytest.approx(20 / 40, abs=0.06)
    assert abs(float(after.mean())) < 0.05
    assert part.shape == (499, BANDS)


def test_features_do_not_depend_on_the_pieces() -> None:
    found = spectra(noise(60))
    whole = Normaliser().features(found)
    pieces = Normaliser()
    loud, low = zip(*(pieces.features(found[at : at + 7]) for at in range(0, len(found), 7)), strict=True)
    assert np.allclose(np.concatenate(loud), whole[0])
    assert np.allclose(np.concatenate(low, axis=1), whole[1])
    assert whole[1].shape == (2, 59, LOW)
    assert RATE // HOP == 100
