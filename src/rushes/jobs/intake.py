"""Input files on their way into a job: fetched or unpacked, judged by their bytes, staged in the library."""

from __future__ import annotations

import asyncio
import base64
import binascii
import shutil
from pathlib import Path

import msgspec
from msgspec import Struct

from rushes.catalog import InvalidParameter
from rushes.engines.contract import FailureCode, Kind, Role, Transcript
from rushes.ids import new_id
from rushes.jobs.room import needed
from rushes.library import Asset, Library
from rushes.media.checks import BadMedia, check_audio, check_image, check_video
from rushes.media.subtitle_reading import BadSubtitles, read_subtitles
from rushes.net.guard import BlockedAddress, CutOff, FetchFailed, GuardedClient, TooLarge

_ORDER: tuple[Kind, ...] = ("video", "audio", "image", "text")


class Limits(Struct, frozen=True, kw_only=True):
    """What an input may be. Bytes, pixels, seconds."""

    image_bytes: int
    image_pixels: int
    video_bytes: int
    video_seconds: float = 60.0
    audio_bytes: int = 26_214_400
    audio_seconds: float = 14_400.0
    text_bytes: int = 4_000_000
    fetch_seconds: float = 20.0


class Source(Struct, frozen=True, kw_only=True):
    """One input as the caller named it: an http(s) or data URL, its bytes, or a file of the account's own.

    `field` is its name, for errors; `kinds` says what it may be: "text" are subtitles. `max_bytes` and
    `max_seconds` are limits of its own, 0 for the usual ones.
    """

    field: str
    role: Role
    url: str = ""
    content: bytes | None = None
    asset: Asset | None = None
    kinds: tuple[Kind, ...] = ("image",)
    max_bytes: int = 0
    max_seconds: float = 0.0


class BadInput(InvalidParameter):
    """An input that cannot be used: `code` says whether its address, its size, its format or the way to it is wrong."""

    def __init__(self, field: str, reason: str, code: FailureCode) -> None:
        super().__init__(field, reason)
        self.code = code


class Intake:
    """Brings callers' files in."""

    def __init__(self, client: GuardedClient, library: Library, scratch: Path, limits: Limits) -> None:
        self._client = client
        self._library = library
        self._scratch = scratch
        self._limits = limits

    async def bring(self, account: str, job: str, sources: list[Source]) -> list[Asset]:
        """Stage all `sources` for `job`, or none. Raises BadInput naming the field at fault, Unavailable."""
        folder = self._scratch / new_id("intake_")
        folder.mkdir()
        staged: list[Asset] = []
        try:
            with needed():
                for number, source in enumerate(sources):
                    staged.append(await self._bring_one(account, job, source, folder / str(number)))
        except BaseException:
            await self._library.drop(account, staged)
            raise
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return staged

    async def _bring_one(self, account: str, job: str, source: Source, path: Path) -> Asset:
        limit = max(self._limit(source, kind) for kind in source.kinds)
        if source.asset is not None:
            path = await self._library.copy_out(source.asset, path.parent)
        elif source.content is not None:
            await asyncio.to_thread(path.write_bytes, source.content)
        elif source.url[:5].lower() == "data:":
            await asyncio.to_thread(path.write_bytes, _from_data_url(source, limit))
        elif not source.url.lower().startswith(("http://", "https://")):
            raise BadInput(source.field, "must be an http, https or data URL", FailureCode.INPUT_ADDRESS)
        else:
            await self._download(source, path, limit)
        try:
            kind, mime = await asyncio.to_thread(self._judge, source, path)
        except BadMedia as error:
            large = path.stat().st_size > limit
            code = FailureCode.INPUT_SIZE if large else FailureCode.INPUT_FORMAT
            raise BadInput(source.field, str(error), code) from None
        role = Role.REFERENCE_VIDEO if kind == "video" and source.role is Role.REFERENCE_IMAGE else source.role
        return await self._library.add(path, account=account, job=job, role=role, kind=kind, mime=mime)

    def _limit(self, source: Source, kind: Kind) -> int:
        limits = self._limits
        own = {"image": limits.image_bytes, "video": limits.video_bytes, "audio": limits.audio_bytes}
        own["text"] = limits.text_bytes
        return source.max_bytes or own[kind]

    async def _download(self, source: Source, path: Path, limit: int) -> None:
        try:
            await self._client.download(source.url, path, max_bytes=limit, timeout=self._limits.fetch_seconds)
        except BlockedAddress as error:
            raise BadInput(source.field, str(error), FailureCode.INPUT_ADDRESS) from None
        except TooLarge as error:
            raise BadInput(source.field, str(error), FailureCode.INPUT_SIZE) from None
        except CutOff as error:
            raise BadInput(source.field, str(error), FailureCode.INPUT_DOWNLOAD) from None
        except FetchFailed as error:
            raise BadInput(source.field, str(error), FailureCode.INPUT_ADDRESS) from None

    def _judge(self, source: Source, path: Path) -> tuple[Kind, str]:
        """What the file is. Of several kinds that are allowed, the last one's complaint counts."""
        *others, last = sorted(source.kinds, key=_ORDER.index)
        for kind in others:
            try:
                return kind, self._check(source, kind, path)
            except BadMedia as error:
                if not error.other_kind:
                    raise
        return last, self._check(source, last, path)

    def _check(self, source: Source, kind: Kind, path: Path) -> str:
        limits, size = self._limits, self._limit(source, kind)
        if kind == "video":
            seconds, pixels = source.max_seconds or limits.video_seconds, limits.image_pixels
            return check_video(path, max_bytes=size, max_seconds=seconds, max_pixels=pixels).mime
        if kind == "audio":
            return check_audio(path, max_bytes=size, max_seconds=limits.audio_seconds).mime
        if kind == "text":
            return _check_subtitles(path, size)
        return check_image(path, max_bytes=size, max_pixels=limits.image_pixels).mime


def _check_subtitles(path: Path, max_bytes: int) -> str:
    """A transcript that was made here, or an SRT or WebVTT file."""
    if path.stat().st_size > max_bytes:
        raise BadMedia(f"the subtitles have more than {max_bytes} bytes")
    content = path.read_bytes()
    try:
        msgspec.json.decode(content, type=Transcript)
        return "application/json"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        read_subtitles(content)
    except BadSubtitles as error:
        raise BadMedia(f"not a transcript of ours, SRT or WebVTT: {error}") from None
    return "text/vtt" if content.lstrip(b"\xef\xbb\xbf").startswith(b"WEBVTT") else "application/x-subrip"


def _from_data_url(source: Source, limit: int) -> bytes:
    head, comma, payload = source.url.partition(",")
    if not comma or not head.endswith(";base64"):
        raise BadInput(source.field, "a data URL must be base64: data:image/png;base64,…", FailureCode.INPUT_ADDRESS)
    if len(payload) > limit * 4 // 3 + 4:
        raise BadInput(source.field, f"at most {limit} bytes are accepted", FailureCode.INPUT_SIZE)
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput(source.field, "the data URL is not valid base64", FailureCode.INPUT_ADDRESS) from None
