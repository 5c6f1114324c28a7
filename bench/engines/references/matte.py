"""u2netp on onnxruntime, its answer as the picture's alpha: what rembg does by default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import numpy as np
    import onnxruntime
    from PIL import Image

    session = onnxruntime.InferenceSession(str(models / "matte" / "u2netp.onnx"), providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0].name

    def work(given: list[str], text: str, folder: Path) -> None:
        picture = Image.open(given[0]).convert("RGB")
        small = np.asarray(picture.resize((320, 320), Image.Resampling.LANCZOS)).astype(np.float32)
        small = (small / small.max() - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
        mask = session.run(None, {source: small.transpose(2, 0, 1)[None].astype(np.float32)})[0][0, 0]
        mask = (mask - mask.min()) / (mask.max() - mask.min())
        alpha = Image.fromarray((mask * 255).astype(np.uint8)).resize(picture.size, Image.Resampling.LANCZOS)
        picture.putalpha(alpha)
        picture.save(folder / "plain.png")

    return work
