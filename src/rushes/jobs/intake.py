"""Input files on their way into a job: fetched or unpacked, judged by their bytes, staged in the library."""

from __future__ import annotations

import asyncio
import base64
import binascii
import shutil
from pathlib import Path

from msgspec import Struct

from rushes.catalog import InvalidParameter
from rushes.engines.contract import Role
from rushes.ids import new_id
from rushes.library import Asset, Library
from rushes.media.checks import BadMedia, check_image, check_video
from rushes.net.guard import BlockedAddress, FetchFailed, GuardedClient


class Limits(Struct, frozen=True, kw_only=True):
    """What an input may be. Bytes, pixels, seconds."""

    image_bytes: int
    image_pixels: int
    video_bytes: int
    video_seconds: float = 60.0
    fetch_seconds: float = 20.0


class Source(Struct, frozen=True, kw_only=True):
    """One input as the caller named it: an http(s) or data URL. `field` is its name, for errors."""

    field: str
    role: Role
    url: str
    video_allowed: bool = False


class Intake:
    """Brings callers' files in."""

    def __init__(self, client: GuardedClient, library: Library, scratch: Path, limits: Limits) -> None:
        self._client = client
        self._library = library
        self._scratch = scratch
        self._limits = limits

    async def bring(self, account: str, job: str, sources: list[Source]) -> list[Asset]:
        """Stage all `sources` for `job`, or none. Raises InvalidParameter naming the field at fault."""
        folder = self._scratch / new_id("intake_")
        folder.mkdir()
        staged: list[Asset] = []
        try:
            for number, source in enumerate(sources):
                staged.append(await self._bring_one(account, job, source, folder / str(number)))
        except BaseException:
            await self._library.drop(account, staged)
            raise
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return staged

    async def _bring_one(self, account: str, job: str, source: Source, path: Path) -> Asset:
        limit = self._limits.video_bytes if source.video_allowed else self._limits.image_bytes
        if source.url.startswith("data:"):
            await asyncio.to_thread(path.write_bytes, _from_data_url(source, limit))
        else:
            await self._download(source, path, limit)
        try:
            kind, mime = await asyncio.to_thread(self._judge, source, path)
        except BadMedia as error:
            raise InvalidParameter(source.field, str(error)) from None
        role = Role.REFERENCE_VIDEO if kind == "video" else source.role
        return await self._library.add(path, account=account, job=job, role=role, kind=kind, mime=mime)

    async def _download(self, source: Source, path: Path, limit: int) -> None:
        try:
            await self._client.download(source.url, path, max_bytes=limit, timeout=self._limits.fetch_seconds)
        except (BlockedAddress, FetchFailed) as error:
            raise InvalidParameter(source.field, str(error)) from None

    def _judge(self, source: Source, path: Path) -> tuple[str, str]:
        limits = self._limits
        if source.video_allowed:
            try:
                info = check_video(
                    path,
                    max_bytes=limits.video_bytes,
                    max_seconds=limits.video_seconds,
                    max_pixels=limits.image_pixels,
                )
            except BadMedia as error:
                if not error.other_kind:
                    raise
            else:
                return "video", info.mime
        image = check_image(path, max_bytes=limits.image_bytes, max_pixels=limits.image_pixels)
        return "image", image.mime


def _from_data_url(source: Source, limit: int) -> bytes:
    head, comma, payload = source.url.partition(",")
    if not comma or not head.endswith(";base64"):
        raise InvalidParameter(source.field, "a data URL must be base64: data:image/png;base64,…")
    if len(payload) > limit * 4 // 3 + 4:
        raise InvalidParameter(source.field, f"at most {limit} bytes are accepted")
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidParameter(source.field, "the data URL is not valid base64") from None
