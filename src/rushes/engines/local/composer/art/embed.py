"""Meaning of short texts as vectors (all-MiniLM-L6-v2), and the art whose name is nearest to a word."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
_TOKENS = 64


class Embedder:
    """Sentence embeddings on one thread."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.enable_padding()

    def embed(self, texts: list[str]) -> Vectors:
        """One vector of length 1 for each text: float32 (n, 384)."""
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([entry.ids for entry in encoded], np.int64)
        mask = np.array([entry.attention_mask for entry in encoded], np.int64)
        [hidden] = self._session.run(
            None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        )[:1]
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        vectors: Vectors = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)
        return vectors


class Nearest:
    """Finds the art for a word. The model is loaded when it is first asked; the names' vectors are kept on disk."""

    def __init__(self, model: Path, tokenizer: Path, names: Mapping[str, str], cache: Path) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._codes = list(names)
        self._names = list(names.values())
        known = "\n".join([str(model.stat().st_size), *self._names])
        self._file = cache / f"art-names-{hashlib.sha256(known.encode()).hexdigest()[:16]}.npy"

    def __call__(self, words: list[str]) -> list[tuple[str, float]]:
        """For each word the code of the nearest name, and how near it is (0 to 1)."""
        embedder = Embedder(self._model, self._tokenizer)
        near = embedder.embed(words) @ self._vectors(embedder).T
        for row, word in enumerate(words):
            near[row, [spelled_alike(word, name) for name in self._names]] = 0.0
        best = near.argmax(1)
        return [(self._codes[index], float(near[row, index])) for row, index in enumerate(best)]

    def _vectors(self, embedder: Embedder) -> Vectors:
        try:
            kept: Vectors = np.load(self._file, allow_pickle=False)
            if kept.shape[0] == len(self._names):
                return kept
        except (OSError, ValueError):
            pass
        made = np.concatenate([embedder.embed(self._names[at : at + 64]) for at in range(0, len(self._names), 64)])
        # The cache only saves time, so a folder that cannot be written to is no reason to fail.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part = self._file.with_suffix(f".{os.getpid()}.npy")
            np.save(part, made, allow_pickle=False)
            part.replace(self._file)
        return made


def spelled_alike(word: str, name: str) -> bool:
    """Whether a name's word is only a part of the word: near in letters, not in meaning (dragonfly, dragon)."""
    return any(part != word and len(part) > 2 and word.startswith(part) | word.endswith(part) for part in name.split())
