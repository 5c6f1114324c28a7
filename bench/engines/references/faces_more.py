"""The plain face swap that does what ours does: it looks for small faces, by overlapping halves, and fits colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.engines.references import faces


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    return faces.load(models, more=True)
