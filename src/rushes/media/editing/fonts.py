"""Which font draws which characters: a folder of fonts read for what they cover, a text cut where the font changes.

libass draws with the font it is told and asks the system for the rest. Here nothing is left to the system: each
stretch of text gets a font that has it, from a folder that the project installs. Where there is none, the letters
of Pillow's own font remain: Latin only. Tables: the OpenType specification, "name", "OS/2", "cmap".
"""

from __future__ import annotations

import re
import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

_SUFFIXES = (".ttf", ".otf")
_WESTERN = range(0x20, 0x530)
"""Latin, Greek, Cyrillic: the font that has most of these is the one that begins."""
_GRINNING, _AS_EMOJI = 0x1F600, 0xFE0F
_CLINGING = ("Mn", "Mc", "Me", "Cf", "Zs", "Cc", "Zl", "Zp")
"""Marks, joiners and spaces go with what is before them."""
_PLAIN = re.compile(r"[\w .+-]{1,100}")
"""Names that need no escape in a script."""
_OPEN = ("P", "S")
"""Signs stay in the font that they stand in, if it has them."""


class Face(Struct, frozen=True, kw_only=True):
    """One font file. name: the full one, by which libass finds it. height: the line that libass makes of it, in ems.

    starts, ends: the code points it covers, in rising ranges, both ends included.
    """

    path: Path
    name: str
    height: float
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def has(self, code: int) -> bool:
        """Whether it has a glyph for this code point."""
        at = bisect_right(self.starts, code) - 1
        return at >= 0 and code <= self.ends[at]

    @property
    def count(self) -> int:
        """How many code points it covers."""
        return sum(end - start + 1 for start, end in zip(self.starts, self.ends, strict=True))


class Run(Struct, frozen=True):
    """A stretch of text in one font."""

    face: Face
    text: str


def faces(folder: Path | None, scratch: Path) -> tuple[Face, ...]:
    """The fonts to draw with, the one for Latin, Greek and Cyrillic first, then from the most special to the broadest.

    folder: of .ttf and .otf files; what cannot be read there is passed over. Where that leaves none, Pillow's own
    font is written into `scratch`.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES) if folder else []
    found = [face for path in paths if (face := _read(path)) is not None]
    if not found:
        found = [_bundled(scratch)]
    western = max(found, key=lambda face: (sum(face.has(code) for code in _WESTERN), -face.count))
    return (western, *sorted((face for face in found if face is not western), key=lambda face: face.count))


def runs(text: str, known: tuple[Face, ...]) -> tuple[list[Run], str]:
    """A text as stretches that one font each can draw, and the characters that no font has."""
    cut: list[tuple[Face, list[str]]] = []
    lacking: dict[str, None] = {}
    for at, character in enumerate(text):
        now = cut[-1][0] if cut else None
        face = _chosen(character, text[at + 1 : at + 2], now, known)
        if face is None:
            lacking[character] = None
            face = now or known[0]
        if face is not now:
            cut.append((face, []))
        cut[-1][1].append(character)
    return [Run(face, "".join(characters)) for face, characters in cut], "".join(lacking)


def lay_out(used: Iterable[Face], folder: Path) -> Path:
    """A folder in `folder` with these fonts alone: libass reads into memory whatever lies in the one it is given."""
    place = folder / "fonts"
    place.mkdir(exist_ok=True)
    for face in used:
        link = place / face.path.name
        if not link.exists():
            link.symlink_to(face.path.resolve())
    return place


def _chosen(character: str, after: str, now: Face | None, known: tuple[Face, ...]) -> Face | None:
    code, kind = ord(character), unicodedata.category(character)
    if kind in _CLINGING:
        return now or known[0]
    if after == chr(_AS_EMOJI) or _pictured(code):
        emoji = next((face for face in known if face.has(_GRINNING) and face.has(code)), None)
        if emoji is not None:
            return emoji
    if kind[0] in _OPEN and now is not None and now.has(code):
        return now
    return next((face for face in known if face.has(code)), None)


def _pictured(code: int) -> bool:
    return 0x1F000 <= code <= 0x1FAFF


def _bundled(scratch: Path) -> Face:
    from PIL import ImageFont

    font = ImageFont.load_default(20)
    path = scratch / "letters.ttf"
    path.write_bytes(getattr(font, "font_bytes", b""))
    face = _read(path)
    if face is None:  # a Pillow without FreeType
        raise OSError("there is no font to draw with")
    return face


def _read(path: Path) -> Face | None:
    """What a font file says of itself; None where it is none."""
    try:
        with path.open("rb") as file:
            tag, count = struct.unpack(">4sH6x", file.read(12))
            if tag not in (b"\0\1\0\0", b"OTTO", b"true"):
                return None
            places = {
                bytes(name): (at, size) for name, at, size in struct.iter_unpack(">4s4xII", file.read(16 * count))
            }
            tables = {}
            for name in (b"name", b"OS/2", b"head", b"cmap"):
                at, size = places[name]
                file.seek(at)
                tables[name] = file.read(size)
        em = struct.unpack_from(">H", tables[b"head"], 18)[0]
        above, below = struct.unpack_from(">HH", tables[b"OS/2"], 74)
        ranges = _covered(tables[b"cmap"])
        return Face(
            path=path,
            name=_full_name(tables[b"name"]),
            height=(above + below) / em,
            starts=tuple(start for start, _ in ranges),
            ends=tuple(end for _, end in ranges),
        )
    except (OSError, KeyError, ValueError, IndexError, ZeroDivisionError, struct.error):
        return None


def _full_name(table: bytes) -> str:
    """Name 4 in English as Windows reads it (platform 3, UTF-16)."""
    count, storage = struct.unpack_from(">HH", table, 2)
    for platform, _, language, kind, size, at in struct.iter_unpack(">6H", table[6 : 6 + 12 * count]):
        if (platform, language, kind) == (3, 0x409, 4):
            name = table[storage + at : storage + at + size].decode("utf-16-be")
            if _PLAIN.fullmatch(name):
                return name
    raise ValueError("the font has no full name")


def _covered(table: bytes) -> list[tuple[int, int]]:
    """The ranges of the best Unicode subtable: format 12 (all planes), else 4 (the first)."""
    count = struct.unpack_from(">H", table, 2)[0]
    best: dict[int, int] = {}
    for platform, coding, at in struct.iter_unpack(">HHI", table[4 : 4 + 8 * count]):
        if platform == 0 or (platform, coding) in ((3, 1), (3, 10)):
            best.setdefault(struct.unpack_from(">H", table, at)[0], at)
    if 12 in best:
        at = best[12]
        groups = struct.unpack_from(">I", table, at + 12)[0]
        found = [(first, last) for first, last, _ in struct.iter_unpack(">III", table[at + 16 : at + 16 + 12 * groups])]
    else:
        at = best[4]
        half = struct.unpack_from(">H", table, at + 6)[0]
        lasts = struct.unpack_from(f">{half // 2}H", table, at + 14)
        firsts = struct.unpack_from(f">{half // 2}H", table, at + 16 + half)
        found = [(first, last) for first, last in zip(firsts, lasts, strict=True) if first != 0xFFFF]
    return _merged(sorted(found))


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
