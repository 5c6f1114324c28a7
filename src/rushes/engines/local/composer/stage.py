"""Text to video: builds the scene of a spec and films it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.composer.camera import Pose, pose
from rushes.engines.local.composer.frames import Film, Scratch
from rushes.engines.local.composer.scene import actors, effects, painters, view_for
from rushes.engines.local.composer.paint.setting import Setting
from rushes.engines.local.composer.palette import palette_for
from rushes.engines.local.composer.spec import SceneSpec, Subject

PictureOf = Callable[[Subject, int], NDArray[np.uint8]]
"""A subject drawn at a height in pixels: RGBA uint8, straight alpha."""

_PAINTERS = 2


def scene_frames(
    spec: SceneSpec, width: int, height: int, fps: float, seconds: float, picture: PictureOf
) -> Iterator[NDArray[np.uint8]]:
    """The frames of a scene: round(fps * seconds) I420 arrays, uint8 (height * 3 / 2, width).

    width, height: even, in pixels. The same arguments give the same frames.
    """
    count = max(1, round(fps * seconds))
    camera = spec.camera
    poses = [pose(camera.move, index / max(count - 1, 1), seconds, camera.speed, spec.seed) for index in range(count)]
    film = build(spec, width, height, seconds, poses, picture)
    for index, where in enumerate(poses):
        yield film.frame(where, index / fps)


def scene_picture(spec: SceneSpec, width: int, height: int, picture: PictureOf) -> NDArray[np.uint8]:
    """One still of a scene, in I420."""
    return build(spec, width, height, 1.0, [Pose()], picture).frame(Pose(), 0.5)


def build(
    spec: SceneSpec, width: int, height: int, seconds: float, poses: list[Pose], picture: PictureOf
) -> Film:
    """Paint everything that the film needs. poses: all places of the camera that will be filmed."""
    # One frame is drawn by one thread; the other core belongs to the encoder.
    cv2.setNumThreads(1)
    view = view_for(spec, width, height)
    sun_x = 0.7 if spec.seed % 2 else 0.3
    setting = Setting(
        spec=spec,
        view=view,
        palette=palette_for(spec),
        path=poses[:: max(1, len(poses) // 48)] + poses[-1:],
        scratch=Scratch(),
        seconds=seconds,
        sun_x=sun_x,
    )
    with ThreadPoolExecutor(_PAINTERS) as pool:
        painted = list(pool.map(lambda painter: painter(), painters(setting)))
        layers = [layer for some in painted for layer in some]
        layers += actors(setting, picture)
        return Film(view, layers, effects(setting))
