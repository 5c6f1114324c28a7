"""One generation of the background remover: the render process's entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rushes.engines.contract import EngineError, FailureCode, Mode, Output, Request
from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.matting.colours import pure_colours
from rushes.engines.local.matting.fine import FineMatte
from rushes.engines.local.matting.subject import Finder, subject_alpha
from rushes.engines.local.needed import needed, wished
from rushes.engines.local.photo import Photo, on_white, open_photo, save_photo, saving
from rushes.processors import threads

PIXELS = 50_000_000
_THREADS = 4


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Free the subject of the picture (IMAGE) from its background, in the picture's own size.

    extra: format (png, webp). One output with alpha; what is transparent carries no trace of the background.
    Raises EngineError, also where the picture has no subject.
    """
    if request.mode is not Mode.REMOVE_BACKGROUND:
        raise EngineError(FailureCode.INVALID_INPUT, f"this engine removes backgrounds; it does not do {request.mode}")
    how = saving(request)
    if how.format == "jpeg":
        raise EngineError(FailureCode.INVALID_INPUT, "format: a JPEG cannot be transparent; ask for png or webp")
    photo = open_photo(request, max_pixels=PIXELS, why=f"at most {PIXELS} are possible")
    given = photo.pixels
    image = on_white(given) if given.shape[2] == 4 else given
    finder = _finder(settings)
    report(0.1)
    alpha = subject_alpha(image, finder)
    if alpha is None:
        raise EngineError(FailureCode.INVALID_INPUT, "image: no subject was found that could be told from a background")
    report(0.5)
    pixels = np.empty((*alpha.shape, 4), np.uint8)
    pixels[..., :3] = pure_colours(image, alpha)
    report(0.9)
    pixels[..., 3] = np.round(alpha * 255)
    if given.shape[2] == 4:
        # What was transparent stays so.
        pixels[..., 3] = np.minimum(pixels[..., 3], given[..., 3])
    output, warnings = save_photo(Photo(pixels, photo.profile), folder / "image", how)
    return (output,), warnings


def _finder(settings: dict[str, Any]) -> Finder:
    """The finer network where the operator has it or accepts its licence, else the usual one. Raises EngineError."""
    fine = wished("matte_fine", settings)
    return _fine(fine) if fine is not None else _loaded(needed("matte", settings))


@lru_cache(maxsize=1)
def _fine(folder: Path) -> FineMatte:
    return FineMatte(folder)


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> Matte:
    """The network, kept by this process from one task to the next."""
    return Matte(folder, threads=threads(_THREADS), ready=True)
