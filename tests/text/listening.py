"""`rushes`, with an ear that always hears the same subtitles. Run as a module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from rushes import services
from rushes.cli.main import main
from rushes.engines.contract import Engine, Mode, Output, Request, Segment, Transcript
from rushes.settings import Settings
from tests.openai.engines import Fake

HEARD = (
    (0.5, 1.75, "<i>Where are you?</i>"),
    (2.0, 3.25, "I am at home. The door is open."),
    (3.5, 4.0, "♪ ♪"),
    (4.25, 6.125, "{\\an8}- Are you alone?\n- Yes, I am alone."),
)
"""When and what."""


class Ear(Fake):
    """Hears HEARD in everything."""

    async def start(self, request: Request) -> dict[str, Any]:
        segments = tuple(Segment(start=start, end=end, text=text) for start, end, text in HEARD)
        text = " ".join(segment.text for segment in segments)
        path = self._scratch / f"{request.job}.json"
        path.write_bytes(msgspec.json.encode(Transcript(language="en", duration=7.0, text=text, segments=segments)))
        output = Output(kind="text", mime="application/json", location=str(path))
        return {"outputs": [msgspec.to_builtins(output)]}


def main_with_ear() -> None:
    make = services.make_engines

    def engines(settings: Settings, scratch: Path, cores: Any) -> dict[str, Engine]:
        ear = Ear("hearing", scratch, frozenset({Mode.SPEECH_TO_TEXT}))
        return {**make(settings, scratch, cores), "hearing": ear}

    services.make_engines = engines
    main()


if __name__ == "__main__":
    main_with_ear()
