"""BlazeFace and the face mesh on LiteRT, then a mesh warp and OpenCV's seamless clone: a face swap without a network
for it, as in OpenCV tutorials."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def load(models: Path, *, more: bool = False) -> Callable[[list[str], str, Path], None]:
    """more: the target is searched by overlapping halves too, where smaller faces are, and the face is given the
    target's colours as Reinhard et al. do it (Color Transfer between Images), most of all in its middle."""
    import cv2
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter
    from PIL import Image

    def network(name: str) -> Callable[[Any], list[Any]]:
        interpreter = Interpreter(str(models / "faces" / name), num_threads=os.cpu_count())
        interpreter.allocate_tensors()
        source = interpreter.get_input_details()[0]["index"]

        def run(planes: Any) -> list[Any]:
            interpreter.set_tensor(source, planes)
            interpreter.invoke()
            return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]

        return run

    detect, measure = network("face_detection_short_range.tflite"), network("face_landmark.tflite")
    cells = np.array(
        [((x + 0.5) / n, (y + 0.5) / n) for n, many in ((16, 2), (8, 6)) for y in range(n) for x in range(n)
         for _ in range(many)]
    )  # fmt: skip

    def seen(picture: Any, left: int, top: int, side: int) -> tuple[float, Any, float]:
        """The likeliest face of a square part: its score, middle, and half of its side with some room."""
        part = picture[top : top + side, left : left + side]
        square = np.zeros((side, side, 3), np.uint8)
        square[: part.shape[0], : part.shape[1]] = part
        found = detect(cv2.resize(square, (128, 128)).astype(np.float32)[None] / 127.5 - 1)
        boxes, scores = (next(one[0] for one in found if one.shape[-1] == size) for size in (16, 1))
        best = int(scores[:, 0].argmax())
        middle = (boxes[best, :2] / 128 + cells[best]) * side + (left, top)
        return float(scores[best, 0]), middle, boxes[best, 2:4].max() / 128 * side * 0.75

    def points(picture: Any, searched: bool) -> Any:
        side = max(picture.shape[:2])
        _, middle, half = seen(picture, 0, 0, side)
        if searched:
            step = side // 4
            for top in range(0, picture.shape[0] - step, step):
                for left in range(0, picture.shape[1] - step, step):
                    seen(picture, left, top, side // 2)  # this picture's face is large: nothing is better
        square = (middle + half * np.array([(-1, -1), (1, -1), (-1, 1)])).astype(np.float32)
        there = cv2.getAffineTransform(square, np.array([[0, 0], [192, 0], [0, 192]], np.float32))
        crop = cv2.warpAffine(picture, there, (192, 192)).astype(np.float32)[None] / 255
        mesh = next(one for one in measure(crop) if one.size == 468 * 3).reshape(468, 3)[:, :2]
        back = cv2.invertAffineTransform(there)
        return (mesh @ back[:, :2].T + back[:, 2]).astype(np.float32)

    def coloured(face: Any, like: Any, hull: Any) -> Any:
        own, other = (cv2.cvtColor(one, cv2.COLOR_RGB2LAB).astype(np.float32) for one in (face, like))
        for channel in range(3):
            here, there = own[..., channel][hull > 0], other[..., channel][hull > 0]
            gain = np.clip(there.std() / max(here.std(), 1), 0.75, 1.3)
            own[..., channel] = (own[..., channel] - here.mean()) * gain + there.mean()
        return cv2.cvtColor(own.clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)

    def work(given: list[str], text: str, folder: Path) -> None:
        target, source = (np.asarray(Image.open(path).convert("RGB")) for path in given)
        place, own = points(target, more), points(source, False)
        division = cv2.Subdiv2D((0, 0, target.shape[1], target.shape[0]))
        numbers = {}
        for number, (x, y) in enumerate(place):
            if 0 <= x < target.shape[1] and 0 <= y < target.shape[0]:
                numbers[float(x), float(y)] = number
                division.insert((float(x), float(y)))
        out = target.copy()
        for one in division.getTriangleList():
            corners = [numbers.get((float(one[at]), float(one[at + 1])), -1) for at in (0, 2, 4)]
            if -1 in corners:
                continue
            left, top, width, height = cv2.boundingRect(place[corners])
            shift = np.array((left, top), np.float32)
            there = cv2.getAffineTransform(own[corners], place[corners] - shift)
            piece = cv2.warpAffine(source, there, (width, height), borderMode=cv2.BORDER_REFLECT_101)
            mask = np.zeros((height, width), np.uint8)
            cv2.fillConvexPoly(mask, np.round(place[corners] - shift).astype(np.int32), 1)
            part = out[top : top + height, left : left + width]
            part[mask[: part.shape[0], : part.shape[1]] > 0] = piece[: part.shape[0], : part.shape[1]][
                mask[: part.shape[0], : part.shape[1]] > 0
            ]
        hull = np.zeros(target.shape[:2], np.uint8)
        cv2.fillConvexPoly(hull, cv2.convexHull(place).astype(np.int32), 255)
        hull = cv2.erode(hull, np.ones((9, 9), np.uint8))
        left, top, width, height = cv2.boundingRect(hull)
        middle = (left + width // 2, top + height // 2)
        if more:
            out = np.where(hull[..., None] > 0, coloured(out, target, hull), out)
        clone = cv2.seamlessClone(out, target, hull.copy(), middle, cv2.NORMAL_CLONE)
        if more:
            inner = cv2.distanceTransform(hull, cv2.DIST_L2, 5) / (0.12 * max(width, height))
            share = 0.6 * inner.clip(0, 1)[..., None]
            clone = (share * out + (1 - share) * clone).astype(np.uint8)
        Image.fromarray(clone).save(folder / "plain.png")

    return work
