"""The values that a field of a body may have, for the message to who sent another."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct


def choices(kind: Any, path: str) -> list[str]:
    """What stands for the field at `path` ("mode", "input.items[0].mode") of a `kind`; nothing where any may."""
    kinds = [kind]
    for name in path.split("."):
        wanted = name.partition("[")[0]
        kinds = [
            field.type
            for leaf in _leaves(kinds)
            if isinstance(leaf, type) and issubclass(leaf, Struct)
            for field in msgspec.structs.fields(leaf)
            if field.encode_name == wanted
        ]
    found = []
    for leaf in _leaves(kinds):
        if get_origin(leaf) is Literal:
            found += [str(value) for value in get_args(leaf)]
        elif isinstance(leaf, type) and issubclass(leaf, enum.Enum):
            found += [str(member.value) for member in leaf]
    return found


def _leaves(kinds: list[Any]) -> Iterator[Any]:
    """The types themselves, without the unions, lists and annotations around them."""
    for kind in kinds:
        inner = () if get_origin(kind) is Literal else get_args(kind)
        if inner:
            yield from _leaves(list(inner))
        else:
            yield kind
