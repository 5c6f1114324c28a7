"""Our own drawings, from shapes.toml: softly shaded figures for what has no clip-art."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rushes.engines.local.composer.spec import Colour

Picture = NDArray[np.uint8]
_FINE = 3
"""Drawn this much larger and scaled down: smooth edges."""
_LIFT = 0.28
UNKNOWN = "blob"


def shape(kind: str, height: int, tint: Colour | None = None) -> Picture:
    """A figure as RGBA uint8 (h, w, 4), straight alpha, cropped to itself and `height` pixels high.

    tint: the colour it is mainly of. An unknown kind is drawn as a friendly blob.
    """
    table = _table()
    drawn = table.get(kind, table[UNKNOWN])
    base = tint or _colour(drawn["colour"])[:3]
    side = max(24, height) * _FINE
    sheet = Image.new("RGBA", (side, side))
    for part in drawn["parts"]:
        tone, rest = part.split(" ", 1)
        # Each part on a sheet of its own: a translucent one lies over the others.
        layer = Image.new("RGBA", (side, side))
        _draw(ImageDraw.Draw(layer), rest, _tone(tone, base), side / 100)
        sheet.alpha_composite(layer)
    box = sheet.getbbox()
    assert box is not None
    cut = sheet.crop(box)
    size = (max(1, round(cut.width * height / cut.height)), max(1, height))
    return _shaded(np.asarray(cut.resize(size, Image.Resampling.BOX if height > 8 else Image.Resampling.BILINEAR)))


def kinds() -> list[str]:
    """Every figure there is."""
    return list(_table())


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "shapes.toml").read_text())


def _draw(pen: ImageDraw.ImageDraw, part: str, colour: tuple[int, ...], scale: float) -> None:
    kind, *texts = part.split()
    numbers = [float(text) * scale for text in texts]
    if kind == "e":
        x, y, across, down = numbers
        pen.ellipse((x - across, y - down, x + across, y + down), fill=colour)
        return
    if kind == "l":
        width, *numbers = numbers
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        pen.line(points, fill=colour, width=max(1, round(width)), joint="curve")
        for x, y in points:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=colour)
        return
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    pen.polygon(_rounded(points) if kind == "s" else points, fill=colour)


def _rounded(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A closed outline with its corners cut off again and again (Chaikin), which rounds them."""
    for _ in range(3):
        cut = []
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
            cut.append((0.8 * x0 + 0.2 * x1, 0.8 * y0 + 0.2 * y1))
            cut.append((0.2 * x0 + 0.8 * x1, 0.2 * y0 + 0.8 * y1))
        points = cut
    return points


def _tone(tone: str, base: Colour) -> tuple[int, ...]:
    if tone == "base":
        return (*base, 255)
    if tone == "dark":
        return (*(round(part * 0.74) for part in base), 255)
    if tone == "light":
        return (*(round(part + (255 - part) * _LIFT) for part in base), 255)
    return _colour(tone)


def _colour(text: str) -> tuple[Any, ...]:
    values = [int(text[at : at + 2], 16) for at in range(1, len(text), 2)]
    return tuple(values if len(values) == 4 else [*values, 255])


def _shaded(flat: Picture) -> Picture:
    """Light from the upper left, and a soft rim where the figure turns away."""
    height, width = flat.shape[:2]
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 1.13 - 0.22 * (down / max(1, height)) - 0.12 * (across / max(1, width))
    alpha = flat[..., 3].astype(np.float32) / 255
    reach = max(1, height // 18)
    behind = np.zeros_like(alpha)
    behind[reach:, reach:] = alpha[:-reach, :-reach]
    light += 0.16 * np.clip(alpha - behind, 0, 1)
    shaded = flat.copy()
    shaded[..., :3] = np.clip(flat[..., :3] * light[..., None], 0, 255).astype(np.uint8)
    return shaded
