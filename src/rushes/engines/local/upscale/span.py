"""The SPAN network on ncnn: a picture twice, three or four times as large, tile by tile, some tiles at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.tiles import Tile, tiles_with_margins
from rushes.processors import threads

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]

SCALES = (2, 3, 4)
_THREADS = 4
_SIDE = 208
"""Of a square tile, in pixels of the small picture: the network then takes up to 350 MB for each that is worked
on. Others have no more pixels than that."""
MARGIN = 16
"""What the network sees of a tile's neighbours: it looks little further, so that tiles meet without a seam. Beyond the
picture's own edges it makes something up itself, and does that better than mirrors would."""
_BELIEVED, _DOUBTED = 18.0, 40.0
"""How far the answer, made small again, may be from what was asked: from there on it is doubted, then dropped."""
_CALMER = (0.4, 0.2)
"""Contrasts at which it is asked again. The network was trained on photographs: on hard pixel patterns (small type on
screens, dithering, strong noise) its answer overshoots a hundredfold, which less contrast prevents."""
_MIDDLE = 0.5
_RINGING = 13
"""Pixels of the small picture around a doubted one that are doubted with it."""


class Span:
    """One of the two networks."""

    def __init__(self, folder: Path, scale: int) -> None:
        """folder: the store's group. scale: one of SCALES; three times is four times, made smaller.

        Raises RuntimeError where the files cannot be used.
        """
        import ncnn

        self.scale = scale
        self._native = 2 if scale == 2 else 4
        self._ncnn: Any = ncnn
        net = ncnn.Net()
        net.opt.use_vulkan_compute = False
        # A thread to a tile: threads that share one wait for each other in every layer, for a third of the time.
        net.opt.num_threads = 1
        # Kept: every new thread would take its memory from another heap, while the last one's lies there unused.
        self._pool = ThreadPoolExecutor(threads(_THREADS), "span")
        # Half the precision: fp16 is no faster on processors; bf16 is, by a sixth, but neighbouring tiles then differ
        # by up to seven levels, and on hard patterns it overshoots at every contrast.
        net.opt.use_fp16_storage = net.opt.use_fp16_packed = net.opt.use_fp16_arithmetic = False
        name = str(folder / f"x{self._native}")
        if net.load_param(f"{name}.param") or net.load_model(f"{name}.bin"):
            raise RuntimeError("the network's files cannot be read")
        self._net = net
        self._input, self._output = net.input_names()[0], net.output_names()[-1]

    def enlarged(self, picture: Picture, report: Callable[[float], None] = lambda _: None) -> Picture:
        """RGB uint8 (h, w, 3) as (h * scale, w * scale, 3). report: told the share that is done, 0-1.

        Raises RuntimeError where the network fails.
        """
        height, width = picture.shape[:2]
        out = np.empty((height * self.scale, width * self.scale, 3), np.uint8)
        parts = list(tiles_with_margins(height, width, _SIDE, MARGIN))
        for number, _ in enumerate(self._pool.map(partial(self._enlarge, picture, out), parts), 1):
            report(number / len(parts))
        return out

    def _enlarge(self, picture: Picture, out: Picture, tile: Tile) -> None:
        """Fill one tile's place in the large picture."""
        scale, native = self.scale, self._native
        top, left = max(0, tile.top - MARGIN), max(0, tile.left - MARGIN)
        seen = self._sane(picture[top : tile.bottom + MARGIN, left : tile.right + MARGIN])
        large = seen[
            (tile.top - top) * native : (tile.bottom - top) * native,
            (tile.left - left) * native : (tile.right - left) * native,
        ]
        size = ((tile.right - tile.left) * scale, (tile.bottom - tile.top) * scale)
        if native != scale:
            large = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
        out[tile.top * scale : tile.bottom * scale, tile.left * scale : tile.right * scale] = _cut_off(large)

    def _sane(self, picture: Picture) -> Field:
        """The network's answer; where it is no enlargement of the picture, one at less contrast, or a plain one."""
        large = self._run(picture)
        for contrast in _CALMER:
            doubt = _doubt(large, picture)
            if doubt is None:
                return large
            large = _mixed(large, self._framed(picture, contrast), doubt)
        doubt = _doubt(large, picture)
        if doubt is None:
            return large
        plain = cv2.resize(picture, large.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        return _mixed(large, plain.astype(np.float32), doubt)

    def _framed(self, picture: Picture, contrast: float) -> Field:
        """As `_run`, of a picture with mirrors around it: at bare edges it overshoots sooner."""
        mirrored = cv2.copyMakeBorder(picture, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REFLECT_101)
        frame = MARGIN * self._native
        return self._run(mirrored, contrast)[frame:-frame, frame:-frame]

    def _run(self, picture: Picture, contrast: float = 1.0) -> Field:
        """The network's answer, 0-255 and a little beyond."""
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / np.float32(255)
        if contrast != 1:
            planes = (planes - _MIDDLE) * np.float32(contrast) + _MIDDLE
        # A Mat borrows the array's memory, and an array the Mat's: both are copied while the other is alive.
        given = self._ncnn.Mat(planes).clone()
        extractor = self._net.create_extractor()
        extractor.input(self._input, given)
        failed, answer = extractor.extract(self._output)
        if failed:
            raise RuntimeError("the network did not run")
        # OpenCV puts colours side by side four times as fast as NumPy does.
        large: Field = cv2.merge(list(np.asarray(answer)))
        if not math.isfinite(sum(cv2.sumElems(large))):
            raise RuntimeError("the network's answer is not made of numbers")
        large *= np.float32(255 / contrast)
        if contrast != 1:
            large += np.float32(255 * _MIDDLE * (1 - 1 / contrast))
        return large


def _cut_off(large: Field) -> Picture:
    """Whole levels. Converting alone would let what is out of range wrap around; NumPy takes three rounds for it."""
    whole: Picture = cv2.addWeighted(large, 1, large, 0, 0, dtype=cv2.CV_8U)
    return whole


def _doubt(large: Field, picture: Picture) -> Field | None:
    """How little an answer (0-255) is to be believed, 0-1 for each pixel of the small picture (h, w); None for none."""
    again = cv2.resize(_cut_off(large), picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    red, green, blue = cv2.split(cv2.absdiff(again, picture))
    apart: Field = cv2.blur(cv2.max(cv2.max(red, green), blue).astype(np.float32), (5, 5))
    if apart.max() <= _BELIEVED:
        return None
    doubt = np.clip((apart - _BELIEVED) / (_DOUBTED - _BELIEVED), 0, 1)
    # Beside what overshoots it still rings.
    wide: Field = cv2.blur(cv2.dilate(doubt, np.ones((_RINGING, _RINGING), np.uint8)), (5, 5))
    return wide


def _mixed(large: Field, other: Field, share: Field) -> Field:
    """share (h, w), of any size: how much of the other."""
    much = cv2.resize(share, large.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
    mixed: Field = large + much * (other - large)
    return mixed
