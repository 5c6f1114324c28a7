"""The geometry and the colours of a swap, without networks: points that are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rushes.engines.local.faces.blending import bent, matched, put
from rushes.engines.local.faces.finding import Found, Picture, Points
from rushes.engines.local.faces.measuring import BROW, CHIN, COUNT, LEFT_CHEEK, NOSE, RIGHT_CHEEK, _upright, turned


def oval(middle: tuple[float, float], across: float, down: float) -> Points:
    """Points over an oval, as those of a face are."""
    angle, far = np.meshgrid(np.linspace(0, 2 * np.pi, 25)[:-1], np.linspace(0.1, 1, 8))
    points = np.stack([np.cos(angle) * far * across, np.sin(angle) * far * down], axis=-1).reshape(-1, 2)
    return (points + middle).astype(np.float32)


def marked(width: int, height: int, spots: dict[tuple[int, int], tuple[int, int, int]]) -> Picture:
    picture = np.full((height, width, 3), 120, np.uint8)
    for spot, colour in spots.items():
        cv2.circle(picture, spot, 5, colour, -1)
    return picture


def middle_of(picture: Picture, channel: int) -> tuple[float, float]:
    rest = [other for other in range(3) if other != channel]
    strong = picture[..., channel].astype(int) - picture[..., rest].max(axis=2) > 80
    rows, columns = np.nonzero(strong)
    return float(columns.mean()), float(rows.mean())


def test_what_is_at_a_point_comes_to_where_that_point_is() -> None:
    source = marked(300, 300, {(100, 110): (255, 0, 0), (160, 150): (0, 0, 255)})
    start = oval((130, 130), 80, 100)
    turn = cv2.getRotationMatrix2D((130, 130), 25, 0.7)
    turn[:, 2] += (90, 40)
    there = (start @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    face, covered = bent(source, start, 400, 360, there)
    for spot, channel in (((100, 110), 0), ((160, 150), 2)):
        assert middle_of(face, channel) == pytest.approx(turn[:, :2] @ spot + turn[:, 2], abs=1.0)
    hull = cv2.contourArea(cv2.convexHull(there))
    assert np.count_nonzero(covered) == pytest.approx(hull, rel=0.05)


def test_only_the_face_changes_and_without_a_seam() -> None:
    source = marked(300, 300, {(150, 150): (250, 40, 40)})
    target = np.full((240, 320, 3), (90, 140, 200), np.uint8)
    there = oval((200, 120), 50, 70)
    result = put(source, oval((150, 150), 60, 80), target, there)
    outside = np.ones(target.shape[:2], np.uint8)
    cv2.fillConvexPoly(outside, cv2.convexHull(there.astype(np.int32)), 0)
    assert np.array_equal(result[outside > 0], target[outside > 0])
    change = cv2.absdiff(result, target).max(axis=2)
    assert change[120, 200] > 50, "the mark is there"
    ring = np.zeros_like(outside)
    cv2.ellipse(ring, (200, 120), (44, 62), 0, 0, 360, 1, 2)
    assert change[ring > 0].max() < 12, "nothing of the source's colour shows at the rim"


@pytest.mark.parametrize("middle", [(10, 60), (310, 230), (160, 3)])
def test_a_face_that_the_edge_cuts_off(middle: tuple[int, int]) -> None:
    target = marked(320, 240, {})
    result = put(marked(300, 300, {(150, 150): (250, 40, 40)}), oval((150, 150), 60, 80), target, oval(middle, 50, 60))
    assert result.shape == target.shape
    assert cv2.absdiff(result, target).max() > 30


def test_a_large_face_is_joined_small_and_stays_sharp_around() -> None:
    target = np.random.default_rng(1).integers(0, 256, (1800, 1700, 3), np.uint8)
    there = oval((850, 900), 600, 760)
    result = put(marked(300, 300, {}), oval((150, 150), 60, 80), target, there)
    assert np.array_equal(result[:100], target[:100])
    assert cv2.absdiff(result, target)[900, 850].max() > 0


def test_colours_are_matched_by_the_middle() -> None:
    rng = np.random.default_rng(2)
    dark = np.clip(rng.normal((70, 50, 45), 6, (60, 60, 3)), 0, 255).astype(np.uint8)
    pale = np.clip(rng.normal((220, 180, 160), 6, (60, 60, 3)), 0, 255).astype(np.uint8)
    dark[:8] = 0
    mask = np.full((60, 60), 255, np.uint8)
    like = matched(pale, dark, mask)
    assert np.median(like.reshape(-1, 3), axis=0) == pytest.approx(np.median(dark[8:].reshape(-1, 3), axis=0), abs=5)


def test_which_way_a_face_looks() -> None:
    points = np.zeros((COUNT, 2), np.float32)
    points[[LEFT_CHEEK, RIGHT_CHEEK, BROW, CHIN]] = [(0, 50), (100, 50), (50, 0), (50, 120)]
    points[NOSE] = (50, 60)
    assert turned(points) == pytest.approx((0, 0))
    points[NOSE] = (75, 30)
    assert turned(points) == pytest.approx((0.5, -0.5))


def test_a_tilted_face_is_set_upright() -> None:
    eyes = np.array([(80, 100), (120, 140)], np.float32)
    face = Found(np.array([60, 80, 160, 180], np.float32), eyes, 0.9)
    matrix = _upright(face)
    level = eyes @ matrix[:, :2].T + matrix[:, 2]
    assert level[0, 1] == pytest.approx(level[1, 1], abs=0.1)
    assert level[0, 0] < level[1, 0]
    assert matrix[:, :2] @ (110, 130) + matrix[:, 2] == pytest.approx((96, 96), abs=0.1)
