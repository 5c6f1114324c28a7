"""MiniLM on onnxruntime, as sentence-transformers runs it: 32 texts at a time, the longest first, mean, length 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    import numpy as np
    import onnxruntime
    from tokenizers import Tokenizer

    session = onnxruntime.InferenceSession(str(models / "embed" / "model.onnx"), providers=["CPUExecutionProvider"])
    tokenizer: Any = Tokenizer.from_file(str(models / "embed" / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()

    def work(given: list[str], text: str, folder: Path) -> None:
        texts = text.split("\n")
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        vectors = np.zeros((len(texts), 384), np.float32)
        for at in range(0, len(order), 32):
            chosen = order[at : at + 32]
            read = tokenizer.encode_batch([texts[number] for number in chosen])
            ids = np.array([each.ids for each in read], np.int64)
            mask = np.array([each.attention_mask for each in read], np.int64)
            given_ids = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            hidden = session.run(None, given_ids)[0]
            mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
            vectors[chosen] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        np.save(folder / "plain.npy", vectors)

    return work
