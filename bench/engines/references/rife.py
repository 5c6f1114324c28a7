"""RIFE on onnxruntime for every two frames: flow, warp, blend, as in the network's own inference script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.engines.references.clip import remade

_STEP = 64


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import cv2
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(str(models / "rife" / "flow.onnx"), providers=["CPUExecutionProvider"])

    def between(first: Any, last: Any) -> Any:
        height, width = first.shape[:2]
        below, right = -height % _STEP, -width % _STEP
        pair = [cv2.copyMakeBorder(one, 0, below, 0, right, cv2.BORDER_REPLICATE) for one in (first, last)]
        high, wide = height + below, width + right
        across, down = np.meshgrid(np.linspace(-1, 1, wide), np.linspace(-1, 1, high))
        planes = [np.ascontiguousarray(one.transpose(2, 0, 1)[None], np.float32) / 255 for one in pair]
        flow, share = session.run(
            ["flow", "mask"],
            {
                "first": planes[0],
                "last": planes[1],
                "t": np.full((1, 1, 1, 1), 0.5, np.float32),
                "grid": np.stack([across, down], axis=-1)[None].astype(np.float32),
                "step": np.array([2 / (wide - 1), 2 / (high - 1)], np.float32).reshape(1, 1, 1, 2),
            },
        )
        x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
        moved = [
            cv2.remap(one, x + flow[0, 2 * at], y + flow[0, 2 * at + 1], cv2.INTER_LINEAR)
            for at, one in enumerate(pair)
        ]
        mixed = cv2.blendLinear(moved[0], moved[1], share[0, 0], 1 - share[0, 0])
        return np.ascontiguousarray(mixed[:height, :width])

    def doubled(pictures: Iterator[Any]) -> Iterator[Any]:
        first = next(pictures)
        for last in pictures:
            yield first
            yield between(first, last)
            first = last
        yield first
        yield first

    def work(given: list[str], text: str, folder: Path) -> None:
        remade(Path(given[0]), folder / "plain.mp4", 2, doubled)

    return work
