"""Trees: whatever the dice say, they hang together."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage.flora import Kind, tree
from rushes.engines.local.composer.stage.palette import look_of

LOOK = look_of(SceneSpec(prompt="", seed=1, place="forest", time="day"))


@pytest.mark.parametrize("snowy", [False, True])
@pytest.mark.parametrize("kind", ["leafy", "conifer", "palm", "bare"])
def test_no_part_of_a_tree_floats(kind: Kind, snowy: bool) -> None:
    for seed in range(12):
        picture = tree(kind, 240, LOOK, np.random.default_rng(seed), True, snowy=snowy)
        _, _, stats, _ = cv2.connectedComponentsWithStats((picture[..., 3] > 40).astype(np.uint8))
        areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
        assert areas[1:].sum() < 0.002 * areas[0], seed


def test_in_snow_no_tree_has_green_leaves() -> None:
    green, snowy = (
        tree("leafy", 240, LOOK, np.random.default_rng(3), True, snowy=white).astype(int) for white in (False, True)
    )

    def share(picture: np.ndarray) -> float:  # type: ignore[type-arg]
        leaves = (picture[..., 1] > picture[..., 0] + 12) & (picture[..., 3] > 200)
        return float(leaves.mean())

    assert share(green) > 0.1
    assert share(snowy) < 0.001
