"""Image to image: what is done to given pictures, chosen by the mask and the prompt. An illustrated draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Input, Role
from rushes.engines.local.composer.matte import Alpha, Matte
from rushes.engines.local.composer.opened import load_rgba, on_white
from rushes.engines.local.composer.picture import clear_subject, cover
from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stills.grading import graded
from rushes.engines.local.composer.stills.masked import added, changing, edited
from rushes.engines.local.composer.stills.setting import Cut, cut_of, on_ground, set_into
from rushes.engines.local.composer.stills.wishes import Wish, read_wish

Picture = NDArray[np.uint8]
_STRENGTHS = (1.0, 0.7, 1.3, 0.5, 1.6)
"""Of a look, for one result after the other: a look alone has nothing else to vary."""


class Edited(Struct, frozen=True):
    """One result: RGB or RGBA uint8, what was done to it, and which part was (None: all of it)."""

    picture: Picture
    done: str
    part: NDArray[np.bool_] | None = None


class Editor:
    """The given pictures, ready for one result after another."""

    def __init__(
        self, inputs: Sequence[Input], prompt: str, width: int, height: int, matte: Matte | None, *, clear: bool
    ) -> None:
        """clear: the result is to have a transparent ground. Raises EngineError for pictures that cannot be used."""
        given = sorted(
            (one for one in inputs if one.role in (Role.IMAGE, Role.REFERENCE_IMAGE)),
            key=lambda one: one.role is not Role.IMAGE,
        )
        if not given:
            raise EngineError(FailureCode.INVALID_INPUT, "image: is required")
        self._width, self._height, self._matte = width, height, matte
        self._given = [load_rgba(one) for one in given]
        self._picture = cover(on_white(self._given[0]), width, height)
        self._share = self._marked(inputs)
        self._wish: Wish = read_wish(prompt)
        self._ground = "" if clear else self._wish.ground
        self._cuts: list[Cut] = []
        self._alpha: Alpha | None = None
        self._looked = False

    def result(self, number: int, spec: SceneSpec, art: Callable[[Subject, int], Picture]) -> Edited:
        """The `number`th result (from 0), for a scene that was read from the prompt with this result's own seed."""
        wish = self._wish
        if self._share is not None:
            picture, done = edited(self._picture, self._share, wish, spec, art, spec.seed)
            return Edited(picture, done, self._share > 0)
        if self._ground is not None:
            picture = on_ground(self._cut_out(), self._width, self._height, self._ground)
            return Edited(
                picture, f"the subject was cut out and put on {'no' if not self._ground else 'a plain'} ground"
            )
        if wish.place or (len(self._given) > 1 and not wish.looks):
            cuts = self._cut_out()
            what = "the subject was" if len(cuts) == 1 else f"the subjects of {len(cuts)} pictures were"
            if cuts[0].clear:
                picture = set_into(spec, cuts, self._width, self._height, art)
                return Edited(picture, f"{what} set into a drawn scene")
            if not wish.looks:
                picture = set_into(spec, cuts, self._width, self._height, art)
                return Edited(picture, "no clear subject was found: the whole picture was set into a drawn scene")
            kept = self._kept(number, spec, art)
            return Edited(kept.picture, f"no clear subject was found to set into another place; {kept.done}")
        return self._kept(number, spec, art)

    def _kept(self, number: int, spec: SceneSpec, art: Callable[[Subject, int], Picture]) -> Edited:
        """The picture itself, with things added to it or in another look."""
        wish, picture, done = self._wish, self._picture, []
        if wish.adds and spec.subjects:
            picture = added(picture, spec, art, self._subject())
            done.append(f"{', '.join(one.noun for one in spec.subjects)}: drawn onto the picture, at its side")
        if wish.looks:
            strength = wish.strength * _STRENGTHS[number % len(_STRENGTHS)]
            needs = any(look.background or look.haze for _, look in wish.looks)
            subject = self._subject() if needs else None
            for _, look in wish.looks:
                picture = graded(picture, look, strength, spec.seed, subject)
            done.append(f"the picture was kept and given another look ({', '.join(name for name, _ in wish.looks)})")
            if subject is None and any(look.background for _, look in wish.looks):
                done.append("no clear subject was found: its background could not be treated by itself")
        if len(self._given) > 1:
            done.append("further pictures were not used")
        if not done:
            done.append("nothing of the prompt could be applied: the picture was only fitted to its size")
        if wish.removes:
            done.append("nothing was removed: mark what is to go with a mask")
        return Edited(picture, "; ".join(done))

    def _marked(self, inputs: Sequence[Input]) -> NDArray[np.float32] | None:
        mask = next((one for one in inputs if one.role is Role.MASK), None)
        if mask is None:
            return None
        alpha = load_rgba(mask)[..., 3]
        if alpha.shape != self._given[0].shape[:2]:
            raise EngineError(FailureCode.INVALID_INPUT, "mask: must be of the same size as the image")
        if alpha.min() == 255:
            raise EngineError(FailureCode.INVALID_INPUT, "mask: nothing in it is transparent, so nothing is to change")
        share = changing(np.ascontiguousarray(cover(alpha, self._width, self._height)))
        if not share.any():
            raise EngineError(FailureCode.INVALID_INPUT, "mask: what it marks lies outside the part that is shown")
        return share

    def _cut_out(self) -> list[Cut]:
        self._cuts = self._cuts or [cut_of(one, self._matte) for one in self._given]
        return self._cuts

    def _subject(self) -> Alpha | None:
        """The matte of the fitted picture's clear subject."""
        if not self._looked and self._matte is not None:
            self._alpha = clear_subject(self._matte.alpha(self._picture))
        self._looked = True
        return self._alpha
