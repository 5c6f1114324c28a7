"""What the render process leaves for the server."""

from __future__ import annotations

from msgspec import Struct

DIMENSIONS = 384
MODEL = "all-minilm-l6-v2"


class Embedded(Struct, frozen=True, kw_only=True):
    """Vectors in the order of the texts: float32, little-endian, `size` numbers each; and each text's tokens."""

    size: int
    vectors: bytes
    tokens: tuple[int, ...]
