"""Brings the art of a subject into the scene's light, and makes its shadow, reflection and glow."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.stage.noise import Floats
from rushes.engines.local.composer.stage.palette import Look, Tone, haze_share
from rushes.engines.local.composer.stage.warp import Bytes
from rushes.engines.local.composer.stage.wash import between, shade
from rushes.engines.local.composer.stage.yuv import cut_out


def graded(art: Bytes, look: Look, depth: float, light_left: bool, *, glows: bool = False) -> Bytes:
    """Art (straight RGBA) as this scene shows it: premultiplied RGBA, even-sided, with a clear rim."""
    height, width = art.shape[:2]
    right, bottom = 2 + (width & 1), 2 + (height & 1)
    art = cv2.copyMakeBorder(art, 2, bottom, 2, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    alpha = cv2.extractChannel(art, 3)
    colour = cv2.cvtColor(art, cv2.COLOR_RGBA2RGB).astype(np.float32) / 255
    if not glows:
        height, width = alpha.shape
        across = np.linspace(1, -1, width, dtype=np.float32)[None, :] * (1 if light_left else -1)
        down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        # Art is drawn in studio light: light it from the scene's side, yet keep it readable in the dark.
        level = float(look.light.max())
        light = look.light * np.float32((0.40 + 0.60 * level) / max(0.05, level))
        shading = 1.0 + 0.13 * across - 0.16 * down * down
        fade = 0.85 * haze_share(look, depth)
        shade(colour, shading)
        cv2.multiply(colour, _scalar(light * (1 - fade)), dst=colour)
        shine = look.sun * np.float32(0.30 * (0.35 + 0.65 * look.sun_clear)) * light * (1 - fade)
        cv2.add(colour, between(_rim(alpha, light_left), look.haze * fade, look.haze * fade + shine), dst=colour)
    return cut_out(cv2.convertScaleAbs(colour, alpha=255), alpha)


def _scalar(colour: Tone) -> tuple[float, ...]:
    """A colour as OpenCV takes it."""
    return (*colour.tolist(), 0.0)


def _rim(alpha: Bytes, light_left: bool) -> Floats:
    """Where the light catches the edge, float32 0–1."""
    reach = max(1, alpha.shape[0] // 60)
    solid = alpha.astype(np.float32) / 255
    shift = np.array([[1, 0, reach if light_left else -reach], [0, 1, reach * 0.8]], np.float32)
    moved = cv2.warpAffine(solid, shift, (alpha.shape[1], alpha.shape[0]))
    soft: Floats = cv2.GaussianBlur(np.clip(solid - moved, 0, 1), (0, 0), max(0.8, reach * 0.7))
    return soft * solid


def cast_shadow(art: Bytes, look: Look, light_left: bool) -> tuple[Bytes, int, int]:
    """The shadow on the ground of premultiplied art: RGBA, and where the art's foot (middle) lies in it."""
    height, width = art.shape[:2]
    hard = look.sun_clear * (1.0 - 0.45 * look.night)
    length = 0.22 if look.sun_height > 0.5 else 0.36
    lean = (0.55 if look.sun_height > 0.5 else 0.9) * (1 if light_left else -1)
    tall = max(4, round(height * length))
    feet = np.nonzero(art[int(height * 0.9) :, :, 3].max(axis=0) > 128)[0]
    reach = max(4.0, (float(feet[-1] - feet[0]) if feet.size else width * 0.6) * 0.56)
    # Room for the soft edge of the dark pool around the feet.
    margin = max(6, round(0.06 * height), round(0.4 * reach))
    wide = round(width + abs(lean) * tall) + 2 * margin
    foot_x = margin + width / 2 + (0 if lean > 0 else abs(lean) * tall)
    foot_y = margin + 0.02 * height
    small = 2
    size = (_even(wide) // small, _even(tall + 2 * margin) // small)
    # The light is behind the scene, so the shadow lies towards the eye, and away from the light's side.
    squash = tall / height
    lay = np.array(
        [
            [1, -lean * squash, foot_x - width / 2 + lean * squash * (height - 3)],
            [0, -squash, foot_y + squash * (height - 3)],
        ]
    )
    shape = cv2.warpAffine(art[..., 3], lay / small, size, flags=cv2.INTER_LINEAR)
    fading = np.linspace(1.1, 0.35, size[1], dtype=np.float32)[:, None]
    blurred = cv2.GaussianBlur(shape, (0, 0), max(0.8, 0.014 * height / small))
    soft = np.minimum(255, blurred * fading) * np.float32(0.46 * hard)
    contact = np.zeros_like(shape)
    shift = (float(feet[0] + feet[-1]) / 2 - width / 2) if feet.size else 0.0
    cv2.ellipse(
        contact, (round((foot_x + shift) / small), round(foot_y / small)),
        (max(1, round(reach / small)), max(1, round(reach * 0.17 / small))), 0, 0, 360, 255, -1,
    )  # fmt: skip
    pool = cv2.GaussianBlur(contact, (0, 0), max(0.8, 0.08 * reach / small)).astype(np.float32) * np.float32(0.50)
    dark = np.clip(255 - (255 - soft) * (255 - pool) / 255, 0, 255).astype(np.uint8)
    dark = cv2.resize(dark, (size[0] * small, size[1] * small), interpolation=cv2.INTER_LINEAR)
    tint = np.empty((*dark.shape, 3), np.uint8)
    tint[:] = np.clip(look.zenith * 40, 0, 60).astype(np.uint8)
    return cut_out(tint, dark), round(foot_x), round(foot_y)


def reflection(art: Bytes, water: Tone, strength: float = 0.5) -> Bytes:
    """The mirror image of premultiplied art in water, fading downwards."""
    flipped = cv2.flip(art, 0).astype(np.float32)
    height, width = art.shape[:2]
    rows = np.linspace(1, 0, height, dtype=np.float32)[:, None, None]
    flipped[..., :3] = 0.6 * flipped[..., :3] + 0.4 * flipped[..., 3:] * water
    ripple = np.sin(np.arange(height, dtype=np.float32) ** 1.15 * (24.0 / height) * 2.0) * (0.012 * width)
    xs = np.arange(width, dtype=np.float32)[None, :] + ripple[:, None]
    ys = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    waved: Bytes = cv2.remap(flipped * rows * np.float32(strength), xs, ys, cv2.INTER_LINEAR).astype(np.uint8)
    return waved


def halo(radius: int, colour: Tone, strength: float) -> Bytes:
    """A round glow, premultiplied RGBA (2 radius, 2 radius)."""
    at = (np.arange(2 * radius, dtype=np.float32) - radius + 0.5) / radius
    distance = np.sqrt(at[None, :] ** 2 + at[:, None] ** 2)
    alpha = np.clip(1 - distance, 0, 1) ** 2 * np.float32(strength)
    glow = np.dstack([alpha[..., None] * colour * 255, alpha * 255])
    soft: Bytes = np.clip(glow, 0, 255).astype(np.uint8)
    return soft


def _even(value: float) -> int:
    return 2 * int(np.ceil(value / 2))
