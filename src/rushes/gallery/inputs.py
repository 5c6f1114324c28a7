"""Input pictures of an account: uploaded, or taken from its videos. Files without a job, kept as long as results."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from rushes.db import Database, Steps
from rushes.ids import new_id, now_ms
from rushes.jobs import QuotaExceeded
from rushes.library import Asset, Library, assets
from rushes.media.checks import check_image
from rushes.media.frames import save_last_frame

ROLE = "input"
_DAY_MS = 86_400_000


class Inputs:
    """Keeps and finds them. `quota` in bytes and `retention_days` are 0 for no limit."""

    def __init__(
        self, database: Database, library: Library, scratch: Path, *, max_pixels: int, quota: int, retention_days: int
    ) -> None:
        self._database = database
        self._library = library
        self._scratch = scratch
        self._max_pixels = max_pixels
        self._quota = quota
        self._retention_days = retention_days

    async def upload(self, account: str, content: bytes, max_bytes: int) -> Asset:
        """Keep a PNG, JPEG or WebP, judged by its bytes. Raises BadMedia, QuotaExceeded."""

        def check(path: Path) -> str:
            path.write_bytes(content)
            return check_image(path, max_bytes=max_bytes, max_pixels=self._max_pixels).mime

        return await self._keep(account, check)

    async def last_frame(self, account: str, video: Asset) -> Asset:
        """Keep the last frame of a video as a PNG. Raises UnreadableMedia, QuotaExceeded."""
        folder = self._scratch / new_id("frame_")
        try:
            source = await self._library.copy_out(video, folder)

            def extract(path: Path) -> str:
                save_last_frame(source, path)
                return "image/png"

            return await self._keep(account, extract)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def find(self, account: str, name: str) -> Asset | None:
        """The account's input picture of this id."""
        asset = await self._library.get(name)
        return asset if asset is not None and (asset.account_id, asset.role) == (account, ROLE) else None

    async def _keep(self, account: str, make: Callable[[Path], str]) -> Asset:
        if self._quota:
            used = await self._database.read(assets.stored_bytes(account))
            if used >= self._quota:
                raise QuotaExceeded(used, self._quota)
        path = self._scratch / new_id("input_")
        try:
            mime = await asyncio.to_thread(make, path)
            asset = await self._library.add(path, account=account, job=None, role=ROLE, kind="image", mime=mime)
        finally:
            path.unlink(missing_ok=True)
        await self._database.write(self._publish(asset))
        return asset

    def _publish(self, asset: Asset) -> Steps[None]:
        days = self._retention_days
        expires = now_ms() + days * _DAY_MS if days else None
        yield from assets.publish(asset.account_id, (asset.id,), expires)
