"""The model store: pinned weight files with several sources, pulled once and checked before use."""

from rushes.engines.local.store.errors import (
    LicenceError,
    ModelDamagedError,
    ModelMissingError,
    PullError,
    StoreError,
    StoreOfflineError,
    UnknownGroupError,
)
from rushes.engines.local.store.store import FileInfo, GroupInfo, ModelStore, Problem, PullProgress, opened

__all__ = [
    "FileInfo",
    "GroupInfo",
    "LicenceError",
    "ModelDamagedError",
    "ModelMissingError",
    "ModelStore",
    "Problem",
    "PullError",
    "PullProgress",
    "StoreError",
    "StoreOfflineError",
    "UnknownGroupError",
    "opened",
]
