"""How subjects move: where a thing is at each moment, how it leans and stretches."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from rushes.engines.local.composer.spec import Action, Subject


class Stance(Struct, frozen=True, kw_only=True):
    """A thing at one moment.

    x, lift: moved right and up since the start, in heights of the thing; lean: turned clockwise, in
    radians; wide, tall: stretched; mirrored: seen from its other side.
    """

    x: float = 0.0
    lift: float = 0.0
    lean: float = 0.0
    wide: float = 1.0
    tall: float = 1.0
    mirrored: bool = False


class Gait(Struct, frozen=True, kw_only=True):
    """How one thing of a subject moves. direction 1 is to the right, -1 to the left, 0 stays."""

    action: Action
    flies: bool
    swims: bool
    direction: int
    pace: float
    phase: float
    start: float
    turns: bool

    def at(self, time: float) -> Stance:
        """The stance at `time` seconds."""
        sway = math.sin(2.0 * time + self.phase)
        beat = 2.0 * math.pi * self.pace * time + self.phase
        x = self.start + self.direction * _SPEED.get(self.action, 0.0) * self.pace * time
        mirrored = self.turns
        match self.action:
            case "walk":
                step = math.sin(2.1 * beat)
                return Stance(
                    x=x, lift=0.022 * abs(step), lean=0.035 * step, tall=1.0 + 0.012 * step, mirrored=mirrored
                )
            case "run":
                step = math.sin(3.0 * beat)
                return Stance(
                    x=x, lift=0.07 * abs(step), lean=0.06 * step, wide=1.0 + 0.03 * step, mirrored=mirrored
                )
            case "drive":
                shake = math.sin(9.0 * time + self.phase)
                return Stance(x=x, lift=0.004 * shake, lean=0.003 * shake, mirrored=mirrored)
            case "fly":
                flap = math.sin(2.6 * beat)
                return Stance(
                    x=x,
                    lift=0.22 * math.sin(0.9 * time + self.phase) + 0.03 * flap,
                    lean=0.05 * math.cos(0.9 * time + self.phase),
                    tall=1.0 + 0.09 * flap,
                    wide=1.0 - 0.03 * flap,
                    mirrored=mirrored,
                )
            case "swim":
                wave = math.sin(1.5 * beat)
                return Stance(
                    x=x,
                    lift=0.1 * math.sin(0.8 * time + self.phase),
                    lean=0.05 * wave,
                    wide=1.0 + 0.035 * wave,
                    mirrored=mirrored,
                )
            case "float":
                return Stance(
                    x=x,
                    lift=0.022 * math.sin(1.5 * time + self.phase),
                    lean=0.045 * math.sin(1.1 * time + self.phase),
                    mirrored=mirrored,
                )
            case "jump":
                hop = abs(math.sin(0.85 * beat))
                return Stance(
                    x=x, lift=0.38 * hop, tall=0.93 + 0.1 * hop, wide=1.05 - 0.07 * hop, mirrored=mirrored
                )
            case "dance":
                return Stance(
                    x=0.1 * math.sin(1.2 * beat) + x,
                    lift=0.05 * abs(math.sin(1.2 * beat)),
                    lean=0.13 * math.sin(1.2 * beat),
                    mirrored=mirrored,
                )
            case "fall":
                return Stance(
                    x=x + 0.2 * sway, lift=1.2 - 0.55 * time * self.pace, lean=0.4 * sway, mirrored=mirrored
                )
            case "rise":
                return Stance(
                    x=x + 0.06 * sway, lift=0.2 * time * self.pace, lean=0.03 * sway, mirrored=mirrored
                )
            case "spin":
                turn = math.cos(0.5 * beat)
                return Stance(
                    x=x, wide=max(0.12, abs(turn)), mirrored=mirrored != (turn < 0.0), lift=0.01 * sway
                )
            case "sway" | "burn":
                return Stance(x=x, lean=0.04 * sway, tall=1.0 + 0.01 * sway, mirrored=mirrored)
            case "sleep":
                return Stance(x=x, tall=1.0 + 0.018 * math.sin(1.3 * time + self.phase), mirrored=mirrored)
            case _:
                breath = math.sin(1.9 * time + self.phase)
                if self.flies or self.swims:
                    return Stance(x=x, lift=0.05 * breath, lean=0.02 * sway, mirrored=mirrored)
                return Stance(
                    x=x, tall=1.0 + 0.009 * breath, wide=1.0 - 0.004 * breath, lean=0.006 * sway, mirrored=mirrored
                )


_SPEED: dict[str, float] = {"walk": 0.3, "run": 0.85, "drive": 0.75, "fly": 0.6, "swim": 0.38, "float": 0.1, "jump": 0.22}
"""Heights of the thing a second."""


def gait_for(subject: Subject, seconds: float, rng: np.random.Generator, direction: int) -> Gait:
    """How one thing of the subject moves; its way through the shot is centred on its place."""
    action: Action = subject.action
    if action == "stand" and subject.habitat == "air":
        action = "fly"
    if action == "stand" and subject.habitat == "underwater":
        action = "swim"
    if action == "stand" and subject.habitat == "water":
        action = "float"
    pace = float(rng.uniform(0.88, 1.14))
    way = _SPEED.get(action, 0.0) * pace * seconds
    if subject.faces == "front" and action in ("stand", "sit", "sleep", "burn", "glow", "sway"):
        direction = 1 if direction >= 0 else -1
    turns = subject.faces != "front" and subject.faces != ("right" if direction > 0 else "left")
    return Gait(
        action=action,
        flies=subject.habitat == "air",
        swims=subject.habitat == "underwater",
        direction=direction,
        pace=pace,
        phase=float(rng.uniform(0.0, 6.28)),
        start=-0.5 * direction * way,
        turns=turns,
    )
