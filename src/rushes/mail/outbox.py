"""Mail where no server for it is set: a file per message in a folder, for the operator to read or to send on."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from rushes.disk import own_folder
from rushes.ids import new_id
from rushes.mail.message import Message, rendered


class Outbox:
    """Writes messages into `folder`, readable by the server's user only: they carry tokens."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, message: Message) -> None:
        """Write one file, whole or not at all; its name sorts by time."""
        await asyncio.to_thread(self._write, message)

    def _write(self, message: Message) -> None:
        own_folder(self._folder)
        path = self._folder / f"{new_id('mail_')}.eml"
        unfinished = path.with_suffix(".part")
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(rendered(message, self._sender).as_bytes())
        unfinished.rename(path)
