"""How long shots last."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.writing.beats import Beat
from rushes.writing.matching import word_count

SPOKEN = 2.5
"""Words a second that are said, and that are shown."""
SHOWN = 3.5
STEP = 0.5
"""Seconds: durations are multiples of it."""
_PAUSE = 0.8
"""Seconds before and after what is said or shown."""


def natural(beat: Beat) -> float:
    """The seconds that a shot's sentences take."""
    spoken = sum(word_count(line.said) for line in beat.told if line.kind == "speech")
    return _PAUSE + spoken / SPOKEN + max(0.0, beat.words - spoken) / SHOWN


def durations(seconds: Sequence[float], wanted: float | None, least: float, most: float) -> list[float]:
    """Lengths in proportion to `seconds`, each within `least` and `most`, together `wanted` where that can be.

    Multiples of STEP, as far as the bounds are.
    """
    if not seconds:
        return []
    total = sum(min(most, max(least, one)) for one in seconds) if wanted is None else wanted
    low, high = 0.0, most / min(seconds)
    for _ in range(60):
        middle = (low + high) / 2
        if sum(min(most, max(least, one * middle)) for one in seconds) < total:
            low = middle
        else:
            high = middle
    exact = [min(most, max(least, one * high)) for one in seconds]
    rounded = [min(most, max(least, int(one / STEP) * STEP)) for one in exact]
    # What rounding took goes to those that lost most.
    missing = total - sum(rounded)
    for at in sorted(range(len(exact)), key=lambda i: rounded[i] - exact[i]):
        if missing < STEP / 2:
            break
        if rounded[at] + STEP <= most:
            rounded[at] += STEP
            missing -= STEP
    return rounded
