"""Catalogue entries for the operator's own workflows, as a models/*.toml file would have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rushes.engines.comfyui.graphs.workflows import Workflow, read_workflows

_PROMPT_MAX = 2000
_RESOLUTIONS = {"480p": 480, "512p": 512, "720p": 720, "1k": 1024, "1080p": 1080}
_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
_FREE = {"rule": "per_call", "amount": "0"}
_WHOLE = {"frames": (1, 999), "steps": (1, 100)}
_SPANS = {"cfg": (0, 30), "shift": (0, 100), "strength": (0, 1)}
_NAMES = ("sampler", "scheduler")


def catalogue_entries(folder: Path) -> list[dict[str, Any]]:
    """The models of a folder's workflows: plain data for catalog.Model. Raises WorkflowError."""
    return [entry(workflow) for workflow in read_workflows(folder)]


def entry(workflow: Workflow) -> dict[str, Any]:
    """One model: its knobs are those that are mapped, and stand as the workflow has them; it is free.

    What the workflow's own [catalogue] and [sampling] say, counts instead.
    """
    made: dict[str, Any] = {
        "id": workflow.model,
        "label": workflow.label,
        "kind": workflow.kind,
        "modes": list(workflow.modes),
        "prompt_max": _PROMPT_MAX,
        "price": _FREE,
        "routes": [{"engine": "comfyui"}],
    }
    if "width" in workflow.map and "height" in workflow.map:
        made |= {"resolutions": dict(_RESOLUTIONS), "ratios": list(_RATIOS), "any_size": True}
    sampling = _sampling(workflow) | workflow.sampling
    if sampling:
        made["sampling"] = sampling
    return made | workflow.catalogue


def _sampling(workflow: Workflow) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if workflow.multiple > 1:
        made["multiple"] = workflow.multiple
    if workflow.frame_step > 1:
        made["frame_step"] = workflow.frame_step
    for name in ("width", "height", *_NAMES):
        if name in workflow.map:
            made[name] = _stands(workflow, name)
    for name, (least, most) in (_WHOLE | _SPANS).items():
        if name in workflow.map:
            value = _stands(workflow, name)
            made[name] = {"min": min(least, value), "max": max(most, value), "default": value}
    if "fps" in workflow.map and workflow.kind == "video":
        made["frame_rate"] = {"min": 1, "max": 60, "default": round(_stands(workflow, "fps"))}
    return made


def _stands(workflow: Workflow, name: str) -> Any:
    place = workflow.map[name][0]
    return workflow.graph[place.node]["inputs"][place.key]
