"""`rushes`, with the openai tests' engines in place of its own: real files of every kind at once. Run as a module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rushes import embedded, services
from rushes.engines.contract import Engine
from rushes.engines.text import TextEngine
from rushes.settings import Settings
from tests.openai.engines import Fake, Scribe
from tests.openai.vectors import Vectors


def fakes(settings: Settings, scratch: Path, *_: Any) -> dict[str, Engine]:
    return {name: Fake(name, scratch, modes) for name, modes in embedded.LOCAL.items()}


def vectors(*_: Any) -> TextEngine:
    return Vectors()


def scribe(*_: Any) -> TextEngine:
    return Scribe()


if __name__ == "__main__":
    from rushes.cli.main import main

    services.make_engines = fakes  # type: ignore[assignment]
    services.make_text_engine = scribe  # type: ignore[assignment]
    services.make_embeddings = vectors  # type: ignore[assignment]
    main()
