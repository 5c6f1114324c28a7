"""DeepFilterNet 3 on sound as it comes in: a gain for each band of hearing, and a filter over time for the low bins."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.denoise.bands import HOP, LOW, WIDTHS, Normaliser, Samples, Spectra, spectra, windows

_PARTS = ("enc", "erb_dec", "df_dec")
_AHEAD = 2
"""Spectra that the network looks ahead, and as many again for its filter."""
_TAPS = 5
_SEEN_BACK = 6
"""Spectra of what came before that are shown again: so far back its convolutions see, the second over what the first
made. What it remembers beyond them is carried on, so that pieces come out as the whole would."""
_REMEMBERS = "GRU"
"""What the inputs are called that say what a part remembers; see the store's convert_denoise.py."""
_SIZE = 256


Memory = dict[str, NDArray[np.float32]]
"""What each of the network's memories holds, (1, 1, 256)."""


class Cleaner:
    """One channel of one recording, 48 kHz, in pieces of any length. What comes out is as long as what went in."""

    def __init__(self, folder: Path, strength: float) -> None:
        """strength 0-1: how much of the noise goes; at a half, 12 dB of it."""
        self._network = _network(folder)
        self._memory = self._network.blank
        self._left = (1 - strength) ** 2
        self._normaliser = Normaliser()
        self._waiting: Samples = np.zeros(0, np.float32)
        self._last_hop: Samples = np.zeros(HOP, np.float32)
        self._spectra: Spectra = np.zeros((0, HOP + 1), np.complex64)
        self._loud: NDArray[np.float32] = np.zeros((0, len(WIDTHS)), np.float32)
        self._low: NDArray[np.float32] = np.zeros((2, 0, LOW), np.float32)
        self._done = 0
        self._rest: Samples = np.zeros(HOP, np.float32)
        self._skip = HOP
        self._taken = self._given = 0

    def clean(self, samples: Samples) -> Samples:
        """Takes the next samples (n,), answers those that are ready: later by about 60 milliseconds, and by hops."""
        self._taken += len(samples)
        return self._next(samples)

    def finish(self) -> Samples:
        """The last samples, to the length of what was taken."""
        missing = self._taken - self._given
        return self._next(np.zeros((2 * _AHEAD + 3) * HOP, np.float32))[:missing]

    def _next(self, samples: Samples) -> Samples:
        sound = np.concatenate([self._waiting, samples.astype(np.float32, copy=False)])
        whole = len(sound) // HOP * HOP
        self._waiting = sound[whole:]
        if not whole:
            return sound[:0]
        found = spectra(np.concatenate([self._last_hop, sound[:whole]]))
        self._last_hop = sound[whole - HOP : whole]
        loud, low = self._normaliser.features(found)
        self._spectra = np.concatenate([self._spectra, found])
        self._loud = np.concatenate([self._loud, loud])
        self._low = np.concatenate([self._low, low], axis=1)
        ready = len(self._spectra) - _AHEAD
        if ready <= self._done:
            return sound[:0]
        made = self._laid(windows(self._filtered(self._done, ready)))
        self._forget(ready)
        made = made[self._skip :]
        self._skip = 0
        self._given += len(made)
        return made

    def _filtered(self, start: int, end: int) -> Spectra:
        """The spectra from `start` to `end` of those that are kept, without noise."""
        # The network's answer for a spectrum is that to the one two later.
        gains, taps, self._memory = self._network(self._loud[_AHEAD:], self._low[:, _AHEAD:], self._memory, start)
        noisy = self._spectra[start:end]
        clean = noisy * np.repeat(gains[start:end], WIDTHS, axis=1)
        around = np.pad(self._spectra[:, :LOW], ((_AHEAD, _AHEAD), (0, 0)))
        clean[:, :LOW] = sum(around[start + tap : end + tap] * taps[start:end, :, tap] for tap in range(_TAPS))
        return (self._left * noisy + (1 - self._left) * clean).astype(np.complex64)

    def _laid(self, pieces: Samples) -> Samples:
        """Windows laid over each other: a hop of sound for each."""
        begins = pieces[:, :HOP].copy()
        begins[0] += self._rest
        begins[1:] += pieces[:-1, HOP:]
        self._rest = pieces[-1, HOP:]
        return begins.reshape(-1)

    def _forget(self, done: int) -> None:
        gone = max(0, done - _SEEN_BACK)
        self._done = done - gone
        self._spectra, self._loud, self._low = self._spectra[gone:], self._loud[gone:], self._low[:, gone:]


class _Network:
    """The three parts of the network, for features of any length."""

    def __init__(self, sessions: dict[str, Any]) -> None:
        self._sessions = sessions
        self._memories = {
            part: [given.name for given in session.get_inputs() if given.name.startswith(_REMEMBERS)]
            for part, session in sessions.items()
        }
        self.blank: Memory = {
            part + name: np.zeros((1, 1, _SIZE), np.float32) for part, names in self._memories.items() for name in names
        }
        """What it remembers at first."""

    def __call__(
        self, loud: NDArray[np.float32], low: NDArray[np.float32], memory: Memory, known: int
    ) -> tuple[NDArray[np.float32], NDArray[np.complex64], Memory]:
        """Of loudness (n, 32) and low ends (2, n, 96): gains (n, 32), filters (n, 96, 5), and the memory after them.

        The first `known` are those of before: `memory` holds them, and what is answered for them is of no use.
        """
        before: dict[str, NDArray[Any]] = {"known": np.array([known], np.int64), **memory}
        seen = self._run("enc", {"feat_erb": loud[None, None], "feat_spec": low[None]}, before)
        masks = self._run("erb_dec", {name: seen[name] for name in ("emb", "e3", "e2", "e1", "e0")}, before)
        taps = self._run("df_dec", {name: seen[name] for name in ("emb", "c0")}, before)
        pairs = np.ascontiguousarray(taps["coefs"].reshape(-1, LOW, _TAPS, 2))
        passed = {
            part + name: made[f"{name}-passed"]
            for part, made in (("enc", seen), ("erb_dec", masks), ("df_dec", taps))
            for name in self._memories[part]
        }
        return masks["m"].reshape(-1, len(WIDTHS)), pairs.view(np.complex64)[..., 0], passed

    def _run(self, part: str, given: dict[str, Any], before: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
        session = self._sessions[part]
        names = [output.name for output in session.get_outputs()]
        contiguous = {name: np.ascontiguousarray(value) for name, value in given.items()}
        contiguous |= {name: before[part + name] for name in self._memories[part]} | {"known": before["known"]}
        return dict(zip(names, session.run(names, contiguous), strict=True))


@lru_cache(maxsize=1)
def _network(folder: Path) -> _Network:
    """The network, kept by this process from one task to the next."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # It is so small that a second thread only waits: with two it takes twice the time, and four times the processor's.
    options.intra_op_num_threads = 1
    # Each was measured to save megabytes, and none to cost time: no arena, no plan for the next run, and no copies of
    # the weights in an order that only large convolutions gain by.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    return _Network(
        {
            part: onnxruntime.InferenceSession(
                str(folder / f"{part}.onnx"), options, providers=["CPUExecutionProvider"]
            )
            for part in _PARTS
        }
    )
