"""A judge of graphs that needs no ComfyUI: every node against its recorded signature.

signatures.json says of each node class what its inputs and outputs are: facts read from the sources of ComfyUI 0.3.75
and of the node packs, and for newer nodes from ComfyUI's own documentation of nodes. FILE is the name of a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIGNATURES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "signatures.json").read_text())
_NUMBERS = {"INT": (int,), "FLOAT": (int, float)}


def faults(graph: dict[str, Any]) -> list[str]:
    """What a ComfyUI host would refuse, and what it would silently drop."""
    found = [fault for id, node in graph.items() for fault in _node_faults(graph, id, node)]
    ends = [id for id, node in graph.items() if SIGNATURES.get(node["class_type"], {}).get("output")]
    if not ends:
        return [*found, "no node writes anything"]
    reached = _reached(graph, ends)
    return found + [f"{id}: leads nowhere" for id in graph if id not in reached]


def _node_faults(graph: dict[str, Any], id: str, node: dict[str, Any]) -> Iterator[str]:
    signature = SIGNATURES.get(node["class_type"])
    if signature is None:
        yield f"{id}: unknown class {node['class_type']}"
        return
    known = signature["required"] | signature["optional"]
    for name in signature["required"].keys() - node["inputs"].keys():
        yield f"{id}.{name}: missing"
    for name, value in node["inputs"].items():
        if name not in known:
            yield f"{id}.{name}: no such input"
        elif isinstance(value, list):
            yield from _link_faults(graph, f"{id}.{name}", known[name], value)
        else:
            yield from _value_faults(f"{id}.{name}", known[name], value)


def _link_faults(graph: dict[str, Any], where: str, wanted: dict[str, Any], link: list[Any]) -> Iterator[str]:
    source, index = link
    if source not in graph:
        yield f"{where}: links to {source}, which is not there"
        return
    outputs = SIGNATURES.get(graph[source]["class_type"], {"outputs": []})["outputs"]
    if index >= len(outputs):
        yield f"{where}: {source} has no output {index}"
    elif outputs[index] not in wanted["type"].split(" or "):
        yield f"{where}: wants {wanted['type']}, {source} gives {outputs[index]}"


def _value_faults(where: str, wanted: dict[str, Any], value: Any) -> Iterator[str]:
    match wanted["type"]:
        case "INT" | "FLOAT":
            if isinstance(value, bool) or not isinstance(value, _NUMBERS[wanted["type"]]):
                yield f"{where}: {value!r} is no {wanted['type']}"
            elif not wanted.get("min", value) <= value <= wanted.get("max", value):
                yield f"{where}: {value} is not from {wanted.get('min')} to {wanted.get('max')}"
        case "BOOLEAN":
            if not isinstance(value, bool):
                yield f"{where}: {value!r} is no BOOLEAN"
        case "STRING" | "FILE" | "DYNAMIC_COMBO":
            if not isinstance(value, str):
                yield f"{where}: {value!r} is no text"
        case "COMBO":
            if value not in wanted["options"]:
                yield f"{where}: {value!r} is none of {wanted['options']}"
        case _:
            yield f"{where}: {wanted['type']} has to come from another node, not {value!r}"


def _reached(graph: dict[str, Any], ends: list[str]) -> set[str]:
    reached: set[str] = set()
    left = list(ends)
    while left:
        id = left.pop()
        if id in graph and id not in reached:
            reached.add(id)
            left += [value[0] for value in graph[id]["inputs"].values() if isinstance(value, list)]
    return reached
