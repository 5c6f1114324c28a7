"""`rushes` with quick engines, and a quick text engine unless RUSHES_TEXT_MODEL is off. Run as a module."""

from __future__ import annotations

from pathlib import Path

from rushes import embedded, services
from rushes.cli.main import main
from rushes.engines.contract import Engine
from rushes.engines.text import TextEngine
from rushes.settings import Settings
from tests.openai.engines import Fake, Scribe


def fakes(settings: Settings, scratch: Path, _: object) -> dict[str, Engine]:
    return {name: Fake(name, scratch, modes) for name, modes in embedded.LOCAL.items()}


def scribe(settings: Settings, _: object) -> TextEngine | None:
    return None if settings.text_model == "off" else Scribe()


if __name__ == "__main__":
    services.make_engines = fakes
    services.make_text_engine = scribe
    main()
