"""Words' times brought to where they are heard.

The recogniser is early throughout, and gives the pause before a word to the word: a start may be off by more than a
second. So for each two neighbours the pause between them is looked for in the sound itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Span = tuple[float, float]
"""When a word starts and ends, in seconds."""

_HOP = 0.01
_BEHIND = 0.15
"""Seconds by which the recogniser is early: measured on words put together without a pause, in two voices."""
_NEAR = 0.2
"""Seconds around the place between two words, as the recogniser has it, in which their pause begins or ends."""
_PAUSE = 0.06
"""Seconds of quiet that are a pause. What is shorter may be inside a word: the lips are closed in "sober"."""
_CORE = 0.1
"""Seconds before its end in which a word is surely heard."""
_FAINT, _FAINTEST = 0.25, 0.03
"""Of a word's loudest moment: in noise and in silence, what is fainter is not the word."""
_ABOVE = 1.6
"""How far above the recording's own noise a word must be."""


def at_the_sound(words: Sequence[Span], samples: Samples, rate: int) -> list[Span]:
    """The words' times, in order, put to the edges of the pauses between them. samples: mono, what was recognised."""
    loud = _loudness(samples, round(rate * _HOP))
    if not words or not len(loud):
        return list(words)
    noise = float(np.quantile(loud, 0.1))
    words = [_later(word, len(samples) / rate) for word in words]
    starts, ends = [start for start, _ in words], [end for _, end in words]
    for at in range(len(words) + 1):
        before = words[at - 1] if at else None
        after = words[at] if at < len(words) else None
        pause = _pause(loud, noise, before, after)
        if pause is not None:
            if before is not None:
                ends[at - 1] = pause[0]
            if after is not None:
                starts[at] = pause[1]
    found = zip(starts, ends, strict=True)
    return [new if new[0] < new[1] else old for new, old in zip(found, words, strict=True)]


def _later(word: Span, last: float) -> Span:
    return min(word[0] + _BEHIND, last), min(word[1] + _BEHIND, last)


def _pause(loud: Samples, noise: float, before: Span | None, after: Span | None) -> Span | None:
    """The pause about where one word ends and the next one starts; None where they follow each other without one."""
    peak = min(_peak(loud, *word) for word in (before, after) if word is not None)
    threshold = min(max(_FAINTEST * peak, _ABOVE * noise), _FAINT * peak)
    # From where the first word is surely heard to where the second one is.
    low = 0.0 if before is None else max((before[0] + before[1]) / 2, before[1] - _CORE)
    high = len(loud) * _HOP if after is None else after[1] + _NEAR
    first = round(low / _HOP)
    quiet = loud[first : round(high / _HOP)] < threshold
    change = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8))) + first
    earliest = low if before is None else before[1]
    latest = high if after is None else after[0]
    best, most = None, 0.0
    for begin, end in zip(change[::2] * _HOP, change[1::2] * _HOP, strict=True):
        apart = max(0.0, float(begin) - latest, earliest - float(end))
        # A long pause a little aside is more likely than a short one, which may be inside a word.
        if end - begin >= _PAUSE and apart <= _NEAR and end - begin - apart > most:
            best, most = (float(begin), float(end)), float(end - begin) - apart
    return best


def _peak(loud: Samples, start: float, end: float) -> float:
    part = loud[round(start / _HOP) : max(round(start / _HOP) + 1, round((end + _NEAR) / _HOP))]
    return float(part.max(initial=0.0))


def _loudness(samples: Samples, hop: int) -> Samples:
    """The loudness of every hop, as a root mean square."""
    count = len(samples) // hop
    loud: Samples = np.sqrt(np.square(samples[: count * hop].reshape(count, hop)).mean(axis=1))
    return loud
