"""SPAN frame by frame: decoded and encoded by PyAV, with the same encoder's settings as ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.engines.references.clip import remade
from bench.engines.references.span import network


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    enlarged = network(models)

    def work(given: list[str], text: str, folder: Path) -> None:
        def frames(pictures: Any) -> Any:
            return (enlarged(picture) for picture in pictures)

        remade(Path(given[0]), folder / "plain.mp4", 1, frames)

    return work
