"""The converters that a group's `derived` files may name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def _rife(source: Path, target: Path) -> None:
    from rushes.engines.local.store.convert_rife import convert

    convert(source, target)


def _denoise(source: Path, target: Path) -> None:
    from rushes.engines.local.store.convert_denoise import convert

    convert(source, target)


CONVERTERS: dict[str, Callable[[Path, Path], None]] = {"rife": _rife, "denoise": _denoise}
"""Each reads the first path and writes the second. What they need is imported only when they run."""
