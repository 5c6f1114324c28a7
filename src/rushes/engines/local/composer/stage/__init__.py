"""The painter: draws a scene described in words as an illustrated, moving picture.

A scene is a pile of sheets, painted once and larger than the frame; every frame only moves and blends them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.camera import pose
from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stage.build import build
from rushes.engines.local.composer.stage.scene import Now
from rushes.engines.local.composer.stage.sheet import Frame

Picture = Callable[[Subject, int], NDArray[np.uint8]]
"""The art of a subject at a height in pixels: RGBA uint8 (h, w, 4), straight alpha; (n, h, w, 4) if it moves."""


def scene_frames(
    spec: SceneSpec, width: int, height: int, fps: float, seconds: float, picture: Picture
) -> Iterator[NDArray[np.uint8]]:
    """The frames of a scene.

    width, height: even, in pixels. Yields round(fps * seconds) I420 frames (BT.709, limited range), uint8
    (height * 3 / 2, width), each a new array. The same arguments give the same frames.
    """
    stage, layers, overlay = build(spec, width, height, seconds, picture)
    count = round(fps * seconds)
    for index in range(count):
        frame = Frame(width, height)
        now = Now(index / fps, pose(spec.camera.move, index / max(count - 1, 1), seconds, spec.camera.speed))
        for layer in layers:
            layer.paint(frame, now)
        lens = stage.lens(now.pose)
        if lens is not None:
            frame.through(lens)
        for layer in overlay:
            layer.paint(frame, now)
        yield frame.data
