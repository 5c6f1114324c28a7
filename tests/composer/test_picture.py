"""Image to video: what moves, which way, and that nothing of the trick is seen."""

from __future__ import annotations

from typing import get_args

import cv2
import numpy as np
import pytest

from rushes.engines.local.composer.fill import behind, bleed
from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.composer.picture import clear_subject, picture_frames
from rushes.engines.local.composer.spec import Camera, Move

from .known import KnownMatte, Picture, disc_and_dot, green, middle, red, rgb, texture, weights


def frames(image: Picture, move: Move, matte: Matte | None, *, speed: float = 1.0, seed: int = 1) -> list[Picture]:
    camera = Camera(move=move, speed=speed)
    return list(picture_frames(image, 320, 180, 4, 2.5, camera, seed, matte))


def ends(move: Move) -> tuple[Picture, Picture]:
    made = frames(disc_and_dot(), move, KnownMatte(), speed=1.5)
    return rgb(made[0]), rgb(made[-1])


def test_frames_are_i420_and_the_seed_decides() -> None:
    made = frames(disc_and_dot(), "handheld", KnownMatte())
    assert len(made) == 10
    assert all(frame.shape == (270, 320) and frame.dtype == np.uint8 for frame in made)
    again = frames(disc_and_dot(), "handheld", KnownMatte())
    other = frames(disc_and_dot(), "handheld", KnownMatte(), seed=2)
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(made, other, strict=True))


@pytest.mark.parametrize(("move", "way"), [("truck_right", -1), ("truck_left", 1)])
def test_trucking_moves_the_near_more_than_the_far(move: Move, way: int) -> None:
    before, after = ends(move)
    near = way * (middle(red(after))[0] - middle(red(before))[0])
    far = way * (middle(green(after))[0] - middle(green(before))[0])
    assert near > 1.5 * far > 0


def test_crane_up_lowers_the_near_more_than_the_far() -> None:
    before, after = ends("crane_up")
    near = middle(red(after))[1] - middle(red(before))[1]
    far = middle(green(after))[1] - middle(green(before))[1]
    assert near > far + 2


@pytest.mark.parametrize(("move", "way"), [("pan_right", -1), ("pan_left", 1)])
def test_panning_moves_all_alike(move: Move, way: int) -> None:
    before, after = ends(move)
    near = way * (middle(red(after))[0] - middle(red(before))[0])
    far = way * (middle(green(after))[0] - middle(green(before))[0])
    assert near > 10
    assert abs(near - far) < 1


def test_orbit_holds_the_subject_and_turns_the_rest() -> None:
    before, after = ends("orbit")
    assert abs(middle(red(after))[0] - middle(red(before))[0]) < 1.5
    assert middle(green(after))[0] - middle(green(before))[0] > 3


def test_dolly_enlarges_the_near_more_than_the_far_and_zoom_both_alike() -> None:
    def growth(move: Move) -> tuple[float, float]:
        before, after = ends(move)
        return red(after).sum() / red(before).sum(), green(after).sum() / green(before).sum()

    near, far = growth("dolly_in")
    assert near > far + 0.1 > 1.1
    near, far = growth("zoom_in")
    assert near == pytest.approx(far, abs=0.08)
    near, far = growth("dolly_out")
    assert near < far < 1


@pytest.mark.parametrize("move", get_args(Move))
def test_the_edge_of_the_picture_is_never_shown(move: Move) -> None:
    image = np.repeat(texture(368, 208)[..., :1], 3, axis=2)
    image[[0, -1]] = image[:, [0, -1]] = (255, 0, 0)
    assert red(image).sum() > 1000
    for frame in frames(image, move, None, speed=3.0):
        assert not red(rgb(frame)).any()


def test_every_move_moves() -> None:
    for move in get_args(Move):
        made = frames(disc_and_dot(), move, KnownMatte())
        assert not np.array_equal(made[0], made[-1]), move


def test_no_ghost_of_the_subject_stays_behind_it() -> None:
    image = disc_and_dot()
    hole = cv2.dilate(red(image).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    filled = behind(image, hole)
    assert np.array_equal(filled[~hole], image[~hole])
    assert np.abs(filled[hole].astype(int) - (40, 60, 160)).max() < 12


def test_the_subjects_edge_keeps_no_rim_of_the_old_background() -> None:
    image = disc_and_dot()
    soft = cv2.GaussianBlur(red(image).astype(np.float32), (0, 0), 3)
    mixed = (soft[..., None] * (220, 30, 30) + (1 - soft[..., None]) * np.array((40, 60, 160))).astype(np.uint8)
    rim = (soft > 0.1) & (soft < 0.9)
    apart = np.abs(bleed(mixed, soft)[rim].astype(int) - (220, 30, 30))
    assert np.abs(mixed[rim].astype(int) - (220, 30, 30)).max() > 100
    assert apart.max() < 25


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_matte_without_a_clear_subject_is_no_subject(level: float) -> None:
    assert clear_subject(np.full((90, 160), level, np.float32)) is None


def test_a_crumb_beside_the_subject_is_not_cut_out() -> None:
    alpha = np.zeros((90, 160), np.float32)
    alpha[30:70, 40:80] = 1
    alpha[10:14, 120:124] = 1
    found = clear_subject(alpha)
    assert found is not None
    assert found[40, 50] == 1
    assert found[12, 122] == 0


def test_an_unclear_picture_moves_as_one() -> None:
    image = np.repeat(texture(640, 360)[..., :1], 3, axis=2)
    with_matte = frames(image, "truck_right", KnownMatte())
    without = frames(image, "truck_right", None)
    assert all(np.array_equal(a, b) for a, b in zip(with_matte, without, strict=True))
    assert not np.array_equal(with_matte[0], with_matte[-1])


@pytest.mark.models
def test_the_network_finds_a_piece_of_clip_art() -> None:
    art = cv2.imread(str(weights("art") / "1f415.webp"), cv2.IMREAD_UNCHANGED)
    art = cv2.resize(art, (260, 260), interpolation=cv2.INTER_AREA)
    height, width = 360, 640
    image = np.linspace((150, 190, 230), (90, 140, 70), height)[:, None].repeat(width, 1).astype(np.uint8)
    truth = np.zeros((height, width), bool)
    spot = np.s_[70:330, 200:460]
    alpha = art[..., 3:] / 255.0
    image[spot] = (art[..., 2::-1] * alpha + image[spot] * (1 - alpha)).astype(np.uint8)
    truth[spot] = art[..., 3] > 127
    found = Matte(weights("matte")).alpha(image)
    assert found.shape == (height, width)
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1
    overlap = ((found > 0.5) & truth).sum() / ((found > 0.5) | truth).sum()
    assert overlap > 0.85
    assert clear_subject(found) is not None
