"""What a file is, by its first bytes. Names and declared types are not believed."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Family = Literal["image", "video", "audio"]


class Sniffed(Struct, frozen=True):
    """A container: its family, media type, and the demuxer that may open it ("" for images)."""

    family: Family
    mime: str
    demuxer: str


_MP3 = Sniffed("audio", "audio/mpeg", "mp3")
_STARTS: tuple[tuple[bytes, Sniffed], ...] = (
    (b"\x89PNG\r\n\x1a\n", Sniffed("image", "image/png", "")),
    (b"\xff\xd8\xff", Sniffed("image", "image/jpeg", "")),
    (b"GIF87a", Sniffed("image", "image/gif", "gif")),
    (b"GIF89a", Sniffed("image", "image/gif", "gif")),
    (b"OggS", Sniffed("audio", "audio/ogg", "ogg")),
    (b"fLaC", Sniffed("audio", "audio/flac", "flac")),
    (b"ID3", _MP3),
)
_AAC = Sniffed("audio", "audio/aac", "aac")
_RIFF: dict[bytes, Sniffed] = {
    b"WEBP": Sniffed("image", "image/webp", ""),
    b"AVI ": Sniffed("video", "video/x-msvideo", "avi"),
    b"WAVE": Sniffed("audio", "audio/wav", "wav"),
}
_MP4 = Sniffed("video", "video/mp4", "mov,mp4,m4a,3gp,3g2,mj2")
_BRANDS: dict[bytes, Sniffed] = {
    b"qt  ": Sniffed("video", "video/quicktime", _MP4.demuxer),
    b"M4A ": Sniffed("audio", "audio/mp4", _MP4.demuxer),
    b"M4B ": Sniffed("audio", "audio/mp4", _MP4.demuxer),
    # Pictures that share MP4's box format: taken for a film, they would be one of a single frame.
    **{brand: Sniffed("image", "image/avif", "") for brand in (b"avif", b"avis")},
    **{brand: Sniffed("image", "image/heic", "") for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis")},
    **{brand: Sniffed("image", "image/heif", "") for brand in (b"mif1", b"msf1")},
}
_EBML = b"\x1aE\xdf\xa3"
_WEBM = Sniffed("video", "video/webm", "matroska,webm")
_MATROSKA = Sniffed("video", "video/x-matroska", "matroska,webm")
HEAD = 64
"""How many first bytes `sniff` needs."""


def sniff(head: bytes) -> Sniffed | None:
    """What begins like this; None for anything else, playlists and concat scripts included."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], _MP4)
    if head.startswith(_EBML):
        # The document type is one of the header's first elements: 42 82, a length, the word.
        return _WEBM if b"\x42\x82\x84webm" in head[:HEAD] else _MATROSKA
    return _bare_audio(head)


def _bare_audio(head: bytes) -> Sniffed | None:
    """MPEG audio or AAC that begins with its first frame: eleven set bits, then a header that makes sense."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 2 & 3
    if layer == 0:
        # ADTS: one more sync bit, and a sampling rate that is one of thirteen.
        return _AAC if head[1] & 0xF0 == 0xF0 and head[2] >> 2 & 15 < 13 else None
    # Layer I (3) is left out: nobody has it any more, and the byte order mark FF FE looks like it.
    return _MP3 if version != 1 and layer != 3 and head[2] >> 4 not in (0, 15) and rate != 3 else None
