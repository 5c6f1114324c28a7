"""The plain face swap, which also looks for small faces: the target by overlapping halves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.engines.references import faces


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    return faces.load(models, small=True)
