"""Video to video: every frame of a clip in the look that the prompt names. Filters and grading, no artist's hand.

What would flicker from frame to frame is held still: where haze lies and the sun stands is settled by the first frame,
and brush strokes are kept wherever the clip does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.composer.plane import to_i420, to_yuv
from rushes.engines.local.composer.stills.grading import Grader, Look, vocabulary
from rushes.engines.local.composer.stills.wishes import Wish, read_wish
from rushes.media.clips import clip_frames
from rushes.media.probe import UnreadableMedia

Picture = NDArray[np.uint8]
_UNNAMED = "painting"
"""The look of a clip whose prompt names none."""
_STROKES = frozenset(("sketch", "cartoon", "painting", "pixels"))
_STILL, _MOVING = 3.0, 14.0
"""Change in brightness below which strokes are kept, and from which on they are drawn anew."""
_KEPT = 0.8


class Restyler:
    """One clip's looks, chosen by the prompt. `done` says what they are, for the result's warnings."""

    def __init__(self, prompt: str, strength: float, seed: int) -> None:
        """strength: 0 leaves the clip as it is, 1 changes it wholly."""
        wish = read_wish(prompt)
        self._strength = min(1.0, max(0.0, strength))
        looks = _looks(wish)
        self.done = _done(wish, looks, self._strength)
        looks = looks or ((_UNNAMED, vocabulary().look[_UNNAMED]),)
        self._graders = [Grader(look, wish.strength, seed) for _, look in looks]
        self._steady = _Steady() if any(look.effect in _STROKES for _, look in looks) else None

    def frame(self, picture: Picture, time: float) -> Picture:
        """A frame, RGB uint8 (h, w, 3), in the new look; `time` in seconds since the first one."""
        if not self._strength:
            return picture
        styled = picture
        for grader in self._graders:
            styled = grader.graded(styled, time)
        if self._steady is not None:
            styled = self._steady.held(picture, styled)
        mixed: Picture = cv2.addWeighted(picture, 1 - self._strength, styled, self._strength, 0)
        return mixed


def restyled_frames(
    clip: Path, restyler: Restyler, width: int, height: int, fps: int, seconds: float, warn: Callable[[str], None]
) -> Iterator[Picture]:
    """The clip's frames at this size and rate in their new look, as I420 (BT.709, limited range).

    width, height: even, in pixels. It ends where the clip ends, which `warn` is told when that is early. Raises
    EngineError where the clip cannot be read.
    """
    made = 0
    try:
        for picture in clip_frames(clip, width=width, height=height, fps=fps, seconds=seconds):
            yield to_i420(*to_yuv(restyler.frame(picture, made / fps)))
            made += 1
    except UnreadableMedia as error:
        if not made:
            raise EngineError(FailureCode.INVALID_INPUT, f"reference_video: {error}") from error
        warn(f"the clip is damaged after {made / fps:.1f} seconds")
    if made < round(fps * seconds) - 1:
        warn(f"the clip ends after {made / fps:.1f} seconds, and so does the result")


class _Steady:
    """Keeps strokes where nothing moves: noise of the clip would set them trembling."""

    def __init__(self) -> None:
        self._before: Picture | None = None
        self._held: Picture | None = None

    def held(self, source: Picture, styled: Picture) -> Picture:
        height, width = source.shape[:2]
        small = (max(1, width // 2), max(1, height // 2))
        # Noise is finer than what moves.
        grey = cv2.cvtColor(cv2.resize(source, small, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        grey = cv2.GaussianBlur(grey, (0, 0), 2.0)
        if self._before is not None and self._held is not None:
            change = cv2.absdiff(grey, self._before).astype(np.float32)
            # What moves is followed wholly, its rim too.
            change = cv2.dilate(change, np.ones((5, 5), np.uint8))
            kept = _KEPT * np.clip((_MOVING - change) / (_MOVING - _STILL), 0, 1)
            share = cv2.resize(kept, (width, height), interpolation=cv2.INTER_LINEAR)
            styled = cv2.blendLinear(self._held, styled, share, 1 - share)
        self._before, self._held = grey, styled
        return styled


def _looks(wish: Wish) -> tuple[tuple[str, Look], ...]:
    """Those that need no subject: none is cut out of a moving picture here."""
    return tuple((name, look) for name, look in wish.looks if not look.background)


def _done(wish: Wish, looks: tuple[tuple[str, Look], ...], strength: float) -> str:
    if not strength:
        return "strength 0: the clip was only fitted to its size and encoded again"
    if looks:
        named = ", ".join(name.replace("_", " ") for name, _ in looks)
        done = [f"every frame was given the look that the prompt names ({named}), at strength {strength:g}"]
    else:
        done = [f"the prompt names no look that can be given to a clip: a {_UNNAMED}'s was, at strength {strength:g}"]
    if len(looks) < len(wish.looks):
        done.append("no subject is cut out of a clip: its background was not treated by itself")
    if wish.adds or wish.removes or wish.place or wish.ground is not None:
        done.append("nothing was added, removed or set into another place")
    return "; ".join(done)
