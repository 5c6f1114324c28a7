"""The files that a request names: its caller's own, by the names that answers gave them, or addresses."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem
from rushes.dialects.kit.sending import filename
from rushes.engines.contract import Kind, Role
from rushes.gallery.inputs import ROLE as INPUT
from rushes.jobs.intake import Source
from rushes.library import Asset, Library

OUTPUT = "output"
_ADDRESSES = ("http://", "https://", "data:")


async def named_file(library: Library, name: str, kinds: Sequence[str], roles: Sequence[str]) -> Asset | None:
    """The file of this exact name, of one of these kinds and roles, whoever owns it."""
    asset = await library.get(name.partition(".")[0])
    if asset is None or asset.kind not in kinds or asset.role not in roles or filename(asset.id, asset.mime) != name:
        return None
    return asset


async def own_file(library: Library, caller: Caller, field: str, name: str, kind: str) -> Asset:
    """The caller's file of this name, made or brought in. Raises a 404 Problem for a missing or foreign one.

    The path of an answer's URL (/api/image/NAME) counts as the name.
    """
    asset = await named_file(library, name.rpartition("/")[2], (kind,), (OUTPUT, INPUT))
    if asset is None or asset.account_id != caller.who.account:
        raise Problem(404, "not_found", f"{field}: you have no {kind} file {name[:100]!r}", field=field)
    return asset


async def to_source(library: Library, caller: Caller, field: str, text: str, role: Role, kind: Kind) -> Source:
    """An input as named in a body: an http(s) or data URL, or a file of the caller's own. Raises as `own_file`."""
    if text.lower().startswith(_ADDRESSES):
        return Source(field=field, role=role, url=text, kinds=(kind,))
    return Source(field=field, role=role, asset=await own_file(library, caller, field, text, kind), kinds=(kind,))
