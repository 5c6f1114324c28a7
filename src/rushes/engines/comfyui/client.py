"""One ComfyUI host over HTTP. What each address answers was recorded with 0.3.75 and 0.33.0 (research/comfyui).

Every call raises `HostDown` when the host does not answer as a ComfyUI does; nothing here is tried again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct, field

from rushes.engines.comfyui.graphs import Graph

if TYPE_CHECKING:
    import httpx

_CHUNK = 1 << 16
_CONNECT = 5.0
_ANSWER = 30.0
"""Seconds. While it loads a model, ComfyUI is slow to answer."""
_UPLOAD = 120.0
_SOON = 5.0
"""Seconds for questions that somebody waits for."""


class HostDown(Exception):
    """The host cannot be reached, or what answers there is no ComfyUI. The message is for the operator."""


class Stats(Struct, frozen=True, kw_only=True):
    """A host as it describes itself. Memory in bytes; `arguments`: how it was started."""

    version: str = ""
    device: str = ""
    vram_total: int = 0
    vram_free: int = 0
    arguments: tuple[str, ...] = ()


class Queue(Struct, frozen=True):
    """Ids of prompts, everybody's."""

    running: frozenset[str]
    pending: frozenset[str]

    @property
    def length(self) -> int:
        return len(self.running) + len(self.pending)


class Entry(Struct, frozen=True, kw_only=True):
    """A finished prompt. `messages` are (event, data); `graph` is what was run."""

    outputs: dict[str, Any]
    success: bool
    messages: tuple[tuple[str, dict[str, Any]], ...] = ()
    graph: Graph = field(default_factory=dict)


class Answer(Struct, frozen=True):
    """What the host says to a new prompt."""

    status: int
    body: dict[str, Any]


class ComfyClient:
    """Calls one host. `name` is its address without a user's name and password; it is fit for logs and records."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"a ComfyUI host must be an address such as http://127.0.0.1:8188, not {url!r}")
        place = parts.netloc.rpartition("@")[2]
        self.name = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
        self._http = http
        self._base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))

    def socket(self, client: str) -> str:
        """The websocket's address for the listener `client`."""
        return f"ws{self._base.removeprefix('http')}/ws?clientId={client}"

    async def stats(self) -> Stats:
        """The health of the host, from /system_stats."""
        body = await self._get("/system_stats", timeout=_SOON)
        try:
            system, devices = body["system"], body["devices"]
            device = devices[0] if devices else {}
            return Stats(
                version=str(system.get("comfyui_version", "")),
                device=str(device.get("name", "")),
                vram_total=int(device.get("vram_total", 0)),
                vram_free=int(device.get("vram_free", 0)),
                arguments=tuple(map(str, system.get("argv", ()))),
            )
        except (KeyError, TypeError, AttributeError, ValueError):
            raise HostDown(f"what answers at {self.name} is no ComfyUI") from None

    async def nodes(self) -> frozenset[str]:
        """The node classes that are installed."""
        return frozenset(await self._get("/object_info"))

    async def files(self, folder: str) -> frozenset[str] | None:
        """The model files in models/`folder`; None where the host has no list of them."""
        response = await self._call("GET", f"/models/{folder}")
        # 404 for a folder that ComfyUI does not know, 500 for one that was deleted while it ran.
        if response.status_code != 200:
            return None
        return frozenset(str(name).replace("\\", "/") for name in await self._read(response))

    async def submit(self, graph: Graph, prompt: str, client: str) -> Answer:
        """Put a graph in the host's queue under an id of ours (a UUID in lower case: 0.33 takes no other)."""
        body = {"prompt": graph, "prompt_id": prompt, "client_id": client, "extra_data": {}}
        response = await self._call("POST", "/prompt", json=body)
        if response.status_code not in (200, 400):
            raise HostDown(f"{self.name} answered {response.status_code} to a prompt")
        said = await self._read(response, (200, 400))
        return Answer(response.status_code, said if isinstance(said, dict) else {})

    async def queue(self) -> Queue:
        """What runs and what waits."""
        body = await self._get("/queue")
        try:
            running = frozenset(str(item[1]) for item in body["queue_running"])
            pending = frozenset(str(item[1]) for item in body["queue_pending"])
        except (KeyError, TypeError, IndexError):
            raise HostDown(f"{self.name} answered something that is no queue") from None
        return Queue(running, pending)

    async def entry(self, prompt: str) -> Entry | None:
        """A prompt that has ended; None while it has not, and for one that the host does not know."""
        found = (await self._get(f"/history/{prompt}")).get(prompt)
        if found is None:
            return None
        status = found.get("status") or {}
        told: Any = found.get("prompt") or ()
        return Entry(
            outputs=found.get("outputs") or {},
            success=status.get("status_str") == "success",
            messages=tuple((str(kind), data) for kind, data in status.get("messages") or ()),
            graph=told[2] if len(told) > 2 else {},
        )

    async def cancel(self, prompt: str) -> None:
        """Take a prompt out of the queue, or stop it where it runs. One that the host does not know is no fault."""
        response = await self._call("POST", f"/api/jobs/{prompt}/cancel")
        if response.status_code == 200:
            return
        # Versions before that address: 405.
        await self._call("POST", "/queue", json={"delete": [prompt]})
        # Old versions stop whatever runs, whoever's it is, so it is asked for only when it is ours.
        if prompt in (await self.queue()).running:
            await self._call("POST", "/interrupt", json={"prompt_id": prompt})

    async def free(self) -> None:
        """Have the host put its models out of memory."""
        await self._call("POST", "/free", json={"unload_models": True, "free_memory": True})

    async def upload(self, path: Path, name: str, folder: str, mime: str) -> tuple[int, str]:
        """Send an input file: the status, and what graphs call it ("folder/name"), "" where it was not taken."""
        # Every kind of file goes to this address; there is none for deleting them.
        with path.open("rb") as file:
            response = await self._call(
                "POST",
                "/upload/image",
                data={"type": "input", "subfolder": folder, "overwrite": "true"},
                files={"image": (name, file, mime)},
                timeout=_UPLOAD,
            )
        if response.status_code != 200:
            return response.status_code, ""
        said = await self._read(response)
        return 200, "/".join(part for part in (said.get("subfolder", ""), said.get("name", "")) if part)

    @asynccontextmanager
    async def view(self, name: str, folder: str, begin: int) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """An output file from byte `begin`: the status, and the bytes."""
        import httpx

        asked = {"filename": name, "subfolder": folder, "type": "output"}
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
        try:
            async with self._http.stream(
                "GET", f"{self._base}/view", params=asked, headers=headers, timeout=httpx.Timeout(_ANSWER)
            ) as response:
                yield response.status_code, response.aiter_raw(_CHUNK)
        except httpx.HTTPError as error:
            raise HostDown(f"{self.name} broke off: {error!r}") from None

    async def _get(self, path: str, timeout: float = _ANSWER) -> dict[str, Any]:  # noqa: ASYNC109
        body = await self._read(await self._call("GET", path, timeout=timeout))
        if not isinstance(body, dict):
            raise HostDown(f"what answers at {self.name} is no ComfyUI")
        return body

    async def _call(self, method: str, path: str, timeout: float = _ANSWER, **what: Any) -> httpx.Response:  # noqa: ASYNC109
        import httpx

        try:
            return await self._http.request(
                method, f"{self._base}{path}", timeout=httpx.Timeout(timeout, connect=_CONNECT), **what
            )
        except httpx.HTTPError as error:
            raise HostDown(f"{self.name} does not answer: {type(error).__name__}") from None

    async def _read(self, response: httpx.Response, good: tuple[int, ...] = (200,)) -> Any:
        if response.status_code not in good:
            raise HostDown(f"{self.name} answered {response.status_code}")
        try:
            # Python's own reader: node packs write NaN and Infinity. Megabytes with many packs, so in a thread.
            return await asyncio.to_thread(json.loads, response.content)
        except ValueError:
            raise HostDown(f"what answers at {self.name} is no ComfyUI") from None
