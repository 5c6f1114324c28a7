"""What a recipe is: how one model's requests become graphs for ComfyUI, and what its host has to have for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from rushes.engines.contract import Mode, Request, Role

Graph = dict[str, Any]
"""ComfyUI's API format: node id -> {"class_type", "inputs"}; a link is ["node id", output's number]."""

Files = Mapping[Role, Sequence[str]]
"""The names that the uploaded inputs have on the ComfyUI host, "folder/start.png", by what they are for."""


class ModelFile(Struct, frozen=True, kw_only=True):
    """A file that the host needs as models/<folder>/<name>. `where` says in words where it is to be had."""

    folder: str
    name: str
    where: str


class Pack(Struct, frozen=True, kw_only=True):
    """A pack of nodes beyond ComfyUI's own: its folder's name in custom_nodes, and the repository it comes from."""

    name: str
    where: str


class Built(Struct, frozen=True, kw_only=True):
    """A graph made for one request.

    `samplers`: the nodes that take the time, with their steps: what progress is weighted by; empty where no node
    counts steps. `warnings`: what of the request was changed or left out.
    """

    graph: Graph
    samplers: dict[str, int]
    warnings: tuple[str, ...] = ()


class Recipe(Struct, frozen=True, kw_only=True):
    """How one catalogue model is made on a ComfyUI host.

    `files` are all that any request to this model may need; `files_of(built.graph)` are those that one does. `retime`:
    inputs that are to be brought to the request's fps before they are uploaded, so that one frame is one frame.

    `build` takes a request and the names of its uploaded inputs. Raises GraphError for a request that it cannot make.
    """

    model: str
    modes: frozenset[Mode]
    files: tuple[ModelFile, ...]
    build: Callable[[Request, Files], Built]
    packs: tuple[Pack, ...] = ()
    retime: frozenset[Role] = frozenset()


class GraphError(Exception):
    """A request that no graph can be made for: an input is missing, say. The message may be shown to the user."""


class WorkflowError(Exception):
    """An operator's own workflow cannot be used. The message names its file and key."""
