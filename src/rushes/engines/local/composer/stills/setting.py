"""The subjects of given pictures, in another place: a drawn scene, a plain ground, or none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rushes.engines.local.composer.casting import cast, pictures
from rushes.engines.local.composer.fill import bleed
from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.composer.picture import clear_subject
from rushes.engines.local.composer.placed import ReferenceSprite, cutout
from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stills.cutouts import subjects_only
from rushes.engines.local.composer.stills.drawing import still
from rushes.engines.local.composer.stills.pasting import in_light_of, paste, scaled, shade

Picture = NDArray[np.uint8]
Art = Callable[[Subject, int], Picture]
_LARGEST = 1600
"""Longest side at which a given picture is cut out."""
_EDGE = 0.012
"""A subject nearer to its picture's edge than this share of its side goes on past it."""


class Cut(Struct, frozen=True):
    """A subject cut out: straight RGBA, cropped to it, and where it was in its picture, in shares of that."""

    picture: Picture
    left: float
    top: float
    right: float
    bottom: float
    clear: bool = True
    """False where no clear subject was found and this is the whole picture."""

    @property
    def stands(self) -> bool:
        """Whether all of it was seen: what its picture's edge cuts off cannot stand anywhere."""
        return self.left > _EDGE and self.right < 1 - _EDGE and self.bottom < 1 - _EDGE


def cut_of(given: Picture, matte: Matte | None) -> Cut:
    """The subject of an RGBA picture: by its own transparency, else by the matte."""
    factor = min(1.0, _LARGEST / max(given.shape[:2]))
    if factor < 1:
        given = scaled(given, round(given.shape[1] * factor), round(given.shape[0] * factor))
    height, width = given.shape[:2]
    alpha = given[..., 3]
    if not alpha.min() < 128 < alpha.max():
        image = np.ascontiguousarray(given[..., :3])
        found = None if matte is None else clear_subject(matte.alpha(image))
        if found is None:
            return Cut(cutout(image, None), 0.1, 0.0, 0.9, 0.9, clear=False)
        alpha = np.round(found * 255).astype(np.uint8)
        given = np.dstack([bleed(image, found), alpha])
    rows, columns = np.nonzero((alpha > 8).any(axis=1))[0], np.nonzero((alpha > 8).any(axis=0))[0]
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    part = np.ascontiguousarray(given[top:bottom, left:right])
    return Cut(part, left / width, top / height, right / width, bottom / height)


def set_into(spec: SceneSpec, cuts: Sequence[Cut], width: int, height: int, art: Art) -> Picture:
    """The scene with the cut-out subjects in its leading parts, RGB uint8 (height, width, 3).

    Where the first one was seen whole they stand in the scene; where its picture cut it off they stay at the edge.
    """
    if cuts[0].stands or not cuts[0].clear:
        sprites = [ReferenceSprite(frames=[cut.picture], fps=0.0, cut=cut.clear) for cut in cuts]
        spec = cast(_sized(spec, cuts[0]), sprites)
        return still(spec, width, height, pictures(sprites, art))
    # The given ones are the leading subjects: the scene behind them is drawn without those.
    rest = sorted(spec.subjects, key=lambda subject: not subject.main)[len(cuts) :]
    spec = msgspec.structs.replace(spec, subjects=tuple(msgspec.structs.replace(one, main=False) for one in rest))
    # A lens that shows somebody this near shows what is behind a little soft.
    scene: Picture = cv2.GaussianBlur(still(spec, width, height, art), (0, 0), max(0.6, min(width, height) / 420))
    light = scene.copy()
    slot = width / len(cuts)
    # The first one last: it stands before the others.
    for number in reversed(range(len(cuts))):
        portrait, left, top = _at_the_edge(
            cuts[number], width, height, widest=math.inf if len(cuts) == 1 else 1.2 * slot
        )
        if len(cuts) > 1:
            left = round((number + 0.5) * slot - portrait.shape[1] / 2)
        paste(scene, in_light_of(portrait, light), left, top)
    return scene


def _sized(spec: SceneSpec, cut: Cut) -> SceneSpec:
    """The main subject as large as it was in its picture, within reason."""
    size = min(0.48, max(0.3, 0.75 * (cut.bottom - cut.top)))
    if not spec.subjects:
        return msgspec.structs.replace(spec, subjects=(Subject(noun="reference", height=size, main=True),))
    resized = [msgspec.structs.replace(one, height=size) if one.main else one for one in spec.subjects]
    return msgspec.structs.replace(spec, subjects=tuple(resized))


def _at_the_edge(cut: Cut, width: int, height: int, *, widest: float = math.inf) -> tuple[Picture, int, int]:
    """A subject that goes on past its picture's edge, sized for a frame, and where its corner lies."""
    tall, wide = cut.picture.shape[:2]
    through = cut.left <= _EDGE and cut.right >= 1 - _EDGE
    beheaded = cut.top <= _EDGE
    factor = (1.0 if beheaded else min(0.9, max(0.6, cut.bottom - cut.top))) * height / tall
    if through:
        factor = max(factor, width / wide)
    elif not beheaded:
        factor = min(factor, 0.9 * width / wide)
    factor = min(factor, widest / wide)
    size = (max(1, round(wide * factor)), max(1, round(tall * factor)))
    if through or size[0] > width:
        left = (width - size[0]) // 2
    elif cut.left <= _EDGE:
        left = 0
    elif cut.right >= 1 - _EDGE:
        left = width - size[0]
    else:
        left = round(min(max(0.0, (cut.left + cut.right) / 2 * width - size[0] / 2), width - size[0]))
    return scaled(cut.picture, *size), left, height - size[1]


def on_ground(cuts: Sequence[Cut], width: int, height: int, ground: str) -> Picture:
    """The cut-outs in a row: RGB on a plain ground ("#rrggbb"), RGBA on none ("")."""
    if len(cuts) == 1:
        sheet = _kept_in_place(cuts[0], width, height)
    else:
        subjects = [Subject(noun=str(number), faces="front", height=0.5) for number in range(len(cuts))]

        def art(subject: Subject, tall: int) -> Picture:
            cut = cuts[int(subject.noun)].picture
            return scaled(cut, round(cut.shape[1] * tall / cut.shape[0]), tall)

        sheet = subjects_only(subjects, width, height, art, 0)
    if not ground:
        return sheet
    plain = plain_ground(width, height, ground)
    columns = np.nonzero(sheet[..., 3].max(axis=0) > 127)[0]
    rows = np.nonzero(sheet[..., 3].max(axis=1) > 127)[0]
    if len(cuts) == 1 and len(rows) and rows[-1] < height - 2:
        shade(plain, float(columns[0] + columns[-1]) / 2, float(rows[-1]), float(columns[-1] - columns[0]), 0.22)
    paste(plain, sheet, 0, 0)
    return plain


def plain_ground(width: int, height: int, colour: str) -> Picture:
    """One colour, "#rrggbb", all over: RGB uint8 (height, width, 3)."""
    plain = np.empty((height, width, 3), np.uint8)
    plain[:] = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return plain


def _kept_in_place(cut: Cut, width: int, height: int) -> Picture:
    """A cut-out on a clear sheet: at the edge that cut it off, else in the middle."""
    sheet = np.zeros((height, width, 4), np.uint8)
    if cut.clear and not cut.stands:
        placed, left, top = _at_the_edge(cut, width, height)
    else:
        tall, wide = cut.picture.shape[:2]
        factor = 0.84 * min(width / wide, height / tall)
        placed = scaled(cut.picture, round(wide * factor), round(tall * factor))
        left, top = (width - placed.shape[1]) // 2, (height - placed.shape[0]) // 2
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + placed.shape[1]), min(height, top + placed.shape[0])
    sheet[y0:y1, x0:x1] = placed[y0 - top : y1 - top, x0 - left : x1 - left]
    return sheet
