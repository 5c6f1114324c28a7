"""Camera moves."""

from __future__ import annotations

from typing import get_args

import pytest

from rushes.engines.local.composer.camera import Pose, pose, reach
from rushes.engines.local.composer.spec import Move


def test_static_stays_at_rest() -> None:
    assert {pose("static", step / 10, 5.0, 1.8) for step in range(11)} == {Pose()}


@pytest.mark.parametrize(
    ("move", "sideways", "downwards"),
    [
        ("pan_left", 1, 0), ("pan_right", -1, 0), ("truck_left", 1, 0), ("truck_right", -1, 0),
        ("tilt_up", 0, 1), ("tilt_down", 0, -1), ("crane_up", 0, 1),
    ],
)  # fmt: skip
def test_near_things_move_against_the_camera(move: Move, sideways: int, downwards: int) -> None:
    first, last = (pose(move, u, 5.0, 1.0).shift(0.0) for u in (0.0, 1.0))
    assert (last[0] > first[0]) - (last[0] < first[0]) == sideways
    assert (last[1] > first[1]) - (last[1] < first[1]) == downwards


@pytest.mark.parametrize(
    ("move", "grows"), [("dolly_in", True), ("zoom_in", True), ("dolly_out", False), ("zoom_out", False)]
)
def test_near_things_grow_when_the_camera_comes(move: Move, grows: bool) -> None:
    scales = [pose(move, step / 20, 5.0, 1.0).scale(0.0) for step in range(21)]
    assert scales == sorted(scales, reverse=not grows)
    assert max(scales) > min(scales) * 1.1


def test_a_dolly_moves_past_things_and_a_zoom_does_not() -> None:
    dolly, zoom = pose("dolly_in", 1.0, 5.0, 1.0), pose("zoom_in", 1.0, 5.0, 1.0)
    assert dolly.scale(0.0) / dolly.scale(1.0) > 1.1
    assert zoom.scale(0.0) == zoom.scale(1.0)


def test_travelling_shows_depth_and_turning_does_not() -> None:
    truck, pan = pose("truck_right", 1.0, 5.0, 1.0), pose("pan_right", 1.0, 5.0, 1.0)
    assert truck.shift(1.0) == (0.0, 0.0)
    assert truck.shift(0.0)[0] < -0.05
    assert pan.shift(1.0) == pan.shift(0.0)


def test_an_orbit_keeps_its_distance() -> None:
    assert {pose("orbit", step / 10, 5.0, 1.8).scale(0.0) for step in range(11)} == {1.0}


@pytest.mark.parametrize("move", get_args(Move))
def test_no_plane_shrinks_below_rest_and_reach_bounds_every_shift(move: Move) -> None:
    most_x, most_y = reach(move, 8.0, 1.8, 0.0)
    for step in range(49):
        now = pose(move, step / 48, 8.0, 1.8)
        assert now.scale(0.0) >= 1.0
        assert now.scale(1.0) >= 1.0
        x, y = now.shift(0.0)
        assert abs(x) <= most_x + 0.004
        assert abs(y) <= most_y + 0.004


def test_faster_goes_further() -> None:
    slow, fast = (reach("truck_left", 5.0, speed, 0.0)[0] for speed in (0.5, 1.4))
    assert fast > 2 * slow
