"""Reading a SoundFont 2 file whose samples are Ogg Vorbis (.sf3): presets to regions, samples when needed.

Only what a General MIDI bank of plain samples uses is read: key and velocity splits, tuning, level, pan, the
volume envelope, loops and the low-pass filter. Modulators and vibrato are left out.
"""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Wave = NDArray[np.float32]

_RECORDS: dict[bytes, Any] = {
    b"phdr": [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("more", "V12")],
    b"pbag": [("gen", "<u2"), ("mod", "<u2")],
    b"pgen": [("what", "<u2"), ("amount", "<i2")],
    b"inst": [("name", "S20"), ("bag", "<u2")],
    b"ibag": [("gen", "<u2"), ("mod", "<u2")],
    b"igen": [("what", "<u2"), ("amount", "<i2")],
    b"shdr": [
        ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop", "<u4"), ("loop_end", "<u4"), ("rate", "<u4"),
        ("key", "u1"), ("cents", "i1"), ("link", "<u2"), ("kind", "<u2"),
    ],
}  # fmt: skip


class _Gen(IntEnum):
    """Generators by number (SoundFont 2.04, 8.1.2)."""

    CUTOFF = 8
    OPENING = 11
    PAN = 17
    ATTACK = 34
    HOLD = 35
    DECAY = 36
    SUSTAIN = 37
    RELEASE = 38
    HOLD_BY_KEY = 39
    DECAY_BY_KEY = 40
    INSTRUMENT = 41
    KEYS = 43
    VELOCITIES = 44
    ATTENUATION = 48
    COARSE = 51
    FINE = 52
    SAMPLE = 53
    MODES = 54
    SCALE = 56
    ROOT = 58


_DEFAULTS = {
    _Gen.CUTOFF: 13500,
    _Gen.ATTACK: -12000,
    _Gen.HOLD: -12000,
    _Gen.DECAY: -12000,
    _Gen.RELEASE: -12000,
    _Gen.SCALE: 100,
    _Gen.ROOT: -1,
}
_NOT_ADDED = (_Gen.KEYS, _Gen.VELOCITIES, _Gen.SAMPLE, _Gen.MODES, _Gen.ROOT, _Gen.INSTRUMENT)
# Banks are made for synthesisers that take only part of the attenuation a file states.
_ATTENUATION_SHARE = 0.4


class Region(Struct, frozen=True, kw_only=True):
    """A sample and where it sounds. keys and velocities are inclusive; times in seconds; pan -1 to 1.

    sustain and level are factors; decay and release are the times to fall by 100 dB; cutoff in Hz;
    hold_by_key and decay_by_key in octaves of time for each semitone below 60.
    """

    keys: tuple[int, int]
    velocities: tuple[int, int]
    sample: int
    looped: bool
    root: int
    cents: float
    scale: float
    level: float
    pan: float
    attack: float
    hold: float
    decay: float
    sustain: float
    release: float
    hold_by_key: float
    decay_by_key: float
    cutoff: float

    def sounds(self, key: int, velocity: int) -> bool:
        return self.keys[0] <= key <= self.keys[1] and self.velocities[0] <= velocity <= self.velocities[1]


class Sample(Struct, frozen=True, kw_only=True):
    """Samples at `rate` Hz, and the loop in them: from `loop` up to but not with `loop_end`."""

    wave: Wave
    rate: int
    loop: int
    loop_end: int


class SoundFont:
    """A bank of instruments, decoded as they are asked for. Raises ValueError where the file is none."""

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, np.uint8, mode="r")
        where = {name: (start, size) for name, start, size in self._chunks(12, len(self._data))}
        missing = {*_RECORDS, b"smpl"} - set(where)
        if bytes(self._data[:4]) != b"RIFF" or missing:
            raise ValueError(f"{path.name} is not a SoundFont")
        self._samples_at = where[b"smpl"][0]
        self._tables = {
            name: np.frombuffer(self._bytes(*where[name]), np.dtype(record)) for name, record in _RECORDS.items()
        }
        self._decoded: dict[int, Sample] = {}
        self.regions = cache(self._regions)

    def sample(self, index: int) -> Sample:
        """One sample; kept once decoded."""
        if index not in self._decoded:
            self._decoded[index] = self._decode(index)
        return self._decoded[index]

    def _regions(self, bank: int, program: int) -> tuple[Region, ...]:
        headers = self._tables[b"phdr"]
        (found,) = np.nonzero((headers["bank"][:-1] == bank) & (headers["program"][:-1] == program))
        if not len(found):
            raise ValueError(f"the SoundFont has no program {program} in bank {bank}")
        regions: list[Region] = []
        for outer in self._zones(b"p", headers["bag"], int(found[0]), _Gen.INSTRUMENT):
            bags = self._tables[b"inst"]["bag"]
            for inner in self._zones(b"i", bags, outer[_Gen.INSTRUMENT], _Gen.SAMPLE):
                keys, velocities = _overlap(inner, outer, _Gen.KEYS), _overlap(inner, outer, _Gen.VELOCITIES)
                if keys and velocities:
                    regions.append(self._region(inner, outer, keys, velocities))
        return tuple(regions)

    def _zones(self, kind: bytes, bags: NDArray[Any], index: int, last: int) -> Iterator[dict[int, int]]:
        """The zones of a preset or instrument that lead to something, the global zone's values filled in."""
        gens, offsets = self._tables[kind + b"gen"], self._tables[kind + b"bag"]["gen"]
        shared: dict[int, int] = {}
        for number in range(int(bags[index]), int(bags[index + 1])):
            rows = gens[int(offsets[number]) : int(offsets[number + 1])]
            zone = {int(what): int(amount) for what, amount in zip(rows["what"], rows["amount"], strict=True)}
            if last in zone:
                yield shared | zone
            elif number == int(bags[index]):
                shared = zone

    def _region(
        self, inner: dict[int, int], outer: dict[int, int], keys: tuple[int, int], velocities: tuple[int, int]
    ) -> Region:
        value: dict[int, int] = defaultdict(int, _DEFAULTS | inner)
        for what, amount in outer.items():
            if what not in _NOT_ADDED:
                value[what] += amount
        header = self._tables[b"shdr"][value[_Gen.SAMPLE]]
        return Region(
            keys=keys,
            velocities=velocities,
            sample=value[_Gen.SAMPLE],
            looped=value[_Gen.MODES] in (1, 3),
            root=value[_Gen.ROOT] if value[_Gen.ROOT] >= 0 else int(header["key"]),
            cents=100.0 * value[_Gen.COARSE] + value[_Gen.FINE] + float(header["cents"]),
            scale=value[_Gen.SCALE] / 100,
            level=10 ** (-_ATTENUATION_SHARE * max(0, value[_Gen.ATTENUATION]) / 200),
            pan=min(1.0, max(-1.0, value[_Gen.PAN] / 500)),
            attack=_seconds(value[_Gen.ATTACK]),
            hold=_seconds(value[_Gen.HOLD]),
            decay=_seconds(value[_Gen.DECAY]),
            sustain=10 ** (-min(1000, max(0, value[_Gen.SUSTAIN])) / 200),
            release=_seconds(value[_Gen.RELEASE]),
            hold_by_key=value[_Gen.HOLD_BY_KEY] / 1200,
            decay_by_key=value[_Gen.DECAY_BY_KEY] / 1200,
            # The filter's envelope is not followed: the tone stays as open as it gets.
            cutoff=8.176 * 2 ** (min(13500, max(1500, value[_Gen.CUTOFF] + max(0, value[_Gen.OPENING]))) / 1200),
        )

    def _decode(self, index: int) -> Sample:
        import av

        header = self._tables[b"shdr"][index]
        start, end = int(header["start"]), int(header["end"])
        with av.open(io.BytesIO(self._bytes(self._samples_at + start, end - start)), "r") as container:
            stream = container.streams.audio[0]
            decoder = av.CodecContext.create("vorbis", "r")
            decoder.extradata = stream.codec_context.extradata
            # Bare packets: with their times the container would cut off the last of them, and loops end there.
            packets = [av.Packet(bytes(packet)) for packet in container.demux(stream) if packet.size]
            frames = [frame.to_ndarray()[0] for packet in (*packets, None) for frame in decoder.decode(packet)]
        wave = np.concatenate(frames).astype(np.float32)
        # In an .sf3 the loop is counted from the sample's own first value.
        loop_end = min(int(header["loop_end"]), len(wave))
        return Sample(wave=wave, rate=int(header["rate"]), loop=int(header["loop"]), loop_end=loop_end)

    def _bytes(self, start: int, size: int) -> bytes:
        return self._data[start : start + size].tobytes()

    def _chunks(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        while start + 8 <= end:
            name, size = self._bytes(start, 4), struct.unpack("<I", self._bytes(start + 4, 4))[0]
            if name == b"LIST":
                yield from self._chunks(start + 12, start + 8 + size)
            else:
                yield name, start + 8, size
            start += 8 + size + size % 2


def _overlap(inner: dict[int, int], outer: dict[int, int], what: int) -> tuple[int, int] | None:
    """The range that both zones allow: a range is two bytes, low and high."""
    low, high = 0, 127
    for zone in (inner, outer):
        if what in zone:
            amount = zone[what] & 0xFFFF
            low, high = max(low, amount & 0xFF), min(high, amount >> 8)
    return (low, high) if low <= high else None


def _seconds(timecents: int) -> float:
    """Timecents to seconds; what the standard calls instantaneous is 1 ms."""
    return float(2 ** (min(8000, max(-12000, timecents)) / 1200))
