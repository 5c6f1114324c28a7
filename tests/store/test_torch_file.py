"""Reading weight files of PyTorch: tensors come out, everything else is refused."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rushes.engines.local.store.torch_file import read_tensors


class _Named:
    """Pickles as a reference to a name that need not exist here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Storage:
    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key


class _Tensor:
    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.arguments = (storage, offset, shape, strides, False, OrderedDict())


class _Writer(pickle._Pickler):  # type: ignore[misc]  # the Python pickler can write names that do not exist
    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, _Storage):
            return ("storage", _Named("torch", value.kind), value.key, "cpu", 6)
        return None

    def save(self, value: Any, save_persistent_id: bool = True) -> None:
        if isinstance(value, _Named):
            self.write(b"c" + f"{value.module}\n{value.name}\n".encode())
        elif isinstance(value, _Tensor):
            self.save(_Named("torch._utils", "_rebuild_tensor_v2"))
            self.save(value.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(value, save_persistent_id)


def weight_file(path: Path, content: Any, storages: dict[str, bytes]) -> Path:
    stream = io.BytesIO()
    _Writer(stream, protocol=2).dump(content)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", stream.getvalue())
        for key, data in storages.items():
            archive.writestr(f"archive/data/{key}", data)
    return path


def test_reads_named_tensors(tmp_path: Path) -> None:
    numbers = np.arange(6, dtype=np.float32)
    content = {"a.weight": _Tensor(_Storage("FloatStorage", "0"), 2, (2, 2), (2, 1))}
    tensors = read_tensors(weight_file(tmp_path / "w.pkl", content, {"0": numbers.tobytes()}))
    assert tensors["a.weight"].tolist() == [[2, 3], [4, 5]]


@pytest.mark.parametrize(
    "content",
    [
        {"a": _Named("os", "system")},
        {"a": _Named("builtins", "eval")},
        {"a": _Tensor(_Storage("FloatStorage", "0"), 0, (2, 3), (1, 2))},
        {"a": _Tensor(_Storage("FloatStorage", "../0"), 0, (2, 3), (3, 1))},
        {"a": _Tensor(_Storage("QuantStorage", "0"), 0, (2, 3), (3, 1))},
    ],
)
def test_refuses_anything_else(tmp_path: Path, content: Any) -> None:
    path = weight_file(tmp_path / "w.pkl", content, {"0": bytes(24)})
    with pytest.raises(pickle.UnpicklingError, match="refused"):
        read_tensors(path)
