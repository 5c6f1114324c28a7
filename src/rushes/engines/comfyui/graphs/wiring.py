"""Making a graph node by node: speaking ids, links by name, nothing that dangles."""

from __future__ import annotations

from msgspec import Struct

from rushes.engines.comfyui.graphs.recipe import Graph


class Out(Struct, frozen=True):
    """One output of a node, to be linked to."""

    node: str
    index: int


class Node(Struct, frozen=True):
    """A node that was added. Given as an input it means its first output; `node[2]` is its third."""

    id: str

    def __getitem__(self, index: int) -> Out:
        return Out(self.id, index)


Link = Node | Out
Value = Link | str | int | float | bool | None


class Wiring:
    """A graph that is being made."""

    def __init__(self) -> None:
        self.graph: Graph = {}

    def add(self, id: str, class_type: str, **inputs: Value) -> Node:
        """Add a node. Inputs that are None are left out. Raises ValueError for an id that is taken."""
        if id in self.graph:
            raise ValueError(f"there is a node {id!r} already")
        wired = {name: _wired(value) for name, value in inputs.items() if value is not None}
        self.graph[id] = {"class_type": class_type, "inputs": wired}
        return Node(id)


def _wired(value: Value) -> list[str | int] | str | int | float | bool | None:
    match value:
        case Node():
            return [value.id, 0]
        case Out():
            return [value.node, value.index]
        case _:
            return value
