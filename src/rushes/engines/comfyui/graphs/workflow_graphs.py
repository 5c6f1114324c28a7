"""Graphs from the operator's own workflows: the request's settings put where the mapping says."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from rushes.engines.comfyui.graphs.loaders import files_of
from rushes.engines.comfyui.graphs.order import up
from rushes.engines.comfyui.graphs.recipe import Built, Files, Graph, GraphError, ModelFile, Recipe
from rushes.engines.comfyui.graphs.workflows import FILES, Workflow, is_link, read_workflows
from rushes.engines.contract import Request

_OWN = "wherever this workflow came from"
_KNOBS = ("steps", "cfg", "shift", "strength", "sampler", "scheduler")


def own_recipes(folder: Path) -> list[Recipe]:
    """A recipe for each workflow of a folder. Raises WorkflowError."""
    return [_recipe(workflow) for workflow in read_workflows(folder)]


def _recipe(workflow: Workflow) -> Recipe:
    def build(request: Request, files: Files) -> Built:
        return fill(workflow, request, files)

    needed = sorted(files_of(workflow.graph))
    return Recipe(
        model=workflow.model,
        modes=frozenset(workflow.modes),
        files=tuple(ModelFile(folder=folder, name=name, where=_OWN) for folder, name in needed),
        build=build,
    )


def fill(workflow: Workflow, request: Request, files: Files) -> Built:
    """One request's graph. Raises GraphError when a file is missing that the workflow needs."""
    if request.mode not in workflow.modes:
        raise GraphError(f"{request.model} cannot make {request.mode}")
    graph = copy.deepcopy(workflow.graph)
    warnings = []
    for key, value in (_settings(request) | _uploads(workflow, files)).items():
        if key not in workflow.map:
            if _asked(key, request):
                warnings.append(f"{key}: ignored, {request.model} has no such setting")
            continue
        fitting = _fitting(workflow, key, value)
        if fitting != value:
            warnings.append(f"{key}: {fitting} instead of {value}, which this model does not make")
        for place in workflow.map[key]:
            # Nodes that `outputs` leaves out are gone.
            if place.node in graph:
                _put(graph[place.node]["inputs"], place.key, fitting)
    for node in graph.values():
        if "filename_prefix" in node["inputs"]:
            node["inputs"]["filename_prefix"] = f"rushes/{request.job}"
    return Built(graph=graph, samplers=_samplers(graph), warnings=tuple(warnings))


def _settings(request: Request) -> dict[str, Any]:
    """What a request says, by the names of the map; what it leaves open stays as the workflow has it."""
    said: dict[str, Any] = {
        "prompt": request.prompt,
        "seed": request.seed,
        "width": request.width,
        "height": request.height,
        "seconds": request.seconds,
        "fps": request.fps,
        "count": request.count,
        "frames": request.extra.get("frames") or round(request.seconds * request.fps),
        "negative_prompt": request.negative_prompt,
    }
    said |= {name: request.extra[name] for name in _KNOBS if request.extra.get(name) is not None}
    return {name: value for name, value in said.items() if value or name in ("prompt", "seed", *_KNOBS)}


def _uploads(workflow: Workflow, files: Files) -> dict[str, Any]:
    given = {str(role): names[0] for role, names in files.items() if names}
    for key in workflow.map:
        if key in FILES and key not in given:
            raise GraphError(f"{workflow.model} needs the input {key}")
    return given


def _asked(key: str, request: Request) -> bool:
    """Whether something was asked for that is not to be had; size, length and rate are, where they are none of its."""
    match key:
        case "prompt":
            return bool(request.prompt.strip())
        case "count":
            return request.count > 1
        case "seed" | "width" | "height" | "seconds" | "fps" | "frames":
            return False
        case _:
            return True


def _fitting(workflow: Workflow, key: str, value: Any) -> Any:
    """The next value that the workflow's model can make."""
    match key:
        case "width" | "height":
            return up(value, workflow.multiple)
        case "frames":
            return up(max(value, 1) - 1, workflow.frame_step) + 1
        case _:
            return value


def _put(inputs: dict[str, Any], key: str, value: Any) -> None:
    """As the kind of number that was there: nodes that take whole numbers refuse others."""
    was = inputs[key]
    if isinstance(was, float) and isinstance(value, int):
        value = float(value)
    elif isinstance(was, int) and not isinstance(was, bool) and isinstance(value, float):
        value = round(value)
    inputs[key] = value


def _samplers(graph: Graph) -> dict[str, int]:
    """The nodes that count steps."""
    return {
        id: node["inputs"]["steps"]
        for id, node in graph.items()
        if "Sampler" in node["class_type"]
        and not is_link(node["inputs"].get("steps"))
        and isinstance(node["inputs"].get("steps"), int)
    }
