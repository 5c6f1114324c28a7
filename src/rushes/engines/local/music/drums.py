"""Drums: a grid of sixteenths, with fills where a section ends and a crash where one begins."""

from __future__ import annotations

from random import Random

from rushes.engines.local.music.genres import patterns

Stroke = tuple[float, int, float]
"""When in quarter notes from the beginning of the bar, General MIDI drum, velocity 0-1."""

DRUMS = {
    "kick": 36, "snare": 38, "rim": 37, "clap": 39, "hat": 42, "pedal": 44, "open": 46, "low_tom": 43, "mid_tom": 47,
    "high_tom": 50, "crash": 49, "crash2": 57, "ride": 51, "tambourine": 54, "cowbell": 56, "bongo": 60, "conga": 63,
    "shaker": 70,
}  # fmt: skip
_LOUD = {"x": 0.72, "X": 0.92, "o": 0.42}
_BALANCE = {"hat": 0.75, "open": 0.65, "pedal": 0.6, "ride": 0.7, "crash": 0.75, "crash2": 0.55, "shaker": 0.7}
_FILLS = (
    {"snare": "........x.xxX.xx"},
    {
        "snare": "........xx......",
        "high_tom": "..........xx....",
        "mid_tom": "............xx..",
        "low_tom": "..............xx",
    },
    {"snare": "............xxXX"},
    {"mid_tom": "........x..x....", "low_tom": "............x.xx"},
)
_SOFT_FILLS = ({"snare": "............o.oo"}, {"low_tom": "............o.o."})


def drum_bar(name: str, quarters: float, energy: float) -> list[Stroke]:
    """A bar of a pattern; with little energy only its light rows."""
    rows = patterns().drums[name]
    light = rows.get("light", ())
    made: list[Stroke] = []
    for drum, grid in rows.items():
        if isinstance(grid, str) and (energy >= 0.5 or drum in light):
            made += _row(drum, grid, quarters)
    return made


def fill_bar(rng: Random, bar: list[Stroke], quarters: float, energy: float) -> list[Stroke]:
    """The bar with a fill in its second half."""
    rows = rng.choice(_FILLS if energy >= 0.5 else _SOFT_FILLS)
    first = min(start for start in (grid.find(mark) for grid in rows.values() for mark in "xXo") if start >= 0) / 4
    # The fill ends with the bar, however long that is.
    shift = quarters - 4.0
    begin = max(0.0, first + shift)
    kept = [stroke for stroke in bar if stroke[0] < begin or stroke[1] == DRUMS["kick"]]
    filling = [
        (at + shift, drum, loud)
        for row, grid in rows.items()
        for at, drum, loud in _row(row, grid, 4.0)
        if at + shift >= 0
    ]
    return kept + filling


def crash() -> Stroke:
    """The beginning of a section."""
    return (0.0, DRUMS["crash"], 0.62)


def _row(drum: str, grid: str, quarters: float) -> list[Stroke]:
    steps = round(quarters * 4)
    return [
        (step / 4, DRUMS[drum], _LOUD[grid[step % len(grid)]] * _BALANCE.get(drum, 1.0))
        for step in range(steps)
        if grid[step % len(grid)] != "."
    ]
