"""The subjects: where they stand, how large, and how they move through the frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stage import rows
from rushes.engines.local.composer.stage.art import cast_shadow, graded, halo, reflection
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.holding import whole
from rushes.engines.local.composer.stage.motion import PACE, gesture
from rushes.engines.local.composer.stage.noise import Dice
from rushes.engines.local.composer.stage.palette import Look, Tone, tone, water
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stage.warp import Bytes, Matrix

POSES_A_SECOND = 6
"""How fast art of several pictures goes from one to the next."""
_HEADROOM = 0.14
"""What flies starts so far below the frame's upper edge, or moves would cut off its head."""
_SAMPLE = 48
"""The height at which a picture's proportions are looked at."""
_MOST = 14
"""More of one kind than this is not drawn one by one."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where in a place things can stand. Shares of the frame's height: from far to near."""

    ground: tuple[float, float] = (0.66, 0.94)
    water: tuple[float, float] = (0.62, 0.86)
    table: float = 0.74
    grounded: bool = True
    """False where nothing lies below: space, sky, underwater."""
    light: Tone | None = None
    """What falls on the subjects, where that is not the light outside."""


class Actor:
    """One subject on the stage."""

    def __init__(
        self, subject: Subject, art: Bytes, stage: Stage, look: Look, *, x: float, foot: float, depth: float,
        ahead: float, phase: float, span: float, shadow: bool,
    ) -> None:  # fmt: skip
        """art: straight RGBA, one picture (h, w, 4) or several (n, h, w, 4). x, foot: its foot at mid-clip, in
        pixels. ahead: -1 leftwards, 1 rightwards, 0 when it stays. span: how many seconds it has."""
        glows = subject.action in ("burn", "glow")
        light_left = stage.light_x < 0.5
        arts = art if art.ndim == 4 else art[None]
        poses = [graded(one, look, depth * 0.7, light_left, glows=glows) for one in arts]
        shown = poses[0]
        self._height = float(shown.shape[0])
        self._subject, self._stage, self._x, self._foot, self._depth = subject, stage, x, foot, depth
        self._phase, self._span = phase, span
        self._afloat = subject.habitat == "water"
        self._lies = subject.habitat in ("ground", "water", "table")
        self._pace = (
            ahead * self._height * (0.5 * PACE["float"] if subject.action == "stand" else PACE.get(subject.action, 0.0))
        )
        # Nothing runs out of the picture before the clip is half over.
        most = (0.6 if subject.action in ("run", "drive") else 0.42) * stage.width / max(span, 1.0)
        self._pace = math.copysign(min(abs(self._pace), most), self._pace)
        self._ahead = ahead
        height, width = shown.shape[:2]
        # The foot of the art is the origin of its sheet.
        sunk = 2 * round(0.035 * height) if self._afloat else 0
        if self._afloat:
            for one in poses:
                one[height - 2 - sunk :] = (
                    one[height - 2 - sunk :] * np.linspace(0.9, 0, sunk + 2)[:, None, None]
                ).astype(np.uint8)
        self._sheets = [Sheet(one, -(width // 4) * 2, -height + 2 + sunk) for one in poses]
        self._under: Sheet | None = None
        self._glow: Sheet | None = None
        if self._afloat:
            self._under = Sheet(reflection(shown, water("deep") * look.light), -(width // 4) * 2, -2 - sunk)
        elif shadow:
            dark, foot_x, foot_y = cast_shadow(shown, look, light_left)
            self._under = Sheet(dark, -(foot_x // 2) * 2, -(foot_y // 2) * 2)
        if glows:
            radius = max(8, round(self._height * 0.95))
            colour = tone("#ff9a3c") if subject.action == "burn" else tone("#ffe6a0")
            self._glow = Sheet(halo(radius, colour, 0.25 + 0.35 * look.night), -radius, -radius - int(self._height / 2))

    @property
    def depth(self) -> float:
        return self._depth

    def paint(self, frame: Frame, now: Now) -> None:
        move = gesture(self._subject.action, now.time, self._phase, afloat=self._afloat)
        x = self._x + self._pace * (now.time - self._span / 2) + move.dx * self._height * (self._ahead or 1.0)
        foot, lift = self._foot, move.dy * self._height
        if self._subject.action in ("fall", "rise"):
            way = 0.75 * self._stage.height
            at = ((now.time * 0.16 + self._phase) % 1.0) * way - way * 0.5
            lift += -at if self._subject.action == "fall" else at
        base = self._at(now, x, foot)
        if self._under is not None:
            shade = base.copy()
            if not self._afloat:
                # In the air the shadow shrinks a little.
                shade[:, :2] *= max(0.4, 1.0 - 0.35 * max(0.0, move.dy))
            self._under.paint(frame, shade)
        own = base @ _local(move.turn, move.wide, move.high, move.lean, lift, self._lies, self._height, self._ahead)
        if self._glow is not None:
            pulse = 1.0 + 0.06 * math.sin(now.time * 9 + self._phase) + 0.04 * math.sin(now.time * 14.3)
            swell = np.array([[pulse, 0, 0], [0, pulse, 0], [0, 0, 1.0]])
            self._glow.paint(frame, base @ swell)
        self._sheets[int(now.time * POSES_A_SECOND) % len(self._sheets)].paint(frame, own)

    def _at(self, now: Now, x: float, foot: float) -> Matrix:
        """The camera's matrix with its origin moved to the subject's foot."""
        if self._lies:
            matrix = self._stage.floor(now.pose)
            spot = matrix @ (x, foot, 1.0)
            scale = (
                math.sqrt(abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]))
                if now.pose.y == 0
                else matrix[0, 0]
            )
            return np.array([[scale, 0, spot[0]], [0, scale, spot[1]]])
        matrix = self._stage.flat(now.pose, self._depth).copy()
        matrix[:, 2] = matrix @ (x, foot, 1.0)
        return matrix


def _local(
    turn: float, wide: float, high: float, lean: float, lift: float, standing: bool, height: float, ahead: float
) -> Matrix:
    """A gesture as a (3, 3) matrix around the foot, or around the middle of what flies."""
    sign = -1.0 if ahead < 0 else 1.0
    cos, sin = math.cos(turn * sign), math.sin(turn * sign)
    shape = np.array([[wide, -lean * sign, 0], [0, high, 0], [0, 0, 1.0]])
    spin = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
    up = np.array([[1, 0, 0], [0, 1, -lift], [0, 0, 1.0]])
    if standing and abs(turn) < 0.5:
        stood: Matrix = up @ spin @ shape
        return stood
    middle = np.array([[1, 0, 0], [0, 1, -height / 2], [0, 0, 1.0]])
    back = np.array([[1, 0, 0], [0, 1, height / 2], [0, 0, 1.0]])
    local: Matrix = up @ middle @ spin @ shape @ back
    return local


def cast(
    spec: SceneSpec, look: Look, stage: Stage, dice: Dice, room: Room, seconds: float,
    picture: Callable[[Subject, int], Bytes],
) -> list[Actor]:  # fmt: skip
    """All subjects of a scene, from far to near."""
    actors: list[Actor] = []
    lead = next((s for s in spec.subjects if s.main), spec.subjects[0] if spec.subjects else None)
    side = 1.0 if stage.light_x < 0.5 else -1.0
    others = 0
    singles = sum(subject is not lead and subject.count == 1 for subject in spec.subjects)
    middles, crowded = _rowed(spec, stage, picture)
    for number, subject in enumerate(spec.subjects):
        many = _many(subject)
        main = subject is lead
        for index in range(many):
            depth = float(np.clip(subject.depth + (dice.uniform(-0.16, 0.16) if many > 1 else 0.0), 0.0, 1.0))
            if number in middles:
                x = middles[number][index]
                depth = min(depth, 0.55) if main else depth
            elif main and many == 1:
                # Off the middle, on the side away from the light, where the light falls on it.
                x = 0.5 + side * (0.0 if singles > 1 else 0.10 if stage.width > stage.height else 0.04)
                depth = min(depth, 0.55)
            elif many > 1:
                x = (index + 0.5 + dice.uniform(-0.3, 0.3)) / many * 0.84 + 0.08
            else:
                x = rows.beside(others, side)
                others += 1
            scale = crowded if number in middles else 1.0
            actors.append(_actor(subject, x, depth, main, many, scale, stage, look, dice, room, seconds, picture))
    actors.sort(key=lambda actor: -actor.depth)
    return actors


def _many(subject: Subject) -> int:
    return min(_MOST, max(1, subject.count))


def _rowed(
    spec: SceneSpec, stage: Stage, picture: Callable[[Subject, int], Bytes]
) -> tuple[dict[int, list[float]], float]:
    """Where the things of each kind stand that shares the ground, and their scale."""
    numbers = rows.together(spec.subjects)
    sharing = [spec.subjects[number] for number in numbers]
    widths = []
    for subject in sharing:
        art = whole(subject, _SAMPLE, picture)
        size = subject.height * (0.62 + 0.76 * (1.0 - subject.depth)) * (1.0 if _many(subject) < 4 else 0.8)
        widths.append(size * stage.unit * art.shape[-2] / _SAMPLE / stage.width)
    middles, scale = rows.slots(widths, [_many(subject) for subject in sharing])
    return dict(zip(numbers, middles, strict=True)), scale


def _actor(
    subject: Subject, x: float, depth: float, main: bool, many: int, scale: float, stage: Stage, look: Look, dice: Dice,
    room: Room, seconds: float, picture: Callable[[Subject, int], Bytes],
) -> Actor:  # fmt: skip
    near = 1.0 - depth
    size = subject.height * (0.62 + 0.76 * near)
    if main and many == 1:
        size = max(size, 0.34 if subject.habitat != "sky" else 0.2)
    size = min(size, 0.78) * (1.0 if many < 4 else 0.8) * dice.uniform(0.92, 1.08 if many > 1 else 1.0)
    size *= scale
    height = max(6, round(size * stage.unit))
    art = whole(subject, height, picture)
    widest = 0.86 * stage.width
    if art.shape[-2] > widest:
        height = max(6, round(height * widest / art.shape[-2]))
        art = whole(subject, height, picture)
    match subject.habitat:
        case "ground":
            low, high = room.ground
            foot = low + (high - low) * near**0.9
        case "water":
            low, high = room.water
            foot = low + (high - low) * near
        case "table":
            foot = room.table + 0.04 * near
        case "air":
            foot = 0.48 + dice.uniform(-0.10, 0.03) * (1 if main else 3.2) + 0.35 * size
        case "sky":
            foot = 0.28 + dice.uniform(-0.04, 0.05) + 0.4 * size
        case "underwater":
            foot = 0.54 + (0.0 if main else dice.uniform(-0.28, 0.24)) + 0.5 * size
    if subject.habitat in ("air", "sky"):
        foot = max(foot, size + _HEADROOM)
    if not room.grounded and subject.habitat in ("ground", "table", "water"):
        foot = 0.56 + 0.5 * size
    travels = subject.action in PACE and PACE[subject.action] > 0
    ahead = 0.0
    mirror = False
    if travels:
        ahead = -1.0 if (subject.faces == "left" or (subject.faces == "front" and x > 0.5)) else 1.0
        # A lone traveller crosses towards the open side.
        if (x < 0.45 and ahead < 0) or (x > 0.55 and ahead > 0):
            mirror, ahead = subject.faces != "front", -ahead
    elif subject.faces != "front" and (x < 0.5) == (subject.faces == "left"):
        mirror = True
    if mirror:
        art = np.ascontiguousarray(art[..., ::-1, :])
    shadow = subject.habitat in ("ground", "table") and room.grounded and subject.action not in ("burn", "glow")
    return Actor(
        subject, art, stage, look, x=x * stage.width, foot=foot * stage.height, depth=depth, ahead=ahead,
        phase=float(dice.random()), span=seconds, shadow=shadow,
    )  # fmt: skip
