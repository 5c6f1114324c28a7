"""The JSON of /models. `label`, `kind` and `modes` are ours."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class ModelCard(Struct, kw_only=True):
    """A model under one of its names. `created` is 0: the catalogue does not know it."""

    id: str
    owned_by: str
    label: str
    kind: str
    modes: list[str]
    created: int = 0
    object: Literal["model"] = "model"


class ModelCards(Struct, kw_only=True):
    """All models."""

    data: list[ModelCard]
    object: Literal["list"] = "list"
