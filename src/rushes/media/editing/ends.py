"""Whether a file was cut off: does it end where its outermost boxes say that they do?

ISO/IEC 14496-12 (4.2, boxes), RFC 8794 (EBML: element sizes), the RIFF format.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_MOST_BOXES = 100_000
_SEGMENT = b"\x18\x53\x80\x67"


def is_cut_off(path: Path, mime: str) -> bool:
    """True where the file must once have been longer. Files that do not say how long they are pass."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if mime in ("video/mp4", "video/quicktime", "audio/mp4"):
            return _boxes_end(file, size) > size
        if mime in ("video/webm", "video/x-matroska"):
            return _segment_end(file) > size
        if mime in ("video/x-msvideo", "audio/wav"):
            stated = int.from_bytes(file.read(8)[4:], "little")
            # Recorders that never came back to the header leave all zeros or all ones.
            return stated not in (0, 0xFFFFFFFF) and stated + 8 > size
    return False


def _boxes_end(file: BinaryIO, size: int) -> int:
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:])
        elif length == 0:
            return size  # to the end, however far that is
        if length < 8:
            break
        at += length
    return at


def _segment_end(file: BinaryIO) -> int:
    """Where the Segment, which holds everything but the header, says that it ends; 0 where it does not say."""
    at = 4
    file.seek(at)
    length, width = _size(file.read(8))
    at += width + max(0, length)
    file.seek(at)
    head = file.read(12)
    length, width = _size(head[4:])
    return at + 4 + width + length if head[:4] == _SEGMENT and length >= 0 else 0


def _size(data: bytes) -> tuple[int, int]:
    """An element's size, and how many bytes that takes; -1 for one that is not known."""
    if not data or not data[0]:
        return -1, 1
    width = 9 - data[0].bit_length()
    value = int.from_bytes(data[:width]) & (1 << 7 * width) - 1
    return (-1 if value == (1 << 7 * width) - 1 else value), width
