"""Sentence embeddings: texts to vectors whose dot product says how near their meanings are."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
WIDTH = 384
_MAX_TOKENS = 128
_BATCH = 64


class Embedder:
    """MiniLM on one CPU thread.

    `model_path` is the ONNX file, `tokenizer_path` its tokenizer.json. Raises OSError or the runtime's own
    error when a file is missing or broken.
    """

    def __init__(self, model_path: Path, tokenizer_path: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(model_path), options, providers=["CPUExecutionProvider"])
        self._wanted = {one.name for one in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(tokenizer_path))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._model_path = model_path
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32, each row of length 1."""
        rows = [self._batch(list(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, WIDTH), np.float32)

    def embed_kept(self, texts: Sequence[str], folder: Path | None) -> Vectors:
        """Like `embed`, for long lists that never change: remembered here, and in `folder` for the next process."""
        key = self._key(texts)
        if key in self._known:
            return self._known[key]
        kept = folder / f"vectors-{key}.npy" if folder is not None else None
        vectors = _load(kept, len(texts)) if kept is not None else None
        if vectors is None:
            vectors = self.embed(texts)
            if kept is not None:
                _save(kept, vectors)
        self._known[key] = vectors
        return vectors

    def _batch(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        feed = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        tokens = self._session.run(None, {name: value for name, value in feed.items() if name in self._wanted})[0]
        weights = mask[:, :, None].astype(np.float32)
        pooled = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        result: Vectors = (pooled / np.maximum(length, 1e-9)).astype(np.float32)
        return result

    def _key(self, texts: Sequence[str]) -> str:
        # The size stands for the weights: hashing 20 MB at every start would cost more than it guards.
        digest = hashlib.sha256(f"{self._model_path.stat().st_size}\n".encode())
        digest.update("\n".join(texts).encode("utf-8", "replace"))
        return digest.hexdigest()[:24]


def _load(path: Path, rows: int) -> Vectors | None:
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if vectors.shape != (rows, WIDTH) or vectors.dtype != np.float32:
        return None
    return np.asarray(vectors, np.float32)


def _save(path: Path, vectors: Vectors) -> None:
    """Best effort: a folder that cannot be written only costs time at the next start."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as out:
            np.save(out, vectors)
        Path(name).replace(path)
    except OSError:
        return
