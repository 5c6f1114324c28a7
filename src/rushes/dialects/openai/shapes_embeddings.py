"""The JSON of /embeddings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MOST = 2048
"""Texts of one request."""


class CreateEmbedding(Struct, kw_only=True):
    """Texts to embed: one, or a list. `dimensions` are at most the model's own."""

    model: str
    input: str | list[str | int | list[int]]
    dimensions: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    encoding_format: Literal["float", "base64"] | None = None
    user: str | None = None


class Embedding(Struct, kw_only=True):
    """A text's vector, of length 1: its numbers, or base64 of them (float32, little-endian)."""

    index: int
    embedding: list[float] | str
    object: Literal["embedding"] = "embedding"


class EmbeddingUsage(Struct, kw_only=True):
    """What was read."""

    prompt_tokens: int
    total_tokens: int


class Embeddings(Struct, kw_only=True):
    """The vectors in the order of the texts. `model` is what made them."""

    data: list[Embedding]
    model: str
    usage: EmbeddingUsage
    object: Literal["list"] = "list"
