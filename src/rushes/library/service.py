"""Files in and out: bytes go to the store under their hash, records to the database, always record first."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from rushes.db import Database, Together
from rushes.ids import new_id, now_ms
from rushes.library import assets
from rushes.library.assets import Asset
from rushes.library.blobs import BlobStore
from rushes.media.probe import probe

_SUFFIXES = {
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/aac": ".aac",
    "audio/flac": ".flac",
    "audio/pcm": ".pcm",
    "application/json": ".json",
    "application/zip": ".zip",
    "application/x-subrip": ".srt",
    "text/vtt": ".vtt",
}
_PAUSE = 0.05
"""Seconds until bytes are stored after all that were being deleted: the two must not cross, in whatever processes."""
_BARE = ("audio/pcm",)
"""Samples without a header: there is nothing to read their length from."""


class Library:
    """All files of all accounts."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs
        self._staging: Together[Asset, bool] = Together(lambda staged: database.write(assets.stage_all(staged)))
        self._storing: Together[tuple[Asset, bytes], bool] = Together(self._store_all)

    async def add(self, file: Path | bytes, *, account: str, job: str | None, role: str, kind: str, mime: str) -> Asset:
        """Store a file as staged, of a job or of none. Its size in pixels and seconds is read from its bytes.

        `file` may be the bytes themselves, where there are few and their kind has no such size. Raises UnreadableMedia.
        """
        asset = Asset(
            id=new_id("asset_"), account_id=account, job_id=job, role=role, kind=kind, mime=mime, created_at=now_ms()
        )
        if isinstance(file, bytes):
            sha256 = hashlib.sha256(file).hexdigest()
            asset = msgspec.structs.replace(asset, sha256=sha256, size=len(file))
            if not self._blobs.far:
                while not await self._storing.do((asset, file)):
                    await asyncio.sleep(_PAUSE)
                return asset
            await self._stage(asset)
            await self._blobs.put_contents([(sha256, file)])
        else:
            asset = await asyncio.to_thread(_described, asset, file)
            await self._stage(asset)
            await self._blobs.put_file(file, asset.sha256)
        return asset

    async def _stage(self, asset: Asset) -> None:
        while not await self._staging.do(asset):
            await asyncio.sleep(_PAUSE)

    async def _store_all(self, files: Sequence[tuple[Asset, bytes]]) -> list[bool]:
        """Stage files and store their bytes, all in one go. False for each whose same bytes are being deleted."""
        staged = await self._database.write(assets.stage_all([asset for asset, _ in files]))
        stored = zip(files, staged, strict=True)
        await self._blobs.put_contents([(asset.sha256, content) for (asset, content), there in stored if there])
        return staged

    async def give_up(self, stored: Sequence[Asset]) -> None:
        """Give up files that were stored for a job that is another's by now. Whoever has it may have given them up, and
        deleted their bytes, before all of these were there: so they are put on record again.
        """
        for asset in stored:
            await self._database.write(assets.give_up(asset))

    async def copy_out(self, asset: Asset, folder: Path) -> Path:
        """A file's bytes as a local file in `folder`, for an engine to read."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{asset.role}-{asset.id}{suffix(asset.mime)}"
        with path.open("wb") as file:
            async for chunk in self.read(asset, 0, asset.size):
                await asyncio.to_thread(file.write, chunk)
        return path

    def read(self, asset: Asset, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes start (inclusive) to end (exclusive), in chunks."""
        return self._blobs.get_range(asset.sha256, start, end)

    async def get(self, asset: str) -> Asset | None:
        """A readable file's record."""
        return await self._database.read(assets.get(asset, now_ms()))

    async def drop(self, account: str, dropped: list[Asset]) -> None:
        """Give up files, for example those staged for a job that was not accepted."""
        for asset in dropped:
            await self._database.write(assets.drop(account, asset.id))
        if dropped:
            await self.collect()

    async def tidy(self, *, abandoned_before: int) -> None:
        """Give up expired files and what was staged before `abandoned_before` for nobody, then collect."""
        while await self._database.write(assets.drop_expired(now_ms())):
            pass
        while await self._database.write(assets.drop_abandoned(abandoned_before)):
            pass
        await self._blobs.sweep(abandoned_before)
        await self.collect()

    async def collect(self) -> None:
        """Delete the bytes of given-up files, then their records."""
        while found := await self._database.read(assets.given_up(now_ms())):
            for asset, sha256 in found:
                begun = now_ms()
                if not await self._database.write(assets.let_go(asset, sha256, begun)):
                    continue
                if now_ms() - begun < assets.GOING_MS // 2:  # else this process was asleep: another does it
                    await self._blobs.delete(sha256)
                    await self._database.write(assets.forget(asset))


def suffix(mime: str) -> str:
    """The file name ending for a media type."""
    return _SUFFIXES.get(mime, ".bin")


def _described(asset: Asset, path: Path) -> Asset:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    width = height = 0
    duration = 0.0
    if asset.kind in ("video", "audio") and asset.mime not in _BARE:
        info = probe(path)
        width, height, duration = info.width, info.height, info.duration
    elif asset.kind == "image":
        from PIL import Image

        with Image.open(path) as image:
            width, height = image.size
    return msgspec.structs.replace(
        asset, sha256=sha256, size=path.stat().st_size, width=width, height=height, duration=duration
    )
