"""What edits and other operations cost, as data (operations.toml): those that are no generation with a model."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct


class Operation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One operation's price; operations.toml says what the fields mean."""

    title: str
    credits: int
    unit: Literal["call", "seconds", "clip"] = "call"
    per: int = 1
    prorated: bool = False
    minimum: int = 0
    feature: str = ""


def load_operations() -> dict[str, Operation]:
    """All operations by name, in the document's order."""
    table = tomllib.loads((files(__package__) / "operations.toml").read_text())
    return msgspec.convert(table, dict[str, Operation])
