"""One websocket to one host, for all our prompts there. It tells progress; whether a prompt ended is asked over HTTP.

The library is `websockets`: the plain client of the protocol, with no dependencies. A connection that is lost is made
again for as long as anything is followed; what may have been missed meanwhile is marked as in doubt.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import structlog

from rushes.engines.comfyui.progress import Track

log = structlog.get_logger("comfyui")

_PAUSES = (1.0, 2.0, 5.0, 10.0)
"""Seconds before connecting again. Not at once: a host that has not noticed the old connection's end drops, when it
does, the new one of the same name."""
_OPENING = 2.0
"""Seconds for a connection to come about; without one, prompts are sent all the same."""
_LARGEST = 16 << 20
"""Bytes of a message: previews come this way too."""


class Listener:
    """Hears what the host tells the client of this address."""

    def __init__(self, url: str, host: str) -> None:
        self._url = url
        self._host = host
        self._tracks: dict[str, Track] = {}
        self._task: asyncio.Task[None] | None = None
        self._open = asyncio.Event()

    @property
    def live(self) -> bool:
        """Whether the host is heard now."""
        return self._open.is_set()

    def track(self, prompt: str) -> Track | None:
        """What is known of a prompt that is followed."""
        return self._tracks.get(prompt)

    async def follow(self, prompt: str, track: Track) -> None:
        """Begin to listen for a prompt, before it is sent. Where the host cannot be heard, go on without."""
        self._tracks[prompt] = track
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        try:
            async with asyncio.timeout(_OPENING):
                await self._open.wait()
        except TimeoutError:
            track.doubt = True

    def forget(self, prompt: str) -> None:
        """Listen for it no more."""
        self._tracks.pop(prompt, None)

    async def close(self) -> None:
        """Hang up."""
        self._tracks.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        failures = 0
        while self._tracks:
            try:
                async with connect(
                    self._url, open_timeout=_OPENING, max_size=_LARGEST, proxy=None, compression=None
                ) as socket:
                    self._open.set()
                    failures = 0
                    async for message in socket:
                        # Bytes are previews.
                        if isinstance(message, str):
                            self._hear(message)
            except (OSError, TimeoutError, WebSocketException) as error:
                log.info("ComfyUI cannot be heard", host=self._host, error=type(error).__name__)
            finally:
                self._open.clear()
                for track in self._tracks.values():
                    track.doubt = True
            if self._tracks:
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1

    def _hear(self, message: str) -> None:
        try:
            told: dict[str, Any] = json.loads(message)
            event, data = told["type"], told["data"]
            track = self._tracks.get(data.get("prompt_id"))
            if track is not None:
                track.heard = asyncio.get_running_loop().time()
                track.hear(event, data)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.info("ComfyUI told something that is not understood", host=self._host)
