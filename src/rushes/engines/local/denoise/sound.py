"""A recording's sound on its way through the network: to its rate and back, channel by channel, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from rushes.engines.local.denoise.bands import RATE
from rushes.engines.local.denoise.network import Cleaner

Samples = NDArray[np.float32]

_BLOCK = RATE // 4
"""Samples that the network is given at once: a second at a time takes a fifth less time and 25 MB more."""
_PADDING = 0.1
_GAP = 0.05
"""Seconds that are missing in the middle from which on silence takes their place."""


class CleanSound:
    """One recording: decoded frames in, clean samples (n, channels) out, as long as what was taken."""

    def __init__(self, cleaner: Callable[[], Cleaner], rate: int, wanted: int, channels: int) -> None:
        """rate: of the recording, in Hz; wanted: of what comes out. channels: 1 or 2; more are mixed down to them."""
        self._layout = "mono" if channels == 1 else "stereo"
        self._rate, self._wanted = rate, wanted
        self._channels = channels
        self._cleaners = [cleaner() for _ in range(channels)]
        self._there = av.AudioResampler(format="fltp", layout=self._layout, rate=RATE)
        self._back = av.AudioResampler(format="fltp", layout=self._layout, rate=wanted)
        self._waiting: list[Samples] = []
        self._taken = self._given = self._sent = 0
        self.start: float | None = None
        """When the first frame is heard, in seconds of its file."""

    @property
    def seconds(self) -> float:
        """How much was taken."""
        return self._taken / self._rate

    def take(self, frame: Any) -> Samples:
        """The next decoded frame; answers what is ready. Raises ValueError where the sound's form changes."""
        if self.start is None:
            self.start = frame.time or 0.0
        elif frame.time is not None and frame.time - self.start - self.seconds > _GAP:
            missing = round((frame.time - self.start - self.seconds) * self._rate)
            # By the second: a file may say that hours are missing.
            while missing > 0:
                self._add(_silent(frame, min(missing, frame.sample_rate)))
                missing -= frame.sample_rate
        self._add(frame)
        waiting = sum(piece.shape[1] for piece in self._waiting)
        return self._cleaned(last=False) if waiting >= _BLOCK else self._none()

    def finish(self, said: float = 0.0) -> Samples:
        """The rest, to the length of what was taken, or to the `said` seconds where that is just less.

        Files of sound in packets say their length: what the last packet has beyond is padding.
        """
        if 0 < self.seconds - said < _PADDING:
            self._taken = round(said * self._rate)
        self._waiting += _floats(self._there.resample(None))
        left = max(0, round(self._taken * self._wanted / self._rate) - self._given)
        rest = self._cleaned(last=True)[:left]
        missing = left - len(rest)
        return np.concatenate([rest, np.zeros((missing, self._channels), np.float32)])

    def _add(self, frame: Any) -> None:
        self._taken += frame.samples
        frame.pts = None
        self._waiting += _floats(self._there.resample(frame))

    def _cleaned(self, *, last: bool) -> Samples:
        sound = np.concatenate(self._waiting or [np.zeros((self._channels, 0), np.float32)], axis=1)
        self._waiting = []
        lines = [cleaner.clean(line) for cleaner, line in zip(self._cleaners, sound, strict=True)]
        if last:
            lines = [np.concatenate([line, own.finish()]) for line, own in zip(lines, self._cleaners, strict=True)]
        pieces: list[Any] = []
        if len(lines[0]):
            frame: Any = av.AudioFrame.from_ndarray(np.stack(lines), format="fltp", layout=self._layout)
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._sent
            self._sent += len(lines[0])
            pieces += self._back.resample(frame)
        if last:
            pieces += self._back.resample(None)
        ready = np.concatenate([piece.T for piece in _floats(pieces)]) if pieces else self._none()
        if not last:
            self._given += len(ready)
        return ready

    def _none(self) -> Samples:
        return np.zeros((0, self._channels), np.float32)


def _floats(frames: list[Any]) -> list[Samples]:
    """Each frame's samples (channels, n)."""
    return [frame.to_ndarray() for frame in frames]


def _silent(like: Any, samples: int) -> Any:
    silent: Any = av.AudioFrame(format=like.format.name, layout=like.layout.name, samples=samples)
    for plane in silent.planes:
        plane.update(bytes(plane.buffer_size))
    silent.sample_rate, silent.time_base = like.sample_rate, like.time_base
    return silent
