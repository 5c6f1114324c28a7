"""Generations on ComfyUI hosts of the operator's own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import structlog

from rushes.engines.comfyui import faults
from rushes.engines.comfyui.checks import Check, HostReport, check_host, lack_of, report_of
from rushes.engines.comfyui.client import Entry, HostDown
from rushes.engines.comfyui.graphs import Built, Graph, GraphError, Recipe
from rushes.engines.comfyui.hosts import Host
from rushes.engines.comfyui.inputs import FOLDER, Upload, names_of, uploads_of
from rushes.engines.comfyui.operation import Sent, of_operation, to_operation
from rushes.engines.comfyui.outputs import kind_of, outputs_of, placed
from rushes.engines.comfyui.progress import Track
from rushes.engines.comfyui.sending import choose, named, queue, send
from rushes.engines.contract import (
    Done,
    EngineError,
    Failed,
    FailureCode,
    Health,
    Lack,
    Lost,
    Operation,
    Output,
    Pending,
    Request,
    Status,
)

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger("comfyui")

_HEARD = 0.5
"""Seconds between two looks at a prompt that is followed on the websocket: they cost nothing."""
_ASKED = 2.0
"""The same for one that has to be asked for."""
_SETTLING = 0.2
"""From the end of a prompt until the history has it."""
_QUIET = 10.0
"""After so long without news of a prompt, the host is asked: who deletes one in ComfyUI tells nobody."""
_TRIES = 3
"""Of reading an output, each where the one before broke off."""


class ComfyEngine:
    """See Engine. `hosts`: addresses; `recipes`: by catalogue model. `client` is this engine's own from now on.

    Graphs go to the hosts' own queues, each to the shortest: ComfyUI's queue is one already, so there is no second one
    here. It forgets all when it ends, though, and a job's time runs while it waits there; so no more jobs should be
    given to this engine at a time than `slots`, one running and one waiting for each host.

    A host that is silent for `patience` seconds has lost what it had; so long is waited for one to come back, too.
    """

    name = "comfyui"
    paid = False
    remote = True

    def __init__(
        self,
        hosts: Sequence[str],
        recipes: Mapping[str, Recipe],
        client: httpx.AsyncClient,
        *,
        patience: float = 90.0,
    ) -> None:
        self._client = client
        self._me = uuid.uuid4().hex
        made = [Host(client, url, self._me) for url in hosts]
        self._hosts = {host.name: host for host in made}
        self._recipes = dict(recipes)
        self._patience = patience
        self._seconds: dict[str, bool] = {}
        """Prompts that ran out of memory: whether their second try was sent."""
        self.modes = frozenset(mode for recipe in recipes.values() for mode in recipe.modes)
        self.slots = 2 * len(self._hosts)

    async def start(self, request: Request) -> Operation:
        """See Engine. Waits for a host that restarts; nothing here costs money, so a start in doubt is made again."""
        recipe = self._recipe(request)
        uploads = uploads_of(request, recipe.retime)
        prompt = str(uuid.uuid4())
        built = _build(recipe, request, uploads)
        graph = named(built.graph, f"{FOLDER}/{request.job}/{prompt[:8]}")
        sent = Sent(
            host="",
            prompt=prompt,
            job=request.job,
            kind=kind_of(request.mode),
            samplers=built.samplers,
            nodes=len(graph),
            warnings=built.warnings,
        )
        until = asyncio.get_running_loop().time() + self._patience
        barred: dict[str, EngineError] = {}
        while True:
            host = await choose(tuple(self._hosts.values()), graph, barred, until)
            sent = msgspec.structs.replace(sent, host=host.name)
            try:
                await send(host, self._me, sent, graph, uploads)
            except HostDown as error:
                host.silent()
                log.warning("ComfyUI did not take a prompt", host=host.name, error=str(error))
                if asyncio.get_running_loop().time() >= until:
                    message = "no ComfyUI host takes this now"
                    raise EngineError(FailureCode.UNAVAILABLE, message, retryable=True) from None
                await asyncio.sleep(_ASKED)
            except EngineError as error:
                # Another host may have the file that this one lacks.
                if error.code is not FailureCode.MODEL_MISSING:
                    raise
                barred[host.name] = error
            else:
                return to_operation(sent)

    async def status(self, operation: Operation) -> Status:
        """See Engine."""
        sent = of_operation(operation)
        host = self._hosts.get(sent.host)
        if host is None:
            return Lost()
        current = sent.second if self._seconds.get(sent.prompt) else sent.prompt
        track = host.listener.track(current)
        if track is not None and host.listener.live and not _worth_asking(track):
            return Pending(progress=track.fraction, poll_after=_HEARD)
        try:
            status = await self._ask(host, sent, current, track)
            host.answered()
        except HostDown as error:
            status = self._without(host, track, error)
        if isinstance(status, Lost):
            # It will be started anew, under another id.
            self._forget(host, sent)
        return status

    async def cancel(self, operation: Operation) -> None:
        """See Engine."""
        sent = of_operation(operation)
        host = self._hosts.get(sent.host)
        if host is None:
            return
        prompts = (sent.prompt, sent.second) if sent.prompt in self._seconds else (sent.prompt,)
        # One that waited leaves no trace at all: nothing will be heard of it.
        self._forget(host, sent)
        for prompt in prompts:
            try:
                await host.client.cancel(prompt)
            except HostDown as error:
                log.warning("could not cancel on ComfyUI", host=host.name, job=sent.job, error=str(error))

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        """See Engine. Goes on where the connection broke. Raises EngineError."""
        host = next((each for each in self._hosts.values() if output.location.startswith(f"{each.name}/view/")), None)
        if host is None:
            raise EngineError(FailureCode.LOST, "the ComfyUI host of this result is not configured any more")
        name, folder = placed(output.location, host.name)
        read = 0
        for attempt in range(_TRIES):
            try:
                async with host.client.view(name, folder, read) as (status, chunks):
                    if status != (206 if read else 200):
                        break
                    async for chunk in chunks:
                        read += len(chunk)
                        yield chunk
                    return
            except HostDown as error:
                log.warning("reading a result broke off", host=host.name, attempt=attempt, error=str(error))
                await asyncio.sleep(attempt)
        raise EngineError(FailureCode.LOST, "the result cannot be read from the ComfyUI host")

    async def discard(self, operation: Operation) -> None:
        """See Engine. Its files stay on the host, which has no way of deleting them."""
        sent = of_operation(operation)
        host = self._hosts.get(sent.host)
        if host is not None:
            self._forget(host, sent)

    async def health(self) -> Health:
        """See Engine. Ready while one host answers; the reason names those that do not."""
        reports = await self.hosts()
        silent = [f"{each.host}: {each.reason}" for each in reports if not each.ready]
        reason = "; ".join(silent) if reports else "no host is set"
        return Health(ready=len(silent) < len(reports), reason=reason)

    async def hosts(self) -> tuple[HostReport, ...]:
        """The state of each host, for the operator."""
        return tuple(await asyncio.gather(*(report_of(host) for host in self._hosts.values())))

    async def check(self) -> tuple[Check, ...]:
        """For each host and model, in this order: what is missing for it there."""
        found = await asyncio.gather(*(check_host(host, self._recipes.values()) for host in self._hosts.values()))
        return tuple(check for checks in found for check in checks)

    async def inspect(self) -> tuple[Lack, ...]:
        """See Inspects."""
        return tuple(lack_of(check) for check in await self.check() if not check.ok)

    async def close(self) -> None:
        """See Engine. What runs on the hosts goes on."""
        for host in self._hosts.values():
            await host.listener.close()
        await self._client.aclose()

    def _recipe(self, request: Request) -> Recipe:
        recipe = self._recipes.get(request.upstream or request.model)
        if recipe is None or request.mode not in recipe.modes:
            raise EngineError(
                FailureCode.UNAVAILABLE, f"there is no ComfyUI workflow for {request.model}, {request.mode}"
            )
        return recipe

    async def _ask(self, host: Host, sent: Sent, prompt: str, track: Track | None) -> Status:
        found = await host.find(prompt)
        if isinstance(found, Entry):
            if faults.out_of_memory(found) and prompt == sent.prompt:
                return await self._once_more(host, sent, found.graph)
            return _ended(host, sent, found)
        if found is None:
            log.warning("ComfyUI does not know a prompt of ours any more", host=host.name, job=sent.job)
            return Lost()
        if track is None:
            return Pending(progress=None if found else 0.0, poll_after=_ASKED)
        track.heard = asyncio.get_running_loop().time()
        track.doubt = not host.listener.live
        after = _SETTLING if track.ended else _HEARD if host.listener.live else _ASKED
        return Pending(progress=track.fraction, poll_after=after)

    async def _once_more(self, host: Host, sent: Sent, graph: Graph) -> Status:
        """The memory ran out: empty it, then send the same graph again, once. Each call is one step of that."""
        if sent.prompt not in self._seconds:
            # After a restart of ours the second try may be under way already.
            known = await host.find(sent.second)
            self._seconds[sent.prompt] = known is not None
            if known is None:
                log.warning("ComfyUI ran out of memory, trying once more", host=host.name, job=sent.job)
                await host.client.free()
            return Pending(poll_after=_ASKED)
        try:
            await queue(host, self._me, sent, sent.second, graph)
        except EngineError as error:
            return Failed(code=error.code, message=error.message)
        self._seconds[sent.prompt] = True
        return Pending(poll_after=_HEARD)

    def _without(self, host: Host, track: Track | None, error: HostDown) -> Status:
        if host.silent() > self._patience:
            log.error("ComfyUI is gone", host=host.name, error=str(error))
            return Lost()
        return Pending(progress=track.fraction if track is not None else None, poll_after=_ASKED)

    def _forget(self, host: Host, sent: Sent) -> None:
        self._seconds.pop(sent.prompt, None)
        host.listener.forget(sent.prompt)
        host.listener.forget(sent.second)


def _build(recipe: Recipe, request: Request, uploads: Sequence[Upload]) -> Built:
    try:
        return recipe.build(request, names_of(uploads))
    except GraphError as error:
        raise EngineError(FailureCode.INVALID_INPUT, str(error)) from None


def _worth_asking(track: Track) -> bool:
    quiet = asyncio.get_running_loop().time() - track.heard
    return track.ended or track.doubt or quiet > _QUIET


def _ended(host: Host, sent: Sent, entry: Entry) -> Status:
    if not entry.success:
        log.error("ComfyUI failed", host=host.name, job=sent.job, **faults.details(entry))
        return faults.failure(entry)
    outputs = outputs_of(host.name, entry.outputs, sent.kind)
    if not outputs:
        return Failed(code=FailureCode.INTERNAL, message="the workflow ended without a result")
    times = {kind: data.get("timestamp") for kind, data in entry.messages}
    begun, ended = times.get("execution_start"), times.get("execution_success")
    usage = {"seconds": (ended - begun) / 1000} if begun and ended else {}
    return Done(outputs=outputs, usage=usage, warnings=sent.warnings)
