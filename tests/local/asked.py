"""How many threads an engine asks its library for. Run as a module, with the engine's name and the models' folder.

The libraries are real; each is only watched where it is told.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ASKED: list[int] = []


def watched(owner: Any, name: str, told: Callable[[tuple[Any, ...], dict[str, Any]], int]) -> None:
    real = getattr(owner, name)

    def call(*arguments: Any, **options: Any) -> Any:
        ASKED.append(told(arguments, options))
        return real(*arguments, **options)

    setattr(owner, name, call)


def onnx() -> None:
    import onnxruntime

    watched(onnxruntime, "InferenceSession", lambda given, _: int(given[1].intra_op_num_threads))


def speech(models: Path) -> None:
    from rushes.engines.local.speech.kokoro import Kokoro

    onnx()
    Kokoro(models / "voice")


def matting(models: Path) -> None:
    from rushes.engines.local.matting.free import _loaded

    onnx()
    _loaded(models / "matte")


def interpolate(models: Path) -> None:
    from rushes.engines.local.interpolate.fluent import _loaded

    onnx()
    _loaded(models / "rife")


def denoise(models: Path) -> None:
    from rushes.engines.local.denoise.network import _network

    onnx()
    _network(models / "denoise")


def style(models: Path) -> None:
    from rushes.engines.local.style.networks import _opened

    onnx()
    _opened(str(next((models / "style").glob("*.onnx"))))


def hearing(models: Path) -> None:
    import faster_whisper

    from rushes.engines.local.hearing.hear import _loaded

    watched(faster_whisper, "WhisperModel", lambda _, options: int(options["cpu_threads"]))
    _loaded(models / "hearing")


def faces(models: Path) -> None:
    from ai_edge_litert import interpreter as library

    from rushes.engines.local.faces.finding import interpreter

    watched(library, "Interpreter", lambda _, options: int(options["num_threads"]))
    interpreter(models / "faces" / "face_landmark.tflite")


def upscale(models: Path) -> None:
    from rushes.engines.local.upscale.span import Span

    ASKED.append(Span(models / "span", 2)._pool._max_workers)  # a thread of ours for each tile, and none of ncnn


def main() -> None:
    made: Callable[[Path], None] = globals()[sys.argv[1]]
    made(Path(sys.argv[2]))
    print(json.dumps(ASKED))


if __name__ == "__main__":
    main()
