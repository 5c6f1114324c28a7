"""The hosts: what each has installed, whether it answers, how much waits there, and which to give a graph."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from rushes.engines.comfyui.client import ComfyClient, Entry, HostDown
from rushes.engines.comfyui.socket import Listener

if TYPE_CHECKING:
    import httpx

_FRESH = 300.0
"""Seconds that what a host has installed is taken as known."""
_RECENT = 3.0
"""The same, where something is missing: it may just have been put there."""

Files = Iterable[tuple[str, str]]
"""Model files as (folder below models/, name)."""


class Lacks(Struct, frozen=True, kw_only=True):
    """What a host lacks for a graph. `unsure`: folders that ComfyUI has no list of, so nobody can say."""

    nodes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    unsure: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.files)


class Host:
    """One ComfyUI. Times on the loop's clock."""

    def __init__(self, http: httpx.AsyncClient, url: str, client_id: str) -> None:
        self.client = ComfyClient(http, url)
        self.name = self.client.name
        self.listener = Listener(self.client.socket(client_id), self.name)
        self.loaded: frozenset[tuple[str, str]] = frozenset()
        """The model files of the last graph that we sent: likely in memory."""
        self.chosen = 0
        """How often it was given a graph."""
        self.sending = 0
        """Graphs that are on their way and may not be in its queue yet."""
        self.down_since: float | None = None
        self._nodes: tuple[float, frozenset[str]] | None = None
        self._folders: dict[str, tuple[float, frozenset[str] | None]] = {}

    def answered(self) -> None:
        """The host is there."""
        self.down_since = None

    def silent(self) -> float:
        """The host is not there. Seconds since it was first found so."""
        now = asyncio.get_running_loop().time()
        if self.down_since is None:
            self.down_since = now
            # It may come back as another version, with other packs.
            self._nodes = None
            self._folders.clear()
        return now - self.down_since

    async def lacks(self, nodes: Iterable[str], files: Files) -> Lacks:
        """What is missing here of these. Raises HostDown."""
        found = await self._compare(nodes, files, _FRESH)
        return await self._compare(nodes, files, _RECENT) if found else found

    async def find(self, prompt: str) -> Entry | bool | None:
        """A prompt that ended as its entry; True: it runs, False: it waits; None: the host knows nothing of it.

        Raises HostDown.
        """
        if (entry := await self.client.entry(prompt)) is not None:
            return entry
        queue = await self.client.queue()
        if prompt in queue.running or prompt in queue.pending:
            return prompt in queue.running
        # It leaves the queue and enters the history in one step, which may have been just now.
        return await self.client.entry(prompt)

    async def _compare(self, nodes: Iterable[str], files: Files, age: float) -> Lacks:
        installed = await self._installed(age)
        missing, unsure = [], set()
        for folder, name in sorted(set(files)):
            listed = await self._listed(folder, age)
            if listed is None:
                unsure.add(folder)
            elif name.replace("\\", "/") not in listed:
                missing.append((folder, name))
        absent = tuple(sorted(set(nodes) - installed))
        return Lacks(nodes=absent, files=tuple(missing), unsure=tuple(sorted(unsure)))

    async def _installed(self, age: float) -> frozenset[str]:
        now = asyncio.get_running_loop().time()
        if self._nodes is None or now - self._nodes[0] > age:
            self._nodes = (now, await self.client.nodes())
        return self._nodes[1]

    async def _listed(self, folder: str, age: float) -> frozenset[str] | None:
        now = asyncio.get_running_loop().time()
        known = self._folders.get(folder)
        if known is None or now - known[0] > age:
            known = self._folders[folder] = (now, await self.client.files(folder))
        return known[1]


class Survey(Struct, frozen=True, kw_only=True):
    """One look at the hosts for a graph. `best` can take it now; `lacks`: what the fullest of the others misses."""

    best: Host | None
    lacks: Lacks | None
    down: int


async def survey(hosts: Sequence[Host], nodes: set[str], files: frozenset[tuple[str, str]]) -> Survey:
    """Ask all hosts at once. The best has everything and least in its queue; of equals, the one with these models
    in memory, then the first named.
    """

    async def ask(host: Host) -> tuple[Lacks, int] | None:
        # What is chosen while we ask is in no answer yet; counting one twice does no harm.
        before = host.sending - host.chosen
        try:
            lacks = await host.lacks(nodes, files)
            waiting = (await host.client.queue()).length
        except HostDown:
            host.silent()
            return None
        host.answered()
        return lacks, waiting + before

    answers = await asyncio.gather(*(ask(host) for host in hosts))
    asked = [(host, *answer) for host, answer in zip(hosts, answers, strict=True) if answer is not None]
    able = [
        (waiting + host.chosen, host.loaded != files, number)
        for number, (host, lacks, waiting) in enumerate(asked)
        if not lacks
    ]
    poor = [lacks for _, lacks, _ in asked if lacks]
    return Survey(
        best=asked[min(able)[2]][0] if able else None,
        lacks=min(poor, key=lambda lacks: len(lacks.nodes) + len(lacks.files)) if poor else None,
        down=len(hosts) - len(asked),
    )
