"""What ours does, plainly: u2netp on onnxruntime for the whole picture and again for its subject's box, then the guided
filter in colour (He et al., Guided Image Filtering, equations 19 to 21) in NumPy, twice, and last the subject's own
colours by blurring both sides (Forte, Approximate Fast Foreground Colour Estimation, 2021), twice too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

_RADIUS, _SMOOTH, _ROOM = 14, 2e-4, 0.3


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import cv2
    import numpy as np
    import onnxruntime
    from PIL import Image

    session = onnxruntime.InferenceSession(str(models / "matte" / "u2netp.onnx"), providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0].name

    def look(picture: Any) -> Any:
        small = np.asarray(picture.resize((320, 320), Image.Resampling.LANCZOS)).astype(np.float32)
        small = (small / small.max() - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
        mask = session.run(None, {source: small.transpose(2, 0, 1)[None].astype(np.float32)})[0][0, 0]
        mask = (mask - mask.min()) / (mask.max() - mask.min())
        return cv2.resize(mask, picture.size, interpolation=cv2.INTER_CUBIC)

    def guided(guide: Any, mask: Any) -> Any:
        def mean(values: Any) -> Any:
            return cv2.blur(values, (2 * _RADIUS + 1, 2 * _RADIUS + 1))

        middle, masked = mean(guide), mean(mask)
        together = mean(guide * mask[..., None]) - middle * masked[..., None]
        products = (guide[..., :, None] * guide[..., None, :]).reshape(*mask.shape, 9)
        spread = np.dstack([mean(products[..., at : at + 3]) for at in (0, 3, 6)]).reshape(*mask.shape, 3, 3)
        spread += _SMOOTH * np.eye(3, dtype=np.float32) - middle[..., :, None] * middle[..., None, :]
        slope = np.linalg.solve(spread, together[..., None])[..., 0]
        return (mean(slope) * guide).sum(axis=2) + mean(masked - (slope * middle).sum(axis=2))

    def freed(colours: Any, alpha: Any) -> Any:
        front, behind = colours, colours
        for size in (97, 11):
            sides = []
            for side, share in ((front, alpha), (behind, 1 - alpha)):
                many = cv2.blur(side * share, (size, size)) / (cv2.blur(share, (size, size))[..., None] + 1e-5)
                sides.append(many)
            front, behind = sides
            front = (front + alpha * (colours - alpha * front - (1 - alpha) * behind)).clip(0, 1)
        return front

    def work(given: list[str], text: str, folder: Path) -> None:
        picture = Image.open(given[0]).convert("RGB")
        rows, columns = np.nonzero(look(picture) > 0.5)
        across, down = _ROOM * np.ptp(columns), _ROOM * np.ptp(rows)
        left, top = max(0, int(columns.min() - across)), max(0, int(rows.min() - down))
        right, bottom = min(picture.width, int(columns.max() + across)), min(picture.height, int(rows.max() + down))
        part = picture.crop((left, top, right, bottom))
        guide = np.asarray(part).astype(np.float32) / 255
        better = guided(guide, look(part).clip(0, 1))
        alpha = np.zeros((picture.height, picture.width, 1), np.float32)
        alpha[top:bottom, left:right, 0] = guided(guide, (2 * better - 0.5).clip(0, 1)).clip(0, 1)
        pure = freed(np.asarray(picture).astype(np.float32) / 255, alpha)
        Image.fromarray((np.dstack([pure, alpha]) * 255).astype(np.uint8)).save(folder / "plain.png")

    return work
