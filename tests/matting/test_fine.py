"""The finer network, whose licence is restricted: off by itself, and better where it is on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.matting.fine import FineMatte
from rushes.engines.local.matting.free import _finder
from rushes.engines.local.matting.subject import subject_alpha
from tests.matting.test_free import SPRITES, composited, overlap, scenes  # noqa: F401 - a fixture
from tests.speech.spoken import settings_for


def test_it_is_off_until_its_licence_is_accepted(tmp_path: Path) -> None:
    settings = settings_for("matte")
    (tmp_path / "matte").symlink_to(Path(settings["models"]) / "matte")
    assert isinstance(_finder(settings | {"models": str(tmp_path), "offline": True}), Matte)


def test_it_finds_subjects_at_least_as_well(scenes: list[np.ndarray]) -> None:  # noqa: F811
    settings: dict[str, Any] = settings_for("matte", "art", "matte_fine")
    fine = _finder(settings)
    assert isinstance(fine, FineMatte)
    image, alpha, _ = composited(scenes[0], settings, SPRITES[0])
    found = subject_alpha(image, fine)
    usual = subject_alpha(image, Matte(Path(settings["models"]) / "matte"))
    assert found is not None
    assert usual is not None
    assert overlap(found, alpha) > 0.9
    assert overlap(found, alpha) > overlap(usual, alpha) - 0.02
