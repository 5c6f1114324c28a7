"""Which weights a mode of the composer uses; pulled on first use, done without where they cannot be had."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import Struct

from rushes.engines.contract import Mode
from rushes.engines.local.store import ModelStore, StoreError, opened


class Assets(Struct, frozen=True, kw_only=True):
    """Where the optional helpers lie; what is None is done without."""

    art: Path | None = None
    embed: Path | None = None
    matte: Path | None = None
    rife: Path | None = None
    cache: Path | None = None


NEEDS: dict[Mode, tuple[str, ...]] = {
    Mode.TEXT_TO_VIDEO: ("art", "embed"),
    Mode.IMAGE_TO_VIDEO: ("matte",),
    Mode.FIRST_LAST_FRAME: ("rife",),
    Mode.REFERENCE_TO_VIDEO: ("art", "embed", "matte"),
    Mode.SOUND_TO_VIDEO: ("matte",),
    Mode.MOTION_TRANSFER: ("matte",),
    Mode.TEXT_TO_IMAGE: ("art", "embed"),
    Mode.IMAGE_TO_IMAGE: ("art", "embed", "matte"),
}
_TRY_AGAIN = 3600.0
"""Seconds after a failed pull before the next job tries again."""


def find(models: Path, cache: Path, *, offline: bool, mode: Mode) -> tuple[Assets, tuple[str, ...]]:
    """The weights for `mode`, and what to tell the user about those that could not be had."""
    store = opened(models, offline=offline)
    cache.mkdir(parents=True, exist_ok=True)
    found: dict[str, Path | None] = {}
    notes = []
    for group in NEEDS.get(mode, ()):
        try:
            found[group] = _ready(store, group, cache / f"{group}.failed", offline=offline)
        except StoreError as error:
            found[group] = None
            notes.append(str(error))
    return Assets(cache=cache, **found), tuple(notes)


def _ready(store: ModelStore, group: str, stamp: Path, *, offline: bool) -> Path | None:
    home = store.path(group)
    if home is not None or offline or (stamp.exists() and time.time() - stamp.stat().st_mtime < _TRY_AGAIN):
        return home
    try:
        store.pull(group)
    except StoreError:
        stamp.touch()
        return None
    stamp.unlink(missing_ok=True)
    return store.path(group)
