"""One picture of a subject with what it holds, or of a mount with its rider."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rushes.engines.local.composer.spec import Prop, Subject
from rushes.engines.local.composer.stage.warp import Bytes

Picture = Callable[[Subject, int], Bytes]
_BOARDS = ("canoe",)
"""What one stands on; on everything else one sits, the legs behind it."""
_SEAT = 0.66
"""How much of a rider is seen."""


def whole(subject: Subject, height: int, picture: Picture) -> Bytes:
    """The picture of `subject`, itself `height` pixels high, with its props: straight RGBA, one or several poses."""
    art = picture(subject, height)
    for prop in subject.props:
        art = _with(art, prop, subject, height, picture)
    return art


def _with(art: Bytes, prop: Prop, subject: Subject, height: int, picture: Picture) -> Bytes:
    poses = art if art.ndim == 4 else art[None]
    made = [_one(pose, prop, subject, height, picture) for pose in poses]
    return np.stack(made) if art.ndim == 4 else made[0]


def _one(art: Bytes, prop: Prop, subject: Subject, height: int, picture: Picture) -> Bytes:
    ahead = 1 if subject.faces == "right" else -1
    middle = art.shape[1] / 2
    top = art.shape[0] - height  # of the subject itself: something may stand out above it already
    match prop.how:
        case "over":
            thing = _first(picture(prop.subject, max(4, round(0.75 * height))))
            return _laid(art, thing, middle + ahead * 0.08 * height, top + 0.5 * height, behind=True)
        case "hand" if prop.subject.silhouette == "balloon":  # on its string, above the head
            thing = _first(picture(prop.subject, max(4, round(0.5 * height))))
            return _laid(art, thing, middle + ahead * 0.3 * height, top + 0.4 * height, behind=True)
        case "hand":
            share = min(0.42, max(0.2, prop.subject.height / max(subject.height, 0.05)))
            thing = _first(picture(prop.subject, max(4, round(share * height))))
            return _laid(art, thing, middle + ahead * 0.1 * height, top + 0.66 * height, behind=False)
        case "foot":
            thing = _first(picture(prop.subject, max(4, round(0.2 * height))))
            return _laid(art, thing, middle + ahead * 0.36 * height, float(art.shape[0]), behind=False)
        case "mouth":
            flame = np.rot90(_first(picture(prop.subject, max(4, round(0.34 * height)))), 1 if ahead < 0 else 3)
            x = 0.12 * art.shape[1] if ahead < 0 else 0.88 * art.shape[1]
            return _laid(art, flame, x + ahead * flame.shape[1] / 2, top + 0.36 * height, behind=False)
        case "mount":
            share = prop.subject.height / max(subject.height, 0.05)
            rider = _first(picture(prop.subject, max(4, round(min(1.6, max(0.3, 0.85 * share)) * height))))
            back = _back(art)
            if subject.silhouette in _BOARDS:
                return _laid(art, rider, middle, back + 0.12 * height, behind=False)
            rider = rider[: round(_SEAT * rider.shape[0])]
            return _laid(art, rider, middle - ahead * 0.02 * art.shape[1], back + 0.16 * height, behind=True)


def _first(art: Bytes) -> Bytes:
    return art[0] if art.ndim == 4 else art


def _back(art: Bytes) -> float:
    """The row of a mount's back: where its picture begins a little behind the middle."""
    wide = art.shape[1]
    solid = art[:, round(0.48 * wide) : max(round(0.48 * wide) + 1, round(0.62 * wide)), 3] > 128
    rows = np.nonzero(solid.any(axis=1))[0]
    return float(rows[0]) if rows.size else 0.4 * art.shape[0]


def _laid(art: Bytes, thing: Bytes, x: float, foot: float, *, behind: bool) -> Bytes:
    """`thing` laid over or behind `art`, its foot's middle at (x, foot); as much larger as it needs, evenly to both
    sides, so that what was the middle stays it."""
    high, wide = thing.shape[:2]
    left, top = round(x - wide / 2), round(foot - high)
    side = max(0, -left, left + wide - art.shape[1])
    above = max(0, -top)
    below = max(0, top + high - art.shape[0])
    sheet = np.zeros((art.shape[0] + above + below, art.shape[1] + 2 * side, 4), np.float32)
    spot = np.s_[above + top : above + top + high, side + left : side + left + wide]
    own = np.s_[above : above + art.shape[0], side : side + art.shape[1]]
    for part, place in ((thing, spot), (art, own)) if behind else ((art, own), (thing, spot)):
        alpha = part[..., 3:].astype(np.float32) / 255
        flat = np.concatenate((part[..., :3] * alpha, part[..., 3:]), axis=-1, dtype=np.float32)
        sheet[place] = flat + sheet[place] * (1 - alpha)
    # Back to straight alpha.
    colours = sheet[..., :3] * (255 / np.maximum(sheet[..., 3:], 1))
    laid: Bytes = np.clip(np.concatenate((colours, sheet[..., 3:]), axis=-1), 0, 255).astype(np.uint8)
    return laid
