"""A chat answered by xllamacpp, as its README shows: the library's options as they are, but as many threads
as ours, which leaves one core to others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from rushes.processors import processors


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(next((models / "llm_tiny").glob("*.gguf")))
    params.n_ctx = 2048
    params.verbosity = 1
    params.cpuparams.n_threads = max(1, processors() - 1)
    server = xllamacpp.Server(params)

    def work(given: list[str], text: str, folder: Path) -> None:
        answer = server.handle_chat_completions(json.loads(text))
        (folder / "plain.json").write_text(json.dumps(answer))

    return work
