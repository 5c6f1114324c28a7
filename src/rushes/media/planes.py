"""Video frames as planes, and their colours: what a clip says of itself is kept and used both ways."""

from __future__ import annotations

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

FULL, LIMITED = 2, 1
"""ffmpeg's numbers of the ranges."""
_BT709, _BT601, _UNSAID = 1, 6, 2
_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087),
            9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}  # fmt: skip
"""How much red and blue are worth in brightness, by ffmpeg's numbers of the colour spaces."""
_HD = 720
"""Lines from which on an untagged clip is taken for BT.709; players guess likewise."""


class Colours(Struct, frozen=True, kw_only=True):
    """What the numbers in a clip's frames mean, in ffmpeg's numbers; 2 is "not said"."""

    range: int = LIMITED
    space: int = _BT709
    primaries: int = _BT709
    transfer: int = _BT709


def colours_of(*, full: bool, space: int, primaries: int, transfer: int, height: int) -> Colours:
    """A clip's colours; what it does not say is guessed as players do, before a new size makes them guess otherwise."""
    if space not in _WEIGHTS:
        space = _BT709 if height >= _HD else _BT601
    return Colours(range=FULL if full else LIMITED, space=space, primaries=primaries, transfer=transfer)


class Planes(Struct, frozen=True):
    """A frame: brightness (h, w) and blue and red difference of half the size (h / 2, w / 2, 2), uint8."""

    light: Picture
    colour: Picture

    def i420(self) -> Picture:
        """As one array (h * 3 / 2, w)."""
        height, width = self.light.shape
        return np.vstack([self.light, self.colour.transpose(2, 0, 1).reshape(height // 2, width)])

    def turned(self, quarters: int) -> Planes:
        """Turned to the left by so many quarters."""
        if not quarters % 4:
            return self
        return Planes(*(np.ascontiguousarray(np.rot90(plane, quarters)) for plane in (self.light, self.colour)))


def from_i420(array: Picture) -> Planes:
    """The planes of an I420 frame (h * 3 / 2, w)."""
    width = array.shape[1]
    height = array.shape[0] * 2 // 3
    halves = array[height:].reshape(2, height // 2, width // 2)
    return Planes(np.ascontiguousarray(array[:height]), np.ascontiguousarray(halves.transpose(1, 2, 0)))


def to_rgb(planes: Planes, colours: Colours) -> Picture:
    """RGB uint8 (h, w, 3), not linear."""
    height, width = planes.light.shape
    colour = cv2.resize(planes.colour, (width, height), interpolation=cv2.INTER_CUBIC)
    matrix = np.linalg.inv(_matrix(colours))
    offset = -matrix @ _zero(colours)
    rgb: Picture = cv2.transform(cv2.merge([planes.light, colour]), np.column_stack([matrix, offset]))
    return rgb


def from_rgb(picture: Picture, colours: Colours) -> Planes:
    """The planes of an RGB picture uint8 (h, w, 3) of even sides."""
    matrix = np.column_stack([_matrix(colours), _zero(colours)])
    height, width = picture.shape[:2]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return Planes(cv2.transform(picture, matrix[:1]), cv2.transform(half, matrix[1:]))


def _matrix(colours: Colours) -> NDArray[np.float64]:
    red, blue = _WEIGHTS[colours.space]
    light = np.array([red, 1 - red - blue, blue])
    full = np.stack(
        [light, (np.array([0, 0, 1]) - light) / (2 - 2 * blue), (np.array([1, 0, 0]) - light) / (2 - 2 * red)]
    )
    return full if colours.range == FULL else full * np.array([[219], [224], [224]]) / 255


def _zero(colours: Colours) -> NDArray[np.float64]:
    return np.array([0.0 if colours.range == FULL else 16.0, 128.0, 128.0])
