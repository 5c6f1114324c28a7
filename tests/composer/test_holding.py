"""Subjects with what they hold, mounts with their riders, and kinds that stand side by side."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.local.composer.spec import Held, Prop, Subject
from rushes.engines.local.composer.stage import rows
from rushes.engines.local.composer.stage.holding import whole


def picture(subject: Subject, height: int) -> NDArray[np.uint8]:
    """A bar of the subject's tint, half as wide as high; two poses for "moving"."""
    bar = np.zeros((height, max(1, height // 2), 4), np.uint8)
    bar[...] = (*(subject.tint or (0, 0, 0)), 255)
    return np.stack([bar, bar]) if subject.noun == "moving" else bar


RED, BLUE = (200, 0, 0), (0, 0, 200)


def pair(how: Held, noun: str = "a") -> NDArray[np.uint8]:
    thing = Subject(noun="b", tint=BLUE, height=0.3)
    return whole(Subject(noun=noun, tint=RED, height=0.4, props=(Prop(subject=thing, how=how),)), 100, picture)


@pytest.mark.parametrize("how", ["over", "mount"])
def test_what_is_above_makes_the_picture_higher_and_is_seen_there(how: Held) -> None:
    made = pair(how)
    assert made.shape[0] > 105
    assert tuple(made[2, made.shape[1] // 2, :3]) == BLUE
    # The subject stands where it stood, at its own size, before what it has.
    assert tuple(made[-1, made.shape[1] // 2]) == (*RED, 255)
    assert tuple(made[-95, made.shape[1] // 2, :3]) == RED


def test_what_is_in_the_hand_is_before_the_subject_and_no_higher() -> None:
    made = pair("hand")
    assert made.shape[0] == 100
    assert tuple(made[60, made.shape[1] // 2 - 5, :3]) == BLUE


def test_fire_comes_out_before_the_mouth() -> None:
    made = pair("mouth")
    assert tuple(made[25, 4, :3]) == BLUE
    assert made.shape[1] > 50


def test_every_pose_has_it() -> None:
    assert pair("over", "moving").shape[0] == 2


def test_kinds_with_groups_share_the_width_in_the_order_of_the_prompt() -> None:
    cats, dogs = Subject(noun="cats", count=2), Subject(noun="dogs", count=3)
    kites = Subject(noun="kites", count=3, habitat="air")
    assert rows.together([cats, kites, dogs]) == [0, 2]
    assert rows.together([cats, kites]) == []
    (first, second), scale = rows.slots([0.2, 0.4], [2, 3])
    assert [*first, *second] == sorted([*first, *second])
    assert 0.5 < scale < 0.7
    gaps = np.diff([*first, *second])
    assert gaps.min() > 0.1
    assert 0 < first[0] < second[-1] < 1


def test_single_things_stand_on_both_sides_of_the_main_one() -> None:
    assert rows.beside(0, 1.0) < 0.3 < 0.7 < rows.beside(1, 1.0)
    assert rows.beside(0, -1.0) > 0.7
