"""SPAN on ncnn as ncnn's own examples run a network: the whole picture at once, the library's options as they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import numpy as np
    from PIL import Image

    enlarged = network(models)

    def work(given: list[str], text: str, folder: Path) -> None:
        Image.fromarray(enlarged(np.asarray(Image.open(given[0]).convert("RGB")))).save(folder / "plain.png")

    return work


def network(models: Path) -> Callable[[Any], Any]:
    """From an RGB picture to one twice as large."""
    import ncnn
    import numpy as np

    net = ncnn.Net()
    net.opt.num_threads = os.cpu_count() or 1
    net.load_param(str(models / "span" / "x2.param"))
    net.load_model(str(models / "span" / "x2.bin"))
    source, target = net.input_names()[0], net.output_names()[-1]

    def enlarged(picture: Any) -> Any:
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255
        mat = ncnn.Mat(planes).clone()
        extractor = net.create_extractor()
        extractor.input(source, mat)
        large = np.array(extractor.extract(target)[1], copy=True)
        return (large.transpose(1, 2, 0) * 255 + 0.5).clip(0, 255).astype(np.uint8)

    return enlarged
