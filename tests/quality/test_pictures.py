"""Pictures against the truth: how much of their structure (SSIM) is kept where pixels are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rushes.engines.contract import Input, Mode, Request, Role
from rushes.engines.local.interpolate import fluent
from rushes.engines.local.upscale import enlarge
from tests.interpolate.test_fluent import view
from tests.media.filmed import film, shown
from tests.speech.spoken import settings_for
from tests.upscale.test_enlarge import detailed, resized

Picture = NDArray[np.uint8]


def asked(mode: Mode, role: Role, path: Path, **extra: Any) -> Request:
    return Request(
        job="j", model="m", mode=mode, prompt="", width=0, height=0, seconds=0, seed=0, extra=extra,
        inputs=(Input(role=role, path=str(path), mime="image/png"),),
    )  # fmt: skip


def similarity(one: Picture, other: Picture) -> float:
    """Mean structural similarity of two RGB pictures' brightness: Wang et al. 2004, Gaussian window, sigma 1.5."""
    x, y = (cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float64) for part in (one, other))

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(
        (((2 * mx * my + first) * (2 * both + second)) / ((mx * mx + my * my + first) * (vx + vy + second))).mean()
    )


def test_similarity_is_one_for_the_same_and_less_for_less() -> None:
    picture = detailed(160, 120)
    soft = [cv2.GaussianBlur(picture, (0, 0), sigma) for sigma in (0.6, 1.2, 3)]
    found = [similarity(picture, other) for other in (picture, *soft)]
    assert found[0] == pytest.approx(1)
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.7


@pytest.mark.models
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_enlarging_keeps_more_structure_than_lanczos(tmp_path: Path, scale: int) -> None:
    truth = detailed(384, 240)
    small = resized(truth, 384 // scale, 240 // scale, Image.Resampling.BICUBIC)
    Image.fromarray(small).save(tmp_path / "small.png")
    request = asked(Mode.UPSCALE_IMAGE, Role.IMAGE, tmp_path / "small.png", scale=scale)
    (output,), _ = enlarge.run(request, tmp_path, lambda _: None, settings_for("span"))
    made = similarity(np.asarray(Image.open(output.location)), truth)
    plain = similarity(resized(small, 384, 240, Image.Resampling.LANCZOS), truth)
    print(f"x{scale}: SSIM {made:.3f}, Lanczos {plain:.3f}")
    assert made > plain + 0.02


@pytest.mark.models
def test_frames_between_keep_more_structure_than_a_mixture(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", [view(2 * at) for at in range(4)], fps=12, crf=2)
    request = asked(Mode.INTERPOLATE_VIDEO, Role.VIDEO, source, factor=2)
    (output,), _ = fluent.run(request, tmp_path, lambda _: None, settings_for("rife"))
    made, given = shown(Path(output.location)), shown(source)
    for at in range(3):
        truth = view(2 * at + 1)
        mixture = cv2.addWeighted(given[at][1], 0.5, given[at + 1][1], 0.5, 0)
        found = similarity(made[2 * at + 1][1], truth), similarity(mixture, truth)
        print(f"frame {at}: SSIM {found[0]:.3f}, a mixture {found[1]:.3f}")
        assert found[0] > found[1] + 0.1
