"""Requests as ComfyUI graphs: our own builders for the studio models, and the operator's own workflows.

`load_recipes` is the door: the engine above asks it once, builds a graph for each request, and needs to know nothing
of any model. Models are rows of recipes.toml; what their graphs look like is in one file for each family.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.loaders import files_of, nodes_of
from rushes.engines.comfyui.graphs.recipe import (
    Built,
    Files,
    Graph,
    GraphError,
    ModelFile,
    Pack,
    Recipe,
    WorkflowError,
)
from rushes.engines.comfyui.graphs.recipes import load_recipes
from rushes.engines.comfyui.graphs.workflow_models import catalogue_entries

__all__ = [
    "Built",
    "Files",
    "Graph",
    "GraphError",
    "ModelFile",
    "Pack",
    "Recipe",
    "WorkflowError",
    "catalogue_entries",
    "files_of",
    "load_recipes",
    "nodes_of",
]
