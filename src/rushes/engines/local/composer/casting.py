"""Putting reference pictures and clips into a scene: each takes the part of one of its subjects."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.placed import ReferenceSprite
from rushes.engines.local.composer.spec import SceneSpec, Subject

Picture = NDArray[np.uint8]
_PREFIX = "reference:"


def cast(spec: SceneSpec, references: Sequence[ReferenceSprite]) -> SceneSpec:
    """The scene with the references in its leading parts; what is left over joins as further subjects."""
    leading = sorted(spec.subjects, key=lambda subject: not subject.main)
    parts = []
    for number, _ in enumerate(references):
        part = leading[number] if number < len(leading) else Subject(noun="reference", height=0.4)
        parts.append(
            msgspec.structs.replace(
                part,
                art=f"{_PREFIX}{number}",
                count=1,
                tint=None,
                main=number == 0,
                height=max(part.height, 0.3),
                faces="front",
            )
        )
    return msgspec.structs.replace(spec, subjects=(*parts, *leading[len(references) :]))


def pictures(
    references: Sequence[ReferenceSprite], others: Callable[[Subject, int], Picture]
) -> Callable[[Subject, int], Picture]:
    """Where the painter gets its pictures from: references for their parts, `others` for the rest."""

    def picture(subject: Subject, height: int) -> Picture:
        if not subject.art.startswith(_PREFIX):
            return others(subject, height)
        sprite = references[int(subject.art.removeprefix(_PREFIX))]
        poses = [_at_height(frame, height) for frame in sprite.frames]
        return np.stack(poses) if len(poses) > 1 else poses[0]

    return picture


def _at_height(picture: Picture, height: int) -> Picture:
    tall, wide = picture.shape[:2]
    size = (max(1, round(wide * height / tall)), max(1, height))
    method = cv2.INTER_AREA if height < tall else cv2.INTER_CUBIC
    resized: Picture = cv2.resize(picture, size, interpolation=method)
    return resized
