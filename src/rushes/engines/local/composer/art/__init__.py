"""Pictures of things: clip-art where it can be had, our own drawings where not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.art.embed import Nearest
from rushes.engines.local.composer.art.index import ArtIndex
from rushes.engines.local.composer.art.shapes import shape
from rushes.engines.local.composer.art.tint import tinted
from rushes.engines.local.composer.spec import Subject

__all__ = ["ArtIndex", "Nearest", "Sprites"]


class Sprites:
    """The picture of every subject."""

    def __init__(self, index: ArtIndex | None) -> None:
        self._index = index

    def picture(self, subject: Subject, height: int) -> NDArray[np.uint8]:
        """A subject as RGBA uint8 (h, w, 4), straight alpha, `height` pixels high."""
        if self._index is None or subject.art not in self._index.codes:
            return shape(subject.silhouette, height, subject.tint)
        sprite = self._index.sprite(subject.art, height)
        return tinted(sprite, subject.tint) if subject.tint is not None else sprite
