"""The operator's own workflows: NAME.json as ComfyUI exports it (API format), NAME.toml that says what is what.

docs/comfyui.md has an example. Everything is checked when the folder is read, and each fault names its file and key.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.comfyui.graphs.recipe import Graph, WorkflowError
from rushes.engines.contract import Kind, Mode, Role

FILES = {str(role): role for role in Role}
"""What of the map are uploaded files, by the role that they have."""
SETTINGS = frozenset(
    {
        "prompt",
        "negative_prompt",
        "seed",
        "width",
        "height",
        "frames",
        "seconds",
        "fps",
        "count",
        "steps",
        "cfg",
        "shift",
        "strength",
        "sampler",
        "scheduler",
    }
)
"""What else can be mapped."""


class Place(Struct, frozen=True):
    """An input of a node."""

    node: str
    key: str


class Workflow(Struct, frozen=True, kw_only=True):
    """One workflow, checked. `map`: where each setting and file goes. `catalogue`, `sampling`: what of the model's
    entry in the catalogue is not as usual."""

    model: str
    label: str
    kind: Kind
    modes: tuple[Mode, ...]
    graph: Graph
    map: dict[str, tuple[Place, ...]]
    multiple: int
    frame_step: int
    catalogue: dict[str, Any]
    sampling: dict[str, Any]


class _Told(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """NAME.toml as it is written."""

    model: str
    label: str
    kind: Kind
    modes: tuple[Mode, ...]
    map: dict[str, str | list[str]]
    outputs: tuple[str, ...] = ()
    multiple: int = 1
    frame_step: int = 1
    catalogue: dict[str, Any] = {}
    sampling: dict[str, Any] = {}


def read_workflows(folder: Path) -> list[Workflow]:
    """All workflows of a folder, by name. Raises WorkflowError."""
    names = {path.stem for path in folder.iterdir() if path.suffix in (".json", ".toml")}
    return [read_workflow(folder, name) for name in sorted(names)]


def read_workflow(folder: Path, name: str) -> Workflow:
    """NAME.json and NAME.toml. Raises WorkflowError."""
    told, graph = _told(folder / f"{name}.toml"), _graph(folder / f"{name}.json")
    where = f"{name}.toml"
    if not told.modes:
        raise WorkflowError(f"{where}: modes must name at least one")
    if told.multiple < 1 or told.frame_step < 1:
        raise WorkflowError(f"{where}: multiple and frame_step must be at least 1")
    places = {key: _places(where, key, value, graph) for key, value in told.map.items()}
    return Workflow(
        model=told.model,
        label=told.label,
        kind=told.kind,
        modes=told.modes,
        graph=_reaching(where, graph, told.outputs),
        map=places,
        multiple=told.multiple,
        frame_step=told.frame_step,
        catalogue=told.catalogue,
        sampling=told.sampling,
    )


def _told(path: Path) -> _Told:
    try:
        return msgspec.convert(tomllib.loads(_text(path)), _Told)
    except tomllib.TOMLDecodeError as error:
        raise WorkflowError(f"{path.name}: is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise WorkflowError(f"{path.name}: {error}") from None


def _graph(path: Path) -> Graph:
    try:
        read = json.loads(_text(path))
    except ValueError as error:
        raise WorkflowError(f"{path.name}: is not JSON: {error}") from None
    if isinstance(read, dict) and isinstance(read.get("nodes"), list):
        raise WorkflowError(f"{path.name}: is in the editor's format; save it with Workflow, Export (API)")
    if not isinstance(read, dict) or not read:
        raise WorkflowError(f"{path.name}: must be an object of nodes")
    for id, node in read.items():
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
            raise WorkflowError(f"{path.name}: node {id!r} has no class_type")
        if not isinstance(node.get("inputs"), dict):
            raise WorkflowError(f"{path.name}: node {id!r} has no inputs")
        for key, value in node["inputs"].items():
            if is_link(value) and value[0] not in read:
                raise WorkflowError(f"{path.name}: {id}.{key} links to node {value[0]!r}, which is not there")
    return {id: {"class_type": node["class_type"], "inputs": node["inputs"]} for id, node in read.items()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WorkflowError(f"{path.name}: is missing; a workflow is {path.stem}.json and {path.stem}.toml") from None
    except (OSError, UnicodeDecodeError):
        raise WorkflowError(f"{path.name}: cannot be read") from None


def _places(where: str, key: str, value: str | list[str], graph: Graph) -> tuple[Place, ...]:
    if key not in SETTINGS and key not in FILES:
        known = ", ".join(sorted(SETTINGS | FILES.keys()))
        raise WorkflowError(f"{where}: map.{key} is not known; there are {known}")
    places = [_place(where, key, text) for text in ([value] if isinstance(value, str) else value)]
    for place in places:
        if place.node not in graph:
            raise WorkflowError(f"{where}: map.{key} names node {place.node!r}, which the workflow does not have")
        if place.key not in graph[place.node]["inputs"]:
            raise WorkflowError(f"{where}: map.{key} names {place.node}.{place.key}, an input that is not there")
        if is_link(graph[place.node]["inputs"][place.key]):
            raise WorkflowError(f"{where}: map.{key} names {place.node}.{place.key}, which another node gives")
    return tuple(places)


def _place(where: str, key: str, text: str) -> Place:
    node, dot, name = text.rpartition(".")
    if not dot or not node or not name:
        raise WorkflowError(f'{where}: map.{key} must be "node.input", got {text!r}')
    return Place(node, name)


def _reaching(where: str, graph: Graph, outputs: tuple[str, ...]) -> Graph:
    """The nodes that lead to `outputs`; all where none are named."""
    for id in outputs:
        if id not in graph:
            raise WorkflowError(f"{where}: outputs names node {id!r}, which the workflow does not have")
    kept: dict[str, Any] = {}
    left = list(outputs or graph)
    while left:
        id = left.pop()
        if id not in kept:
            kept[id] = graph[id]
            left += [value[0] for value in graph[id]["inputs"].values() if is_link(value)]
    return {id: graph[id] for id in graph if id in kept}


def is_link(value: object) -> bool:
    """Whether an input's value is another node's output."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)
