"""Large pictures worked on a piece at a time, so that memory is bounded by the piece."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct


class Tile(Struct, frozen=True):
    """A part of a picture, in pixels: rows top to bottom, columns left to right, the ends not included."""

    top: int
    bottom: int
    left: int
    right: int


def tiles(height: int, width: int, side: int) -> Iterator[Tile]:
    """Parts of at most `side` x `side`, about equally large, which cover a picture without overlapping."""
    for top, bottom in _pieces(height, side):
        for left, right in _pieces(width, side):
            yield Tile(top, bottom, left, right)


def _pieces(length: int, side: int) -> Iterator[tuple[int, int]]:
    count = max(1, -(-length // side))
    for index in range(count):
        yield length * index // count, length * (index + 1) // count
