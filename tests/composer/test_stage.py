"""The painter: whole scenes at a tiny size."""

from __future__ import annotations

from itertools import islice
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.local.composer.spec import Camera, Move, Place, SceneSpec, Season, Subject, TimeOfDay, Weather
from rushes.engines.local.composer.stage import scene_frames

Bytes = NDArray[np.uint8]
WIDTH, HEIGHT = 192, 108
RATIOS = [(192, 108), (108, 192), (128, 128), (144, 108), (108, 144), (252, 108)]


def picture(subject: Subject, height: int) -> Bytes:
    """A red egg."""
    width = max(2, height * 3 // 4)
    xs, ys = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    art = np.zeros((height, width, 4), np.uint8)
    art[..., 0], art[..., 1] = 210, 60
    art[..., 3] = np.where(xs * xs + ys * ys < 1, 255, 0)
    return art


def scene(place: Place = "meadow", time: TimeOfDay = "day", move: Move = "static", **more: object) -> SceneSpec:
    return SceneSpec(prompt="", **{"seed": 7, "place": place, "time": time, "camera": Camera(move=move), **more})  # type: ignore[arg-type]


def frames(spec: SceneSpec, count: int, width: int = WIDTH, height: int = HEIGHT, fps: int = 4) -> list[Bytes]:
    return list(islice(scene_frames(spec, width, height, fps, 2.0, picture), count))


def light(frame: Bytes) -> NDArray[np.int16]:
    return frame[: frame.shape[0] * 2 // 3].astype(np.int16)


EGG = Subject(noun="egg", main=True, action="walk", height=0.4)


def test_the_same_seed_gives_the_same_frames_and_another_seed_does_not() -> None:
    one, two = frames(scene(subjects=(EGG,)), 3), frames(scene(subjects=(EGG,)), 3)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], frames(scene(subjects=(EGG,), seed=8), 1)[0])


def test_there_are_as_many_frames_as_asked_for() -> None:
    made = list(scene_frames(scene(), 64, 36, 5, 1.5, picture))
    assert len(made) == 8
    assert {frame.shape for frame in made} == {(54, 64)}
    assert len({id(frame) for frame in made}) == 8


@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize("place", get_args(Place))
def test_every_place_shows_something(place: Place, time: TimeOfDay) -> None:
    width, height = RATIOS[get_args(Place).index(place) % len(RATIOS)]
    made = frames(scene(place, time, "drone", subjects=(EGG,)), 2, width, height)
    for frame in made:
        assert frame.shape == (height * 3 // 2, width)
        assert light(frame).std() > 6
        assert len(np.unique(frame[height:])) > 8


@pytest.mark.parametrize("place", get_args(Place))
def test_night_is_darker_than_day(place: Place) -> None:
    if place in ("space", "interior"):
        pytest.skip("lit by its own light")
    day, night = (light(frames(scene(place, time), 1)[0]).mean() for time in ("day", "night"))
    assert night < day - 8


@pytest.mark.parametrize("weather", get_args(Weather))
@pytest.mark.parametrize("season", get_args(Season))
def test_every_weather_in_every_season(weather: Weather, season: Season) -> None:
    one, two = frames(scene("village", "dusk", weather=weather, season=season), 2)
    assert light(one).std() > 6
    if weather in ("rain", "storm", "snow"):
        assert np.abs(light(one) - light(two)).mean() > 0.5


def test_a_static_camera_moves_nothing_but_the_subject_and_the_air() -> None:
    first, *_, last = frames(scene("desert"), 8)
    land = np.s_[HEIGHT * 2 // 3 :, :]
    assert np.array_equal(light(first)[land], light(last)[land])
    first, *_, last = frames(scene("desert", subjects=(EGG,)), 8)
    assert not np.array_equal(light(first)[land], light(last)[land])


def _offset(first: Bytes, last: Bytes) -> tuple[int, int]:
    """By how much the ground of `last` best lies over `first`: to the right, downwards."""
    reach = 12
    one, two = light(first)[56:], light(last)[56:]
    middle = one[reach:-reach, reach:-reach]
    height, width = middle.shape
    costs = {
        (x, y): float(np.abs(two[reach + y : reach + y + height, reach + x : reach + x + width] - middle).mean())
        for x in range(-reach, reach + 1)
        for y in range(-reach, reach + 1)
    }
    return min(costs, key=lambda key: costs[key])


@pytest.mark.parametrize(
    ("move", "sideways", "downwards"),
    [
        ("pan_left", 1, 0), ("pan_right", -1, 0), ("truck_left", 1, 0), ("truck_right", -1, 0),
        ("tilt_up", 0, 1), ("tilt_down", 0, -1),
    ],
)  # fmt: skip
def test_the_picture_moves_against_the_camera(move: Move, sideways: int, downwards: int) -> None:
    made = frames(scene("snowfield", camera=Camera(move=move, speed=0.8)), 8)
    x, y = _offset(made[2], made[5])
    assert (x > 0) - (x < 0) == sideways
    assert (y > 0) - (y < 0) == downwards


@pytest.mark.parametrize("move", [move for move in get_args(Move) if move != "static"])
def test_every_move_changes_the_whole_picture(move: Move) -> None:
    first, *_, last = frames(scene("village", move=move), 8)
    assert np.abs(light(first) - light(last)).mean() > 0.6


@pytest.mark.parametrize("move", get_args(Move))
@pytest.mark.parametrize("place", ["lake", "city", "underwater", "interior", "sky", "cave"])
def test_no_move_leaves_a_part_unpainted(place: Place, move: Move) -> None:
    for frame in frames(scene(place, camera=Camera(move=move, speed=1.8)), 8, 128, 72)[::3]:
        assert frame[72:].min() > 16


@pytest.mark.parametrize("move", ["crane_up", "drone"])
def test_no_gap_shows_between_a_rooms_wall_and_its_floor(move: Move) -> None:
    spec = scene("interior", camera=Camera(move=move, speed=1.8))
    for frame in list(scene_frames(spec, 320, 180, 1, 8.0, picture)):
        assert frame[180:].min() > 16


def test_a_runner_gets_further_than_a_walker() -> None:
    def way(action: str) -> float:
        made = frames(scene("desert", subjects=(Subject(noun="egg", main=True, action=action, height=0.4),)), 8)  # type: ignore[arg-type]
        # The egg is the reddest thing.
        red = [frame[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)[1].astype(float) for frame in (made[0], made[-1])]
        centres = [
            float((np.arange(WIDTH // 2) * (part > part.max() - 12).sum(axis=0)).sum() / (part > part.max() - 12).sum())
            for part in red
        ]
        return abs(centres[1] - centres[0])

    assert way("run") > way("walk") + 3 > way("stand") + 4


@pytest.mark.parametrize(
    "action", ["fly", "float", "swim", "drive", "jump", "dance", "sleep", "fall", "rise", "spin", "burn"]
)
def test_every_action_moves_its_subject(action: str) -> None:
    subject = Subject(noun="egg", main=True, action=action, habitat="air", height=0.5)  # type: ignore[arg-type]

    def change(spec: SceneSpec) -> int:
        made = [light(frame) for frame in frames(spec, 8)]
        return max(int(np.abs(frame - made[0]).max()) for frame in made)

    assert change(scene("desert", subjects=(subject,))) > change(scene("desert")) + 4


def test_features_show() -> None:
    plain = frames(scene("meadow", "dusk", weather="clear"), 1)[0]
    for feature in (
        "mountains",
        "city",
        "forest",
        "aurora",
        "rainbow",
        "road",
        "fireflies",
        "falling_leaves",
        "bubbles",
    ):
        shown = frames(scene("meadow", "dusk", weather="clear", features=(feature,)), 1)[0]
        assert np.abs(light(shown) - light(plain)).max() > 10, feature


def test_odd_amounts_of_subjects_are_drawn() -> None:
    flock = Subject(noun="bird", habitat="air", action="fly", count=500, height=0.1)
    boat = Subject(noun="boat", habitat="water", action="float", main=True, height=0.3)
    cup = Subject(noun="cup", habitat="table", height=2.0)
    for place in ("sea", "interior", "space"):
        assert light(frames(scene(place, subjects=(flock, boat, cup)), 1)[0]).std() > 6


@pytest.mark.parametrize("move", ["dolly_in", "zoom_in", "static"])
def test_what_floats_in_space_keeps_its_head(move: Move) -> None:
    floating = Subject(noun="egg", main=True, action="float", habitat="sky", height=0.46)
    for frame in frames(scene("space", "night", move, subjects=(floating,)), 8):
        red = frame[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)[1]
        assert red.max() > 165
        assert red[0].max() < 150
