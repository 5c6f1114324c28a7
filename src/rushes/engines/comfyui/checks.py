"""What the operator is told of the hosts: who answers, and what each lacks for which model."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from rushes.engines.comfyui.client import HostDown
from rushes.engines.comfyui.graphs import GraphError, Pack, Recipe, files_of, nodes_of
from rushes.engines.comfyui.hosts import Host
from rushes.engines.comfyui.inputs import names_of, uploads_of
from rushes.engines.comfyui.samples import sample
from rushes.engines.contract import EngineError, Lack, Mode

_LEAKS = (
    "it writes the whole workflow, prompts and names of models included, into every file that it makes: "
    "start it with --disable-metadata"
)


class HostReport(Struct, frozen=True, kw_only=True):
    """One host. Memory in bytes; `queued`: prompts that run or wait there, everybody's; `notes`: advice."""

    host: str
    ready: bool
    reason: str = ""
    version: str = ""
    device: str = ""
    vram_total: int = 0
    vram_free: int = 0
    queued: int = 0
    notes: tuple[str, ...] = ()


class MissingFile(Struct, frozen=True, kw_only=True):
    """A model file that is to lie at models/<folder>/<name>; `where` it is to be had, "" when nobody has said."""

    folder: str
    name: str
    where: str


class Check(Struct, frozen=True, kw_only=True):
    """One model on one host.

    `nodes`: classes that are not installed; then `packs` are the node packs that the model needs beyond ComfyUI, and
    where none is named, ComfyUI itself is too old. `files`: model files that are not there. `unsure`: folders of models
    that the host keeps no list of, so nobody can say. `reason`: why nothing could be looked at.
    """

    host: str
    model: str
    ok: bool
    modes: tuple[Mode, ...] = ()
    nodes: tuple[str, ...] = ()
    packs: tuple[Pack, ...] = ()
    files: tuple[MissingFile, ...] = ()
    unsure: tuple[str, ...] = ()
    reason: str = ""


def lack_of(check: Check) -> Lack:
    """The check of a model that cannot be made, as every engine says it."""
    missing = [f"model file models/{file.folder}/{file.name}{_from(file.where)}" for file in check.files]
    missing += [f"node {name}" for name in check.nodes]
    missing += [f"node pack {pack.name}{_from(pack.where)}" for pack in check.packs if check.nodes]
    return Lack(host=check.host, model=check.model, missing=tuple(missing), reason=check.reason)


def _from(where: str) -> str:
    return f", from {where}" if where else ""


async def report_of(host: Host) -> HostReport:
    """Ask a host how it is."""
    try:
        stats = await host.client.stats()
        queue = await host.client.queue()
    except HostDown as error:
        host.silent()
        return HostReport(host=host.name, ready=False, reason=str(error))
    host.answered()
    return HostReport(
        host=host.name,
        ready=True,
        version=stats.version,
        device=stats.device,
        vram_total=stats.vram_total,
        vram_free=stats.vram_free,
        queued=queue.length,
        notes=() if "--disable-metadata" in stats.arguments else (_LEAKS,),
    )


async def check_host(host: Host, recipes: Iterable[Recipe]) -> tuple[Check, ...]:
    """Compare what a host has installed with what each model needs."""
    return tuple([await _check(host, recipe) for recipe in recipes])


async def _check(host: Host, recipe: Recipe) -> Check:
    modes = tuple(sorted(recipe.modes))
    try:
        nodes, files = needs(recipe)
        lacks = await host.lacks(nodes, files)
    except (HostDown, GraphError, EngineError) as error:
        return Check(host=host.name, model=recipe.model, ok=False, modes=modes, reason=str(error))
    where = {(file.folder, file.name): file.where for file in recipe.files}
    return Check(
        host=host.name,
        model=recipe.model,
        ok=not lacks,
        modes=modes,
        nodes=lacks.nodes,
        packs=recipe.packs if lacks.nodes else (),
        files=tuple(
            MissingFile(folder=folder, name=name, where=where.get((folder, name), "")) for folder, name in lacks.files
        ),
        unsure=lacks.unsure,
    )


def needs(recipe: Recipe) -> tuple[set[str], set[tuple[str, str]]]:
    """The node classes and files of a model: those of a plain request in each of its modes, and what it declares.

    Raises GraphError, EngineError.
    """
    nodes: set[str] = set()
    files = {(file.folder, file.name) for file in recipe.files}
    for mode in sorted(recipe.modes):
        request = sample(recipe.model, mode)
        graph = recipe.build(request, names_of(uploads_of(request, recipe.retime))).graph
        nodes |= nodes_of(graph)
        files |= files_of(graph)
    return nodes, files
