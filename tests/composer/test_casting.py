"""References take the parts of a scene's subjects."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rushes.engines.local.composer.casting import cast, pictures
from rushes.engines.local.composer.placed import ReferenceSprite
from rushes.engines.local.composer.reading import read_prompt
from rushes.engines.local.composer.spec import Camera, SceneSpec, Subject
from rushes.engines.local.composer.stage import scene_frames


def sprite(colour: int, frames: int = 1) -> ReferenceSprite:
    return ReferenceSprite(
        frames=[np.full((20, 10, 4), (colour, step * 40, 0, 255), np.uint8) for step in range(frames)], fps=6.0
    )


def test_a_reference_takes_the_leading_part() -> None:
    spec = cast(read_prompt("a cat and a dog on a beach", 1), [sprite(200)])
    assert [(subject.art, subject.main) for subject in spec.subjects] == [("reference:0", True), ("", False)]
    picture = pictures([sprite(200)], lambda subject, height: np.zeros((height, height, 4), np.uint8))
    assert picture(spec.subjects[0], 40).shape == (40, 20, 4)
    assert picture(spec.subjects[0], 40)[0, 0, 0] == 200
    assert picture(spec.subjects[1], 40)[0, 0, 0] == 0


def test_references_join_a_scene_without_subjects() -> None:
    spec = cast(read_prompt("a beach", 1), [sprite(1), sprite(2)])
    assert [subject.art for subject in spec.subjects] == ["reference:0", "reference:1"]


def test_a_clip_moves_in_the_scene() -> None:
    still = Subject(noun="x", art="reference:0", main=True, height=0.6, faces="front")
    spec = SceneSpec(prompt="", seed=1, place="interior", subjects=(still,), camera=Camera(move="static"))
    picture = pictures([sprite(200, frames=6)], lambda subject, height: np.zeros((height, height, 4), np.uint8))
    frames = list(scene_frames(spec, 128, 72, 6, 1, picture))
    changes = [np.abs(a.astype(int) - b).max() for a, b in pairwise(frames)]
    assert min(changes) > 10
