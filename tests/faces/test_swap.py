"""Faces found, measured and swapped with the real networks. They are those of the clip-art, which pass for some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from rushes.engines.contract import EngineError, Input, Mode, Request, Role
from rushes.engines.local.faces.finding import FaceFinder, Picture
from rushes.engines.local.faces.measuring import FaceMeter
from rushes.engines.local.faces.swap import BASIC, run
from tests.speech.spoken import settings_for

STUDENT, PRINCE, ELF = "1f468-1f3fb-200d-1f393", "1f934-1f3ff", "1f9dd-1f3fc"
SIDE = 440


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return settings_for("faces", "art")


def portrait(settings: dict[str, Any], name: str, ground: tuple[int, int, int] = (200, 210, 220)) -> Picture:
    """The clip-art person in the middle of a square of SIDE pixels."""
    with Image.open(Path(settings["models"]) / "art" / f"{name}.webp") as opened:
        person = opened.convert("RGBA").resize((320, 320), Image.Resampling.BICUBIC)
    picture = Image.new("RGBA", (SIDE, SIDE), (*ground, 255))
    picture.alpha_composite(person, (60, 60))
    return np.asarray(picture.convert("RGB"))


def png(path: Path, picture: Picture, role: Role) -> Input:
    Image.fromarray(picture).save(path)
    return Input(role=role, path=str(path), mime="image/png")


def swapped(
    folder: Path, settings: dict[str, Any], target: Picture, source: Picture, **extra: Any
) -> tuple[Picture, tuple[str, ...]]:
    inputs = (png(folder / "t.png", target, Role.IMAGE), png(folder / "s.png", source, Role.REFERENCE_IMAGE))
    request = Request(
        job="j", model="m", mode=Mode.FACE_SWAP, prompt="", width=0, height=0, seconds=0, seed=0, inputs=inputs,
        extra=extra,
    )  # fmt: skip
    (output,), notes = run(request, folder, lambda _: None, settings)
    return np.asarray(Image.open(output.location)), notes


def apart(one: Picture, other: Picture) -> float:
    return float(cv2.absdiff(np.ascontiguousarray(one), np.ascontiguousarray(other)).mean())


def test_faces_are_found_from_left_to_right_however_small_and_nothing_else_is(settings: dict[str, Any]) -> None:
    finder = FaceFinder(Path(settings["models"]) / "faces")
    meter = FaceMeter(Path(settings["models"]) / "faces")
    group = np.full((900, 1600, 3), (200, 210, 220), np.uint8)
    for name, left, side in ((ELF, 1300, 240), (STUDENT, 40, 440), (PRINCE, 600, 560)):
        group[300 : 300 + side, left : left + side] = cv2.resize(portrait(settings, name), (side, side))
    found = finder.faces(group)
    assert [round(float(face.box[0] + face.box[2]) / 2) for face in found] == pytest.approx([260, 880, 1420], abs=25)
    for face in found:
        points = meter.points(group, face)
        assert points is not None
        left, right = points[[33, 133]].mean(axis=0), points[[362, 263]].mean(axis=0)
        size = float(np.linalg.norm(right - left))
        assert np.linalg.norm(left - face.eyes[0]) < 0.5 * size, "both networks agree about the eyes"
        assert np.linalg.norm(right - face.eyes[1]) < 0.5 * size
    for name in ("1f697", "1f34e", "1f333"):
        thing = portrait(settings, name)
        taken = [meter.points(thing, face) for face in finder.faces(thing)]
        assert taken == [None] * len(taken), "what the first network takes a tree for, the second does not"


def test_a_turned_face_s_points_turn_with_it(settings: dict[str, Any]) -> None:
    home = Path(settings["models"]) / "faces"
    finder, meter = FaceFinder(home), FaceMeter(home)
    upright = portrait(settings, STUDENT)
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 20, 1)
    tilted = cv2.warpAffine(upright, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    before, after = (meter.points(picture, finder.faces(picture)[0]) for picture in (upright, tilted))
    assert before is not None
    assert after is not None
    size = np.ptp(before[:, 0])
    assert np.linalg.norm(before @ turn[:, :2].T + turn[:, 2] - after, axis=1).mean() < 0.06 * size


def test_the_face_changes_its_owner_keeps_his_skin_and_the_rest_stays(tmp_path: Path, settings: dict[str, Any]) -> None:
    target, source = portrait(settings, PRINCE), portrait(settings, STUDENT)
    result, notes = swapped(tmp_path, settings, target, source)
    assert notes == (BASIC,)
    assert result.shape == target.shape
    (face,) = FaceFinder(Path(settings["models"]) / "faces").faces(target)
    left, top, right, bottom = (int(edge) for edge in face.box)
    inside = np.zeros(target.shape[:2], bool)
    inside[top:bottom, left:right] = True
    assert apart(result[top:bottom, left:right], target[top:bottom, left:right]) > 5
    room = np.zeros_like(inside)
    room[top - 40 : bottom + 40, left - 40 : right + 40] = True
    assert np.array_equal(result[~room], target[~room])
    skin = [np.median(picture[inside].astype(float), axis=0) for picture in (result, target, source)]
    assert np.abs(skin[0] - skin[1]).max() < 0.25 * np.abs(skin[2] - skin[1]).max()


def test_one_of_several_or_all(tmp_path: Path, settings: dict[str, Any]) -> None:
    two = np.hstack([portrait(settings, STUDENT), portrait(settings, PRINCE)])
    source = portrait(settings, ELF)
    halves = (slice(None), slice(0, SIDE)), (slice(None), slice(SIDE, None))
    for face, changes in ((0, (True, False)), (1, (False, True)), ("all", (True, True))):
        result, _ = swapped(tmp_path, settings, two, source, face=face)
        assert tuple(apart(result[half], two[half]) > 0.5 for half in halves) == changes
    again, notes = swapped(tmp_path, settings, source, two)
    assert any("shows 2: the largest" in note for note in notes)
    assert apart(again, source) > 0.5
    with pytest.raises(EngineError, match=r"there are 2 faces in the target picture, so it must be 0 to 1"):
        swapped(tmp_path, settings, two, source, face=2)


def test_what_cannot_be_done_is_said(tmp_path: Path, settings: dict[str, Any]) -> None:
    face, car = portrait(settings, STUDENT), portrait(settings, "1f697")
    with pytest.raises(EngineError, match="no face was found in the target picture"):
        swapped(tmp_path, settings, car, face)
    with pytest.raises(EngineError, match="no face was found in the picture to take it from"):
        swapped(tmp_path, settings, face, car)
    for wrong in (-1, "left", True, 1.5):
        with pytest.raises(EngineError, match='face: must be a number from 0, or "all"'):
            swapped(tmp_path, settings, face, face, face=wrong)
    alone = Request(job="j", model="m", mode=Mode.FACE_SWAP, prompt="", width=0, height=0, seconds=0, seed=0)
    with pytest.raises(EngineError, match="image: is required"):
        run(alone, tmp_path, lambda _: None, settings)
