"""All recipes: the table's, and those of the operator's own workflows."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from rushes.engines.comfyui.graphs.order import Order
from rushes.engines.comfyui.graphs.recipe import Built, Files, ModelFile, Recipe, WorkflowError
from rushes.engines.comfyui.graphs.table import Row, table
from rushes.engines.comfyui.graphs.workflow_graphs import own_recipes
from rushes.engines.contract import Request


def load_recipes(folder: Path | None = None) -> dict[str, Recipe]:
    """Recipes by catalogue model id. `folder` has the operator's own workflows, NAME.json with NAME.toml.

    Raises WorkflowError when one of those cannot be used, or takes the name of a model that there is.
    """
    recipes = {name: _recipe(name, row) for model, row in table().models.items() for name in (model, *row.also)}
    for recipe in own_recipes(folder) if folder is not None else ():
        if recipe.model in recipes:
            raise WorkflowError(f"{folder}: there is a model {recipe.model!r} already, give yours another name")
        recipes[recipe.model] = recipe
    return recipes


def _recipe(model: str, row: Row) -> Recipe:
    packs = table().packs
    return Recipe(
        model=model,
        modes=frozenset(row.modes),
        files=_files(row),
        packs=tuple(packs[name] for name in row.packs),
        retime=frozenset(row.retime),
        build=_builder(row),
    )


def _builder(row: Row) -> Callable[[Request, Files], Built]:
    module, _, name = row.build.partition(":")
    lay_out: Callable[[Order], None] = getattr(importlib.import_module(f"{__package__}.{module}"), name)

    def build(request: Request, files: Files) -> Built:
        order = Order(request, files, row)
        lay_out(order)
        return order.built()

    return build


def _files(row: Row) -> tuple[ModelFile, ...]:
    known = table()
    keys = [*row.files.values(), *row.choices.values()]
    own = tuple(known.files[key] for key in dict.fromkeys(keys))
    more = _files(known.models[row.aside]) if row.aside else ()
    return own + tuple(file for file in more if file not in own)
