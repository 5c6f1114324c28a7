"""One embedding of texts: the render process's entry.

The network reads 256 tokens at most (sentence-transformers' model card of all-MiniLM-L6-v2). Longer texts are read in
windows; their vector is the mean of the windows' weighed by their lengths, as OpenAI's cookbook does it ("Embedding
texts that are longer than the model's maximum context length").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, FailureCode, Output, Request
from rushes.engines.local.embedding.wire import DIMENSIONS, Embedded
from rushes.engines.local.needed import needed
from rushes.processors import threads

Vectors = NDArray[np.float32]
Ids = list[int]

TEXT_TOKENS = 8192
"""Of one text: OpenAI's limit."""
ALL_TOKENS = 300_000
_WINDOW = 254
"""Tokens of a window, without the marks at its ends."""
_BATCH = 16
_THREADS = 4


class MiniLm:
    """The network and its tokenizer, from the weights group `embed`."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads(_THREADS)
        # Every batch has another length: plans of memory for each would only pile up.
        options.enable_mem_pattern = False
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._first, self._last = self._tokenizer.encode("").ids

    def tokens(self, texts: Sequence[str]) -> list[Ids]:
        """Each text's tokens."""
        return [entry.ids for entry in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def embed(self, texts: Sequence[Ids], report: Callable[[float], None] = lambda _: None) -> Vectors:
        """A vector of length 1 for each text's tokens: float32 (n, 384)."""
        windows = [
            (number, ids[at : at + _WINDOW])
            for number, ids in enumerate(texts)
            for at in range(0, max(1, len(ids)), _WINDOW)
        ]
        # Those of a length together: a batch is as long as its longest.
        windows.sort(key=lambda window: len(window[1]))
        sums = np.zeros((len(texts), DIMENSIONS), np.float64)
        for at in range(0, len(windows), _BATCH):
            batch = windows[at : at + _BATCH]
            for (number, ids), vector in zip(batch, self._read([ids for _, ids in batch]), strict=True):
                sums[number] += vector * max(1, len(ids))
            report((at + len(batch)) / len(windows))
        return unit(sums)

    def _read(self, rows: Sequence[Ids]) -> Vectors:
        """The mean over a window's tokens, at length 1."""
        longest = max(len(row) for row in rows) + 2
        ids = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row) + 2] = [self._first, *row, self._last]
            mask[number, : len(row) + 2] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, given)[0]
        return unit((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True))


def unit(vectors: NDArray[Any]) -> Vectors:
    """Each row at length 1."""
    made: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made


def run(
    request: Request, folder: Path, report: Callable[[float], None], settings: dict[str, Any]
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """extra: texts, dimensions (at most 384: the first of them, at length 1 again). One output: an `Embedded`.

    Raises EngineError.
    """
    model = _loaded(needed("embed", settings))
    size = int(request.extra["dimensions"])
    ids = model.tokens(request.extra["texts"])
    _check([len(each) for each in ids])
    vectors = model.embed(ids, report)
    if size < DIMENSIONS:
        vectors = unit(vectors[:, :size])
    made = Embedded(size=size, vectors=vectors.astype("<f4").tobytes(), tokens=tuple(len(each) for each in ids))
    path = folder / "embedded"
    path.write_bytes(msgspec.msgpack.encode(made))
    return (Output(kind="text", mime="application/msgpack", location=str(path)),), ()


def _check(tokens: list[int]) -> None:
    for number, count in enumerate(tokens):
        if count > TEXT_TOKENS:
            what = f"input[{number}] has {count} tokens: at most {TEXT_TOKENS} are accepted"
            raise EngineError(FailureCode.INVALID_INPUT, what)
    if sum(tokens) > ALL_TOKENS:
        what = f"input has {sum(tokens)} tokens in all: at most {ALL_TOKENS} are accepted"
        raise EngineError(FailureCode.INVALID_INPUT, what)


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> MiniLm:
    """The network, kept by this process from one task to the next."""
    return MiniLm(folder)
