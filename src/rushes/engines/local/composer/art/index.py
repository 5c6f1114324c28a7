"""The clip-art folder: which pictures there are, what they are called, and each at the size that is needed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
_NO_THINGS = re.compile(
    r"symbol|sign|button|arrow|clock|regional|skin|flag|keycap|square|circle|hand|heart|input|letter|smil|"
    r"mark|zodiac|moon|face|level|ideograph|finger|person |family|couple|kiss|emoji|medal|no one|prohibited|"
    r"virgo|aries|taurus|gemini|cancer|leo|libra|scorpius|sagittarius|capricorn|aquarius|pisces|ophiuchus"
)
"""Names that stand for no thing one could place into a scene."""


class ArtIndex:
    """The pictures of a folder, named by their codepoints ("1f415.webp")."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.codes = frozenset(path.stem for path in folder.glob("*.webp"))

    def names(self) -> dict[str, str]:
        """Code to name of the single-codepoint pictures that show things."""
        named = {}
        for code in sorted(self.codes):
            plain = code.removesuffix("-fe0f")
            if "-" in plain or int(plain, 16) < 0x2100:
                continue
            name = unicodedata.name(chr(int(plain, 16)), "").lower()
            if name and not _NO_THINGS.search(name):
                named[code] = name
        return named

    def sprite(self, code: str, height: int) -> Picture:
        """A picture as RGBA uint8 (h, w, 4), straight alpha, cropped to what it shows, `height` pixels high."""
        with Image.open(self._folder / f"{code}.webp", formats=("WEBP",)) as opened:
            picture = opened.convert("RGBA")
        box = picture.getchannel("A").point(lambda value: 255 if value > 16 else 0).getbbox()
        cut = picture.crop(box) if box else picture
        size = (max(1, round(cut.width * height / cut.height)), max(1, height))
        # Colours are weighed by alpha while scaling: no dark fringe from the empty pixels.
        return np.asarray(cut.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA"))
