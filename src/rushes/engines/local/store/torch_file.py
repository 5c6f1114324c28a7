"""Read the tensors of a PyTorch weight file without PyTorch and without running what a pickle may hide."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {"FloatStorage": np.float32, "HalfStorage": np.float16, "LongStorage": np.int64}


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The named tensors of a zip-format weight file, as arrays.

    Raises pickle.UnpicklingError when the file asks for anything but tensors, KeyError or ValueError when
    it is not such a file.
    """
    with zipfile.ZipFile(path) as archive:
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError(f"{path.name} is not a zip-format weight file")
        root = pickles[0].removesuffix("data.pkl")
        loaded = _TensorsOnly(archive, root).load()
        return {str(name): tensor for name, tensor in loaded.items()}


class _TensorsOnly(pickle.Unpickler):
    """Knows three names: a dictionary, a tensor and the storages. All else is refused."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(io.BytesIO(archive.read(root + "data.pkl")))
        self._archive = archive
        self._root = root

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"refused to load {module}.{name}")

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        kind, storage, key = pid[0], pid[1], pid[2]
        if kind != "storage" or storage not in _TYPES or not str(key).isdigit():
            raise pickle.UnpicklingError("refused to load an unknown storage")
        return np.frombuffer(self._archive.read(f"{self._root}data/{key}"), _TYPES[storage])


def _rebuild(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> NDArray[Any]:
    wanted = tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape)))
    if tuple(strides) != wanted:
        raise pickle.UnpicklingError("refused a tensor that is not stored row by row")
    size = int(np.prod(shape)) if shape else 1
    return storage[offset : offset + size].reshape(shape)
