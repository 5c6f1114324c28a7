"""H.264 as it lies in MP4: parameter sets, and which pieces of a packet stand alone.

ISO/IEC 14496-15 (5.3.3.1, AVCDecoderConfigurationRecord) and ITU-T H.264 (7.3.1 units, 7.3.2.1 and 7.3.2.2 sets).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

SLICE, IDR, SPS, PPS = 1, 5, 7, 8
_WITH_CHROMA = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128))
"""Profiles whose parameter set says the chroma format."""


class NotPlain(Exception):
    """Something that cannot be copied piecewise."""


class Sets(Struct, frozen=True, kw_only=True):
    """The decoder's configuration of a track: how long units' lengths are, in bytes, and its parameter sets."""

    head: bytes
    length: int
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]

    def ids(self) -> set[int]:
        """The numbers that are taken."""
        return {sps_of(unit).number for unit in self.sps} | {_first_number(unit) for unit in self.pps}

    def joined(self, other: Sets) -> bytes:
        """A configuration that holds the sets of both; their numbers must differ."""
        sps, pps = (*self.sps, *other.sps), (*self.pps, *other.pps)
        head = bytearray(self.head[:6])
        head[3] = max(head[3], other.head[3])
        head[5] = 0xE0 | len(sps)
        written = bytes(head) + b"".join(len(unit).to_bytes(2) + unit for unit in sps)
        written += bytes([len(pps)]) + b"".join(len(unit).to_bytes(2) + unit for unit in pps)
        # The profiles with chroma formats end with them: 4:2:0, eight bits, no extension.
        return written + (bytes([0xFD, 0xF8, 0xF8, 0]) if head[1] in _WITH_CHROMA else b"")


class Sps(Struct, frozen=True, kw_only=True):
    """What a sequence's parameter set says, as far as we ask. plain: 4:2:0, eight bits, whole frames."""

    number: int
    profile: int
    level: int
    plain: bool


def read_sets(data: bytes) -> Sets:
    """A track's configuration as MP4 keeps it. Raises NotPlain."""
    try:
        if data[0] != 1:
            raise NotPlain("not MP4's configuration")
        at = 6
        sps, at = _listed(data, at, data[5] & 31)
        pps, at = _listed(data, at + 1, data[at])
    except IndexError as error:
        raise NotPlain("a broken configuration") from error
    if not sps or not pps:
        raise NotPlain("no parameter sets")
    return Sets(head=data[:6], length=(data[4] & 3) + 1, sps=sps, pps=pps)


def sets_of_stream(data: bytes) -> Sets:
    """A configuration from parameter sets with start codes, as an encoder gives them."""
    found = list(started(data))
    sps = tuple(unit for unit in found if unit[0] & 31 == SPS)
    pps = tuple(unit for unit in found if unit[0] & 31 == PPS)
    if not sps or not pps:
        raise NotPlain("no parameter sets")
    return Sets(head=bytes([1, sps[0][1], sps[0][2], sps[0][3], 0xFF, 0xE0]), length=4, sps=sps, pps=pps)


def _listed(data: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        size = int.from_bytes(data[at : at + 2])
        found.append(bytes(data[at + 2 : at + 2 + size]))
        at += 2 + size
        if not size or at > len(data):
            raise IndexError
    return tuple(found), at


def units(data: memoryview | bytes, length: int) -> Iterator[memoryview]:
    """The units of a packet in MP4. Raises NotPlain."""
    data, at = memoryview(data), 0
    while at < len(data):
        size = int.from_bytes(data[at : at + length])
        at += length
        if not size or at + size > len(data):
            raise NotPlain("a broken packet")
        yield data[at : at + size]
        at += size


def started(data: bytes) -> Iterator[bytes]:
    """The units of a stream with start codes."""
    at = data.find(b"\0\0\1")
    while at >= 0:
        after = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 : after if after >= 0 else len(data)]
        yield unit.rstrip(b"\0") if after >= 0 else unit
        at = after


def packed(data: bytes, length: int) -> bytes:
    """A packet with start codes as MP4 has it."""
    return b"".join(len(unit).to_bytes(length) + unit for unit in started(data))


def sps_of(unit: bytes) -> Sps:
    """Read a sequence's parameter set as far as needed. Raises NotPlain."""
    bits = _Bits(unit[4:])
    profile, number = unit[1], bits.number()
    chroma, depth = 1, 0
    if profile in _WITH_CHROMA:
        chroma = bits.number()
        if chroma == 3:
            bits.take(1)
        depth = bits.number() + bits.number()
        bits.take(1)
        if bits.take(1):
            raise NotPlain("scaling matrices")
    bits.number()
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1)
        bits.number()
        bits.number()
        for _ in range(min(255, bits.number())):
            bits.number()
    bits.number()
    gaps = bits.take(1)
    bits.number()
    bits.number()
    whole_frames = bits.take(1)
    return Sps(
        number=number,
        profile=profile,
        level=unit[3],
        plain=chroma == 1 and not depth and bool(whole_frames) and not gaps,
    )


def _first_number(unit: bytes) -> int:
    return _Bits(unit[1:]).number()


class _Bits:
    """Reads bits; the bytes that keep start codes out of units are taken out."""

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data).replace(b"\0\0\3", b"\0\0")
        self._at = 0

    def take(self, count: int) -> int:
        value = 0
        for _ in range(count):
            byte, bit = divmod(self._at, 8)
            if byte >= len(self._data):
                raise NotPlain("a broken parameter set")
            value = value << 1 | self._data[byte] >> 7 - bit & 1
            self._at += 1
        return value

    def number(self) -> int:
        """An unsigned number in exponential Golomb code."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise NotPlain("a broken parameter set")
        return (1 << zeros) - 1 + self.take(zeros)
