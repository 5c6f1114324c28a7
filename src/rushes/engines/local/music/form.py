"""The course of a piece: how many bars there are, and what each stretch of them is for."""

from __future__ import annotations

from msgspec import Struct

PHRASE = 4
"""Bars."""


class Section(Struct, frozen=True, kw_only=True):
    """Bars that belong together. `theme` says which music they have: a or b; `varied` when it comes back.

    energy 0-1 decides who plays.
    """

    theme: str
    start: int
    bars: int
    energy: float
    varied: bool = False


def bars_in(seconds: float, bar: float, *, free: tuple[float, float] | None) -> tuple[int, float]:
    """How many bars a piece has and how long each is.

    With `free`, the shortest and the longest a bar may be, bars are fitted to fill the length exactly where that
    can be; otherwise they stay `bar` seconds long and the last one rings until the end.
    """
    if free:
        shortest, longest = free
        count = max(1, round(seconds / bar))
        for bars in (count, count - 1, count + 1):
            if bars > 0 and shortest <= seconds / bars <= longest:
                return bars, seconds / bars
    # Half a bar and more is worth a bar of its own: a shorter rest is the last chord's.
    return max(1, int(seconds / bar + 1e-6)), bar


def sections(bars: int, energy: float, *, loop: bool) -> tuple[Section, ...]:
    """The form of a piece of so many bars, the last of them being its final chord unless it is to loop."""
    lift = (energy - 0.5) * 0.5
    if bars < 12:
        return _small(bars, lift)
    intro = 0 if loop else (PHRASE if bars >= 20 else 2)
    outro = 0 if loop else (PHRASE if bars >= 24 else 2)
    body = bars - intro - outro
    made: list[Section] = []
    at = 0

    def add(theme: str, length: int, level: float, *, varied: bool = False) -> None:
        nonlocal at
        if length > 0:
            level = min(1.0, max(0.05, level + lift))
            made.append(Section(theme=theme, start=at, bars=length, energy=level, varied=varied))
            at += length

    add("a", intro, 0.36)
    # A B A' C-like breaks, in sections of two phrases, until the body is full.
    plan = [("a", 0.6, False), ("b", 0.75, False), ("a", 0.85, True), ("b", 0.45, True), ("a", 0.95, True)]
    length = 2 * PHRASE if body >= 6 * PHRASE else PHRASE
    turn = 0
    while body > 0:
        theme, level, varied = plan[turn % len(plan)]
        take = length if body >= 2 * length or body == length else body
        take = min(take, body) if take <= 1.5 * length else length
        add(theme, take, level, varied=varied)
        body -= take
        turn += 1
    add("a", outro, 0.45, varied=True)
    return tuple(made)


def _small(bars: int, lift: float) -> tuple[Section, ...]:
    first = bars if bars <= 5 else PHRASE
    made = [Section(theme="a", start=0, bars=first, energy=min(1.0, max(0.05, 0.65 + lift)))]
    if bars > first:
        rest = bars - first
        level = min(1.0, max(0.05, 0.8 + lift))
        made.append(Section(theme="b" if rest >= PHRASE else "a", start=first, bars=rest, energy=level, varied=True))
    return tuple(made)
