"""Bringing a graph to a host: which one, its inputs, its place in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from rushes.engines.comfyui import faults
from rushes.engines.comfyui.client import Answer, HostDown
from rushes.engines.comfyui.graphs import Graph, files_of, nodes_of
from rushes.engines.comfyui.hosts import Host, Lacks, survey
from rushes.engines.comfyui.inputs import Upload, ready
from rushes.engines.comfyui.operation import Sent
from rushes.engines.contract import EngineError, FailureCode

log = structlog.get_logger("comfyui")

_AGAIN = 2.0
"""Seconds between two looks for a host that answers."""


def named(graph: Graph, prefix: str) -> Graph:
    """The graph with names of this start for all that it saves.

    ComfyUI does not run again what it has run before with the same inputs: it would answer an older file, of this name.
    """
    made: Graph = {}
    for number, (node, what) in enumerate(graph.items()):
        inputs = what.get("inputs", {})
        if isinstance(inputs.get("filename_prefix"), str):
            inputs = inputs | {"filename_prefix": f"{prefix}-{number}"}
        made[node] = what | {"inputs": inputs}
    return made


async def choose(hosts: Sequence[Host], graph: Graph, barred: Mapping[str, EngineError], until: float) -> Host:
    """The host for a graph, none of the `barred`. Raises EngineError when none has what it needs, or when those that
    might do not answer until then, on the loop's clock.
    """
    nodes, files = nodes_of(graph), files_of(graph)
    while True:
        seen = await survey([host for host in hosts if host.name not in barred], nodes, files)
        if seen.best is not None:
            return seen.best
        if not seen.down or asyncio.get_running_loop().time() >= until:
            break
        await asyncio.sleep(_AGAIN)
    if seen.lacks is not None:
        raise _missing(seen.lacks)
    if barred:
        raise next(iter(barred.values()))
    raise EngineError(FailureCode.UNAVAILABLE, "no ComfyUI host answers", retryable=True)


async def send(host: Host, client: str, sent: Sent, graph: Graph, uploads: Sequence[Upload]) -> None:
    """Upload the inputs and queue the graph. `client`: who is told of it. Raises HostDown, EngineError."""
    host.chosen += 1
    host.sending += 1
    try:
        for upload in uploads:
            async with ready(upload) as path:
                status, name = await host.client.upload(path, upload.name, upload.folder, upload.mime)
            if status == 413:
                raise EngineError(FailureCode.INPUT_SIZE, f"the {upload.role} is larger than the ComfyUI host accepts")
            if name != upload.there:
                raise HostDown(f"{host.name} answered {status} to an upload, and called it {name!r}")
        await queue(host, client, sent, sent.prompt, graph)
    finally:
        host.sending -= 1


async def queue(host: Host, client: str, sent: Sent, prompt: str, graph: Graph) -> None:
    """Follow the prompt, then put it in the host's queue. Raises HostDown, EngineError."""
    await host.listener.follow(prompt, sent.track())
    try:
        answer = await _submit(host, client, prompt, graph)
        if answer.status != 200 or answer.body.get("node_errors"):
            # With 200, the rest of the graph runs: half a result is none.
            if answer.status == 200:
                await host.client.cancel(prompt)
            log.error("ComfyUI refused a graph", host=host.name, job=sent.job, said=answer.body)
            raise faults.refusal(answer.body, graph)
    except BaseException:
        host.listener.forget(prompt)
        raise
    host.loaded = files_of(graph)
    log.info("sent to ComfyUI", host=host.name, job=sent.job, prompt=prompt)


async def _submit(host: Host, client: str, prompt: str, graph: Graph) -> Answer:
    try:
        return await host.client.submit(graph, prompt, client)
    except HostDown:
        # The answer may have been lost on its way: the host knows whether it has our id.
        if await host.find(prompt) is None:
            raise
        return Answer(200, {})


def _missing(lacks: Lacks) -> EngineError:
    if lacks.nodes:
        return EngineError(FailureCode.MODEL_MISSING, faults.missing_node(lacks.nodes[0]))
    return EngineError(FailureCode.MODEL_MISSING, faults.missing_file(*lacks.files[0]))
