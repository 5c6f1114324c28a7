"""Backgrounds taken away: on composited truth, with real edges and their own colours; and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Request, Role
from rushes.engines.local.composer.scenes import Reader
from rushes.engines.local.composer.stills.drawing import still
from rushes.engines.local.composer.weights import Assets
from rushes.engines.local.matting.colours import pure_colours
from rushes.engines.local.matting.edges import follow_edges
from rushes.engines.local.matting.free import run
from rushes.engines.local.matting.subject import subject_alpha
from tests.speech.spoken import settings_for

W, H = 800, 450
SPRITES = ("1f98a", "1f9d1", "1f981", "1f9d1-200d-1f9b1")
"""A fox, a person, a lion, a person with curls."""


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    return settings_for("matte", "art")


@pytest.fixture(scope="session")
def scenes() -> list[np.ndarray]:
    reader = Reader(Assets())
    prompts = ("an empty beach at noon", "an empty meadow in the morning")
    return [still(reader.scene(prompt, 3), W, H, reader.sprites.picture) for prompt in prompts]


def composited(scene: np.ndarray, settings: dict[str, Any], code: str, side: int = 290) -> tuple[np.ndarray, ...]:
    """The picture, and the truth: alpha in 0-1 and the subject's own colours."""
    sprite = Image.open(Path(settings["models"]) / "art" / f"{code}.webp").convert("RGBA").resize((side, side))
    sheet = np.zeros((H, W, 4), np.uint8)
    sheet[H - side - 40 : H - 40, 270 : 270 + side] = np.asarray(sprite)
    alpha = sheet[..., 3] / np.float32(255)
    mixed = sheet[..., :3] * alpha[..., None] + scene * (1 - alpha[..., None])
    return (mixed + 0.5).astype(np.uint8), alpha, sheet[..., :3]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    either = ((one > 0.5) | (other > 0.5)).sum()
    return float(((one > 0.5) & (other > 0.5)).sum() / max(either, 1))


def asked(path: Path | None, mode: Mode = Mode.REMOVE_BACKGROUND, **extra: Any) -> Request:
    return Request(
        job="job_1", model="m", mode=mode, prompt="", width=0, height=0, seconds=0, seed=0, extra=extra,
        inputs=() if path is None else (Input(role=Role.IMAGE, path=str(path), mime="image/png"),),
    )  # fmt: skip


@pytest.mark.models
@pytest.mark.parametrize("code", SPRITES)
def test_subjects_are_told_from_scenes(
    tmp_path: Path, settings: dict[str, Any], scenes: list[np.ndarray], code: str
) -> None:
    for scene in scenes:
        picture, truth, colours = composited(scene, settings, code)
        Image.fromarray(picture).save(tmp_path / "a.png")
        told: list[float] = []
        (output,), warnings = run(asked(tmp_path / "a.png"), tmp_path, told.append, settings)
        made = np.asarray(Image.open(output.location))
        assert (output.kind, output.mime, warnings, made.shape) == ("image", "image/png", (), (H, W, 4))
        assert told == sorted(told)
        alpha = made[..., 3] / 255
        # Where the network is wrong about the edge, no colour can be right.
        rim = (truth > 0.1) & (truth < 0.9) & (np.abs(alpha - truth) < 0.25)
        bled = np.abs(picture[rim].astype(int) - colours[rim]).mean()
        left = np.abs(made[rim][:, :3].astype(int) - colours[rim]).mean()
        print(
            f"{code}: overlap {overlap(alpha, truth):.3f}, off {np.abs(alpha - truth).mean():.4f},",
            f"at the rim off by {bled:.0f} levels before, {left:.0f} after",
        )
        assert overlap(alpha, truth) > 0.9
        assert np.abs(alpha - truth).mean() < 0.015
        # The background's colour at the rim is mostly gone, and away from the subject wholly.
        assert left < 0.6 * bled
        assert not made[alpha == 0][: W * 20, :3].any()


class Known:
    """A network that sees what is red, roughly: at a hundredth of the size, as the real one does."""

    def coarse(self, image: np.ndarray) -> np.ndarray:
        red = (image[..., 0].astype(int) - image[..., 2] > 90).astype(np.float32)
        side = 320
        small = cv2.resize(red, (side, side), interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(small, (0, 0), 3)


def disc(width: int, height: int, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """A red disc with a soft rim before blue and grey stripes, and its alpha."""
    alpha = np.zeros((height, width), np.float32)
    cv2.circle(alpha, (width // 2, height // 2), radius, 1.0, -1, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 1.2)
    ground = np.full((height, width, 3), (60, 90, 200), np.uint8)
    ground[:, ::40] = (110, 120, 130)
    mixed = np.array([220, 60, 30]) * alpha[..., None] + ground * (1 - alpha[..., None])
    return (mixed + 0.5).astype(np.uint8), alpha


@pytest.mark.parametrize(("width", "height", "radius"), [(400, 300, 110), (640, 480, 60), (2600, 1400, 500)])
def test_a_rough_mask_snaps_to_the_pictures_edges(width: int, height: int, radius: int) -> None:
    picture, truth = disc(width, height, radius)
    alpha = subject_alpha(picture, Known())
    assert alpha is not None
    rough = cv2.resize(Known().coarse(picture), (width, height), interpolation=cv2.INTER_CUBIC)
    assert overlap(alpha, truth) > 0.97
    assert np.abs(alpha - truth).mean() < 0.4 * np.abs(np.clip(rough, 0, 1) - truth).mean()
    assert alpha[2, 2] == 0
    assert alpha[height // 2, width // 2] == 1


def test_where_nothing_is_found_there_is_no_alpha() -> None:
    assert subject_alpha(np.full((200, 300, 3), 90, np.uint8), Known()) is None


def test_the_filter_keeps_masks_that_need_no_change() -> None:
    picture, _ = disc(300, 200, 50)
    assert follow_edges(picture, np.ones((320, 320), np.float32)).min() > 0.99
    assert follow_edges(picture, np.zeros((320, 320), np.float32)).max() < 0.01


@pytest.mark.parametrize("size", [(400, 300), (1700, 900)])
def test_colours_at_the_rim_are_the_subjects_own(size: tuple[int, int]) -> None:
    picture, alpha = disc(*size, size[1] // 3)
    pure = pure_colours(picture, alpha)
    rim = (alpha > 0.05) & (alpha < 0.95)
    assert np.abs(pure[rim].astype(int) - (220, 60, 30)).mean() < 6
    assert np.abs(picture[rim].astype(int) - (220, 60, 30)).mean() > 40
    assert np.array_equal(pure[alpha >= 1], picture[alpha >= 1])
    assert not pure[:4].any()


def test_where_nothing_shows_there_is_no_colour() -> None:
    picture, _ = disc(200, 100, 30)
    assert not pure_colours(picture, np.zeros((100, 200), np.float32)).any()
    assert np.array_equal(pure_colours(picture, np.ones((100, 200), np.float32)), picture)


@pytest.mark.models
def test_what_was_transparent_stays_so(tmp_path: Path, settings: dict[str, Any], scenes: list[np.ndarray]) -> None:
    picture, truth, _ = composited(scenes[0], settings, "1f98a")
    half = np.dstack([picture, np.full((H, W), 255, np.uint8)])
    half[: H // 2, :, 3] = 0
    Image.fromarray(half).save(tmp_path / "a.png")
    (output,), _ = run(asked(tmp_path / "a.png", format="webp"), tmp_path, lambda _: None, settings)
    assert output.mime == "image/webp"
    made = np.asarray(Image.open(output.location).convert("RGBA"))
    assert not made[: H // 2 - 1, :, 3].any()
    assert overlap(made[H // 2 + 8 :, :, 3] / 255, truth[H // 2 + 8 :]) > 0.8


@pytest.mark.models
def test_a_picture_of_nothing_is_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    Image.new("RGB", (300, 200), (90, 120, 150)).save(tmp_path / "a.png")
    with pytest.raises(EngineError, match="no subject was found") as caught:
        run(asked(tmp_path / "a.png"), tmp_path, lambda _: None, settings)
    assert caught.value.code is FailureCode.INVALID_INPUT


def test_what_cannot_be_done_is_refused(tmp_path: Path) -> None:
    nothing = {"models": str(tmp_path), "offline": True}
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    for request, words in (
        (asked(tmp_path / "a.png", format="jpeg"), "a JPEG cannot be transparent"),
        (asked(tmp_path / "a.png", format="bmp"), "bmp"),
        (asked(tmp_path / "a.png", quality=0), "quality: must be 1 to 100"),
        (asked(None), "image: is required"),
        (asked(tmp_path / "a.png", Mode.UPSCALE_IMAGE), "removes backgrounds"),
    ):
        with pytest.raises(EngineError, match=words) as caught:
            run(request, tmp_path, lambda _: None, nothing)
        assert caught.value.code is FailureCode.INVALID_INPUT
    with pytest.raises(EngineError, match="rushes models pull matte") as caught:
        run(asked(tmp_path / "a.png"), tmp_path, lambda _: None, nothing)
    assert caught.value.code is FailureCode.MODEL_MISSING
