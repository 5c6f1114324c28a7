"""Reads prompts with whatever helpers are installed, and holds the pictures of things."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rushes.engines.local.composer.art import ArtIndex, Nearest, Sprites
from rushes.engines.local.composer.reading import read_prompt
from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.weights import Assets


class Reader:
    """From prompts to scenes."""

    def __init__(self, assets: Assets) -> None:
        self._index = ArtIndex(assets.art) if assets.art is not None else None
        self._nearest: Callable[[list[str]], list[tuple[str, float]]] | None = None
        if self._index is not None and assets.embed is not None and assets.cache is not None:
            self._nearest = _remembering(self._index, assets.embed, assets.cache)
        self.sprites = Sprites(self._index)
        self.warnings: tuple[str, ...] = ()
        """What the user is told wherever things are drawn."""
        if self._index is None:
            self.warnings = ("drawn with plain shapes: the art is not installed (`rushes models pull art`)",)

    def scene(self, prompt: str, seed: int) -> SceneSpec:
        """The scene of a prompt. The same arguments give the same scene."""
        codes = self._index.codes if self._index is not None else None
        return read_prompt(prompt, seed, codes=codes, nearest=self._nearest)


def _remembering(index: ArtIndex, folder: Path, cache: Path) -> Callable[[list[str]], list[tuple[str, float]]]:
    """Asks about each word once: the next seed reads the same prompt, and the model takes a second to load."""
    known: dict[str, tuple[str, float]] = {}

    def asked(words: list[str]) -> list[tuple[str, float]]:
        fresh = [word for word in dict.fromkeys(words) if word not in known]
        if fresh:
            nearest = Nearest(folder / "model.onnx", folder / "tokenizer.json", index.names(), cache)
            known.update(zip(fresh, nearest(fresh), strict=True))
        return [known[word] for word in words]

    return asked
