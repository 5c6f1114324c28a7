"""Looks: night, fog, sepia and so on, laid onto a picture that otherwise stays as it is."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import cv2
import numpy as np
from msgspec import Struct, convert
from numpy.typing import NDArray

from rushes.engines.local.composer.camera import Pose
from rushes.engines.local.composer.matte import Alpha
from rushes.engines.local.composer.spec import Camera
from rushes.engines.local.composer.stage import air
from rushes.engines.local.composer.stage.geometry import stage_of
from rushes.engines.local.composer.stage.noise import cloud, smoothstep
from rushes.engines.local.composer.stage.palette import tone
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame
from rushes.engines.local.composer.stills.effects import EFFECTS, Effect

Picture = NDArray[np.uint8]
Light = NDArray[np.float32]
"""Red, green, blue, float32 (h, w, 3), 0-1."""
_GREY = np.array([0.2126, 0.7152, 0.0722], np.float32)


class Look(Struct, frozen=True, forbid_unknown_fields=True):
    """One look; grading.toml says what the fields mean."""

    words: str
    kind: Literal["time", "weather", "tone", "effect"]
    exposure: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    warmth: float = 0.0
    tint: str = ""
    lift: str = ""
    greens: str = ""
    haze: str = ""
    haze_share: float = 0.0
    glow: str = ""
    glow_share: float = 0.0
    air: Literal["", "rain", "storm", "snow"] = ""
    vignette: float = 0.0
    background: Literal["", "blur", "mono"] = ""
    effect: Effect | Literal[""] = ""


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """All of grading.toml: looks by name, the rest as phrases by meaning."""

    look: dict[str, Look]
    ground: dict[str, str]
    strength: dict[str, str]
    verb: dict[str, str]


@cache
def vocabulary() -> Words:
    """What edits can be asked for, read once."""
    text = files(__package__).joinpath("grading.toml").read_text("utf-8")
    return convert(tomllib.loads(text), Words)


def graded(picture: Picture, look: Look, strength: float, seed: int, subject: Alpha | None) -> Picture:
    """A picture, RGB uint8 (h, w, 3), in another look, as a new one.

    strength: 1 for the look as it is. subject: where the subject is, float32 (h, w) 0-1, for what only concerns
    the rest; without it that is left out. The same arguments give the same picture.
    """
    return Grader(look, strength, seed, subject).graded(picture)


class Grader:
    """Lays one look onto the frames of a clip. Where haze lies and the sun stands is settled by the first frame."""

    def __init__(self, look: Look, strength: float, seed: int, subject: Alpha | None = None) -> None:
        """As for `graded`."""
        self._look, self._strength, self._subject = look, strength, subject
        self._dice = np.random.default_rng([seed, 13])
        self._haze: tuple[Light, Light] | None = None
        self._sun: Light | None = None
        self._veils: list[air.Veil] | None = None

    def graded(self, picture: Picture, time: float = 1.0) -> Picture:
        """A frame in the look, as a new one; `time` in seconds moves what falls. All frames are of one size."""
        look, strength, subject = self._look, self._strength, self._subject
        light: Light = picture.astype(np.float32) / np.float32(255)
        if look.background and subject is not None:
            behind = _softened(light, subject, strength) if look.background == "blur" else _desaturated(light, strength)
            light = np.asarray(behind + subject[..., None] * (light - behind), np.float32)
        light = _coloured(light, look, strength)
        if look.haze:
            share, haze = self._haze = self._haze or _haze(light, look, strength, self._dice, subject)
            light = np.asarray(light + share[..., None] * (haze - light), np.float32)
        if look.glow:
            near = self._sun = _sun(light, look, strength, self._dice) if self._sun is None else self._sun
            # As light is added (screened), not as paint is laid on.
            light = np.asarray(1 - (1 - light) * (1 - near[..., None] * tone(look.glow) * 0.85), np.float32)
        if look.air:
            self._veils = self._veils or _veils(light, look.air, self._dice)
            light = _fallen(light, self._veils, strength, time)
        if look.vignette:
            light *= 1 - min(1.0, look.vignette * strength) * _corners(light.shape[1], light.shape[0])
        result: Picture = np.clip(light * 255 + 0.5, 0, 255).astype(np.uint8)
        return EFFECTS[look.effect](result, strength) if look.effect else result


def _coloured(light: Light, look: Look, strength: float) -> Light:
    def scaled(factor: float) -> np.float32:
        return np.float32(max(0.0, 1 + (factor - 1) * strength))

    if look.greens:
        light = _turned(light, look.greens, strength)
    if look.saturation != 1.0:
        grey = _grey(light)
        light = grey + (light - grey) * scaled(look.saturation)
    if look.exposure:
        # A curve and not a factor: what is bright is not burnt out, what is dark stays black.
        power = np.float32(2 ** (-look.exposure * strength * 0.75))
        light = (
            np.clip(light, 0, 1) ** power if look.exposure > 0 else light * np.float32(2 ** (look.exposure * strength))
        )
    if look.contrast != 1.0:
        light = 0.5 + (light - 0.5) * scaled(look.contrast)
    if look.warmth:
        shift = look.warmth * strength
        light = light * np.array([1 + 0.22 * shift, 1 + 0.03 * shift, 1 - 0.26 * shift], np.float32)
    if look.tint:
        light = light * (1 + (tone(look.tint) - 1) * np.float32(min(1.0, strength)))
    if look.lift:
        light = light + tone(look.lift) * np.float32(strength) * (1 - np.clip(light, 0, 1))
    return np.asarray(np.clip(light, 0, 1), np.float32)


def _grey(light: Light) -> Light:
    grey: Light = (light @ _GREY)[..., None]
    return grey


def _desaturated(light: Light, strength: float) -> Light:
    return np.asarray(light + (_grey(light) - light) * np.float32(min(1.0, strength)), np.float32)


def _turned(light: Light, colour: str, strength: float) -> Light:
    """Leaves and grass in another colour."""
    hsv = cv2.cvtColor(light, cv2.COLOR_RGB2HSV)
    # Hue in degrees: from yellowish to bluish green, fading out to both sides.
    share = np.clip((52 - np.abs(hsv[..., 0] - 100)) / 16, 0, 1) * np.clip((hsv[..., 1] - 0.10) / 0.2, 0, 1)
    wanted = tone(colour)
    bright = hsv[..., 2:] / max(float(wanted.max()), 1e-3)
    turned = np.clip(wanted * bright * 1.15, 0, 1)
    return np.asarray(light + (share * np.float32(min(1.0, strength)))[..., None] * (turned - light), np.float32)


def _haze(light: Light, look: Look, strength: float, dice: Any, subject: Alpha | None) -> tuple[Light, Light]:
    """Its share of every pixel, and its colour. Thicker far away, which in most pictures is a little above the middle,
    and in banks.
    """
    height, width = light.shape[:2]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    thick = 0.55 + 0.45 * np.exp(-(((rows - 0.42) / 0.3) ** 2)) - 0.35 * smoothstep(0.6, 1.0, rows)
    banks = cloud(dice, width, height, max(8.0, min(width, height) * 0.35), 4, stretch=3.0)
    share = np.clip(thick * (0.55 + 0.9 * banks) * np.float32(look.haze_share * strength), 0, 0.95)
    if subject is not None:
        share = share * (1 - np.float32(0.62) * subject)
    # Fog has no light of its own: at night it is dark.
    return share, tone(look.haze) * np.float32(min(1.0, 0.25 + 1.6 * float(light.mean())))


def _sun(light: Light, look: Look, strength: float, dice: Any) -> Light:
    """How much the low sun shines into every pixel: from the brighter side of the picture, where there is one."""
    height, width = light.shape[:2]
    halves = _grey(light)[: max(1, height // 2)]
    left, right = float(halves[:, : width // 2].mean()), float(halves[:, width // 2 :].mean())
    at = 0.1 if (left > right if abs(left - right) > 0.03 else dice.random() < 0.5) else 0.9
    xs = np.linspace(0, 1, width, dtype=np.float32)[None, :] - np.float32(at)
    ys = np.linspace(0, 1, height, dtype=np.float32)[:, None] - np.float32(0.22)
    near: Light = np.exp(-(xs * xs * 1.6 + ys * ys * 2.6)) * np.float32(min(1.0, look.glow_share * strength))
    return near


def _veils(light: Light, what: str, dice: Any) -> list[air.Veil]:
    """Rain or snow as it falls in drawn scenes."""
    height, width = light.shape[:2]
    stage = stage_of(width + width % 2, height + height % 2, 1.0, Camera(move="static"), 0.5, 0.5)
    return air.snow(stage, dice, heavy=True) if what == "snow" else air.rain(stage, dice, heavy=what == "storm")


def _fallen(light: Light, veils: list[air.Veil], strength: float, time: float) -> Light:
    height, width = light.shape[:2]
    frame = Frame(width + width % 2, height + height % 2)
    for veil in veils:
        veil.paint(frame, Now(time, Pose()))
    shine = frame.light[:height, :width].astype(np.float32) / 255 * np.float32(min(1.5, 0.55 + 0.45 * strength))
    return np.asarray(1 - (1 - light) * (1 - np.clip(shine, 0, 1)[..., None]), np.float32)


def _softened(light: Light, subject: Alpha, strength: float) -> Light:
    """What is behind the subject, out of focus; the subject itself does not shine into it."""
    radius = max(1.0, 0.014 * strength * min(light.shape[:2]))
    rest = 1 - subject[..., None]
    behind = cv2.GaussianBlur(light * rest, (0, 0), radius)
    seen = cv2.GaussianBlur(rest, (0, 0), radius)[..., None]
    return np.asarray(np.where(seen > 0.02, behind / np.maximum(seen, 0.02), light), np.float32)


def _corners(width: int, height: int) -> Light:
    ys, xs = (np.linspace(-1, 1, side, dtype=np.float32) for side in (height, width))
    away: Light = smoothstep(0.35, 2.1, xs[None, :] ** 2 + ys[:, None] ** 2)[..., None].astype(np.float32)
    return away
