"""One face swap: the render process's entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Output, Request, Role
from rushes.engines.local.composer.opened import load_image
from rushes.engines.local.composer.stills.saving import save, wanted
from rushes.engines.local.faces.blending import put
from rushes.engines.local.faces.finding import FaceFinder, Found, Picture, Points
from rushes.engines.local.faces.measuring import FaceMeter, turned
from rushes.engines.local.needed import needed

ALL = "all"
BASIC = "a basic swap: the face was bent into place and blended, not drawn anew"
_APART = 0.45
"""Difference in where two faces look from which on the result is likely to be wrong."""
_SMALL = 48
"""Pixels between cheeks below which a face to be taken has little detail."""


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Put the face of the REFERENCE_IMAGE into the IMAGE, which keeps its size.

    extra: face (which one is replaced, from 0, counted from left to right, or "all", as without it); format, quality
    as the composer's stills have them. Of several faces in the REFERENCE_IMAGE the largest is taken. Raises
    EngineError, where there is no face too.
    """
    if request.mode is not Mode.FACE_SWAP:
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine swaps faces; it does not do {request.mode}")
    how, which = wanted(request), _which(request.extra.get("face", ALL))
    target, source = load_image(_given(request, Role.IMAGE)), load_image(_given(request, Role.REFERENCE_IMAGE))
    finder, meter = _networks(needed("faces", settings))
    places = [points for _, points in _measured(finder, meter, target)]
    report(0.3)
    if not places:
        raise EngineError(FailureCode.INVALID_INPUT, "no face was found in the target picture")
    faces = _measured(finder, meter, source, largest=True)
    report(0.5)
    if not faces:
        raise EngineError(FailureCode.INVALID_INPUT, "no face was found in the picture to take it from")
    notes = [BASIC]
    if len(faces) > 1:
        notes.append(f"the picture to take the face from shows {len(faces)}: the largest was taken")
    points = max(faces, key=lambda face: face[0].area)[1]
    if np.ptp(points[:, 0]) < _SMALL:
        notes.append("the face that was taken is very small")
    chosen = places if which is None else [_one(places, which)]
    if any(_apart(points, place) > _APART for place in chosen):
        notes.append("the faces look in different directions: one that looks the same way fits better")
    result = target
    for number, place in enumerate(chosen, 1):
        result = put(source, points, result, place)
        report(0.5 + 0.5 * number / len(chosen))
    return (save(result, folder, 0, how),), tuple(notes)


def _measured(
    finder: FaceFinder, meter: FaceMeter, picture: Picture, *, largest: bool = False
) -> list[tuple[Found, Points]]:
    """The faces of a picture with their points, from left to right; `largest` as `FaceFinder.faces` has it."""
    faces = ((face, meter.points(picture, face)) for face in finder.faces(picture, largest=largest))
    return [(face, points) for face, points in faces if points is not None]


def _apart(one: Points, other: Points) -> float:
    return max(abs(here - there) for here, there in zip(turned(one), turned(other), strict=True))


def _one(places: list[Points], which: int) -> Points:
    if which >= len(places):
        many = f"are {len(places)} faces" if len(places) > 1 else "is one face"
        raise EngineError(
            FailureCode.INVALID_INPUT, f"face: there {many} in the target picture, so it must be 0 to {len(places) - 1}"
        )
    return places[which]


def _which(given: Any) -> int | None:
    """The face's number; None for all of them."""
    if given == ALL:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise EngineError(FailureCode.INVALID_INPUT, f'face: must be a number from 0, or "{ALL}"')
    return given


def _given(request: Request, role: Role) -> Input:
    found = next((given for given in request.inputs if given.role is role), None)
    if found is None:
        raise EngineError(FailureCode.INVALID_INPUT, f"{role}: is required for {request.mode}")
    return found


@lru_cache(maxsize=1)
def _networks(folder: Path) -> tuple[FaceFinder, FaceMeter]:
    """Both networks, kept by this process from one task to the next."""
    return FaceFinder(folder), FaceMeter(folder)
