"""How things move by themselves: walking, flying, rocking on water and so on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rushes.engines.local.composer.spec import Action


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a thing does at one moment, in its own heights: dx, dy off its place (dy upwards), turn in
    radians (clockwise), wide and high as factors of its size, lean sideways at its top."""

    dx: float = 0.0
    dy: float = 0.0
    turn: float = 0.0
    wide: float = 1.0
    high: float = 1.0
    lean: float = 0.0


PACE: dict[Action, float] = {
    "walk": 0.28, "run": 0.95, "fly": 0.55, "float": 0.06, "swim": 0.30, "drive": 1.0, "jump": 0.18, "dance": 0.0,
}  # fmt: skip
"""How far things travel in a second, in their own heights."""


def gesture(action: Action, time: float, phase: float, *, afloat: bool = False) -> Gesture:
    """What a thing does at `time` seconds. phase 0–1 sets it apart from its fellows; afloat: on water."""
    turn = 2 * math.pi
    own = time + 7.3 * phase
    if afloat and action in ("stand", "float", "sit", "sleep", "swim", "drive", "sway"):
        return Gesture(
            dx=0.012 * math.sin(own * 0.9),
            dy=0.022 * math.sin(own * 1.7) + 0.01 * math.sin(own * 2.9),
            turn=0.045 * math.sin(own * 1.25 + 0.6) + 0.015 * math.sin(own * 2.6),
        )
    match action:
        case "walk":
            step = math.sin(turn * 1.05 * own)
            return Gesture(dy=0.028 * abs(step), turn=0.03 * step, high=1.0 - 0.018 * (1 - abs(step)))
        case "run":
            step = math.sin(turn * 1.75 * own)
            return Gesture(
                dy=0.085 * abs(step), turn=0.055 * math.cos(turn * 1.75 * own), wide=1.0 + 0.03 * step,
                high=1.0 - 0.035 * (1 - abs(step)), lean=0.05,
            )  # fmt: skip
        case "fly":
            beat = math.sin(turn * 2.3 * own)
            return Gesture(
                dx=0.10 * math.sin(own * 0.7), dy=0.20 * math.sin(own * 1.1) + 0.05 * beat,
                turn=0.09 * math.sin(own * 1.1 + 1.2), high=1.0 + 0.13 * beat, wide=1.0 - 0.04 * beat,
            )  # fmt: skip
        case "float":
            return Gesture(
                dx=0.06 * math.sin(own * 0.55), dy=0.085 * math.sin(own * 0.9), turn=0.07 * math.sin(own * 0.63 + 1.0)
            )
        case "swim":
            wave = math.sin(turn * 0.95 * own)
            return Gesture(
                dy=0.08 * math.sin(own * 1.2), turn=0.05 * math.sin(own * 1.2 + 1.5), wide=1.0 + 0.035 * wave,
                lean=0.05 * wave,
            )  # fmt: skip
        case "drive":
            return Gesture(dy=0.008 * math.sin(own * 23) + 0.008 * math.sin(own * 9), turn=0.007 * math.sin(own * 7))
        case "jump":
            part = (own * 1.1) % 1.0
            if part < 0.25:
                return Gesture(
                    high=1.0 - 0.12 * math.sin(math.pi * part / 0.25), wide=1.0 + 0.06 * math.sin(math.pi * part / 0.25)
                )
            air = (part - 0.25) / 0.75
            return Gesture(
                dy=0.42 * 4 * air * (1 - air), high=1.0 + 0.05 * (1 - 2 * air), turn=0.05 * math.sin(turn * air)
            )
        case "dance":
            beat = turn * 1.05 * own
            return Gesture(
                dx=0.05 * math.sin(beat / 2), dy=0.05 * abs(math.sin(beat)), turn=0.12 * math.sin(beat / 2),
                high=1.0 + 0.035 * math.cos(2 * beat), wide=1.0 - 0.02 * math.cos(2 * beat),
            )  # fmt: skip
        case "sleep":
            breath = math.sin(own * 1.5)
            return Gesture(high=1.0 + 0.016 * breath, wide=1.0 + 0.006 * breath)
        case "spin":
            return Gesture(turn=turn * 0.22 * own)
        case "sway":
            return Gesture(lean=0.045 * math.sin(own * 1.5) + 0.018 * math.sin(own * 3.7))
        case "burn":
            flare = math.sin(own * 11) + 0.6 * math.sin(own * 17.3)
            return Gesture(high=1.0 + 0.035 * flare, wide=1.0 - 0.015 * flare, lean=0.04 * math.sin(own * 7.7))
        case "glow":
            return Gesture(dy=0.02 * math.sin(own * 1.1))
        case "stand" | "sit" | "fall" | "rise":
            breath = math.sin(own * 1.9)
            return Gesture(high=1.0 + 0.010 * breath, turn=0.006 * math.sin(own * 0.8))
