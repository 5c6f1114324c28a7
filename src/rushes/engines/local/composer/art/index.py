"""The clip-art folder: which pictures there are, what they are called, and each at the size that is needed."""

from __future__ import annotations

import os
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]


class ArtIndex:
    """The pictures of a folder, named by their codepoints ("1f415.webp")."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.codes = frozenset(name.removesuffix(".webp") for name in os.listdir(folder) if name.endswith(".webp"))
        self._decoded: dict[str, Image.Image] = {}

    def names(self) -> dict[str, str]:
        """Code to Unicode name of the pictures that show one whole thing one could place into a scene."""
        fits = _fitness()
        named = {}
        for code in sorted(self.codes):
            plain = code.removesuffix("-fe0f")
            if "-" in plain or not fits(code):
                continue
            name = unicodedata.name(chr(int(plain, 16)), "").lower()
            if name and not name.endswith(" face"):
                named[code] = name
        return named

    def sprite(self, code: str, height: int) -> Picture:
        """A picture as RGBA uint8 (h, w, 4), straight alpha, cropped to what it shows, `height` pixels high."""
        cut = self._decoded.get(code)
        if cut is None:
            cut = self._decoded[code] = self._cut_out(code)
        size = (max(1, round(cut.width * height / cut.height)), max(1, height))
        return np.asarray(cut.resize(size, Image.Resampling.LANCZOS).convert("RGBA"))

    def _cut_out(self, code: str) -> Image.Image:
        """A picture cropped to what it shows, its colours weighed by alpha: so scaling leaves no dark fringe."""
        with Image.open(self._folder / f"{code}.webp", formats=("WEBP",)) as opened:
            picture = opened.convert("RGBA")
        box = picture.getchannel("A").point(lambda value: 255 if value > 16 else 0).getbbox()
        return (picture.crop(box) if box else picture).convert("RGBa")


@cache
def _fitness() -> Callable[[str], bool]:
    """Whether a code fits, by unfit.toml."""
    table = tomllib.loads((files(__package__) / "unfit.toml").read_text())
    kept = frozenset(table["kept"])
    ranges = [
        (int(first, 16), int(last or first, 16)) for first, _, last in (text.partition("-") for text in table["codes"])
    ]

    def fits(code: str) -> bool:
        number = int(code.partition("-")[0], 16)
        return code in kept or not any(first <= number <= last for first, last in ranges)

    return fits
