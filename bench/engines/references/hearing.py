"""faster-whisper's own `transcribe`, with word times and its filter for silence, as its README shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import os

    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(models / "hearing"), device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1,
        local_files_only=True,
    )  # fmt: skip

    def work(given: list[str], text: str, folder: Path) -> None:
        segments, _ = model.transcribe(
            given[0], word_timestamps=True, vad_filter=True, condition_on_previous_text=False
        )
        said = [[word.word, float(word.start), float(word.end)] for segment in segments for word in segment.words or ()]
        (folder / "plain.json").write_text(json.dumps(said))

    return work
