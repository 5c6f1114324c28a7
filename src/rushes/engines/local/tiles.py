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
    yield from _grid(height, width, -(-height // side), -(-width // side))


def tiles_with_margins(height: int, width: int, side: int, margin: int) -> Iterator[Tile]:
    """Such parts for work that looks at a margin around each, in the shape in which least is looked at twice.

    None has more pixels with its margins than a square of `side` with its own.
    """
    most = (side + 2 * margin) ** 2

    def seen(length: int, count: int) -> int:
        """The most that one of `count` parts sees of a length: those at the ends have one margin only."""
        return -(-length // count) + margin * min(2, count - 1)

    grids = []
    for rows in range(1, -(-height // side) + 1):
        for columns in range(1, width + 1):
            if seen(height, rows) * seen(width, columns) <= most:
                all_seen = (height + 2 * margin * (rows - 1)) * (width + 2 * margin * (columns - 1))
                grids.append((all_seen, rows, columns))
                break
    _, rows, columns = min(grids)
    yield from _grid(height, width, rows, columns)


def _grid(height: int, width: int, rows: int, columns: int) -> Iterator[Tile]:
    for top, bottom in _pieces(height, rows):
        for left, right in _pieces(width, columns):
            yield Tile(top, bottom, left, right)


def _pieces(length: int, count: int) -> Iterator[tuple[int, int]]:
    for index in range(max(1, count)):
        yield length * index // max(1, count), length * (index + 1) // max(1, count)
