"""Weights that an engine needs: found, pulled on first use, or a clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.store import LicenceError, ModelMissingError, StoreError, opened

NEEDS: dict[str, tuple[str, ...]] = {
    "speech": ("voice",),
    "hearing": ("hearing",),
    "music": ("music",),
    "upscale": ("span",),
    "interpolate": ("rife",),
    "matting": ("matte", "matte_fine"),
    "style": ("style",),
    "faces": ("faces",),
    "denoise": ("denoise",),
}
"""Engines that make nothing without weights: the groups of which each needs one."""


def needed(group: str, settings: dict[str, Any]) -> Path:
    """The folder of an installed group; settings: `models` (the store's folder), `offline`, and perhaps
    `accept_licences`.

    Blocks while it is pulled. Raises EngineError(MODEL_MISSING), which says the command that helps.
    """
    accepted = tuple(settings.get("accept_licences", ()))
    store = opened(Path(settings["models"]), offline=settings["offline"], accepted=accepted)
    try:
        home = store.path(group)
        if home is None:
            store.pull(group)
            home = store.require(group)
    except LicenceError as error:
        raise EngineError(FailureCode.MODEL_MISSING, str(error)) from error
    except StoreError as error:
        import structlog  # not before: it and what it loads are ten megabytes in every render process

        # What the sources answered is for the operator; the user gets the command.
        structlog.get_logger("weights").error("weights could not be had", group=group, error=str(error))
        raise EngineError(FailureCode.MODEL_MISSING, str(ModelMissingError(group))) from error
    return home


def lacking(engine: str, settings: dict[str, Any]) -> str:
    """Why an engine can make nothing here, "" when it can or its weights would be pulled. Looks at folders only."""
    groups = NEEDS.get(engine, ())
    if not groups or not settings["offline"] or any((Path(settings["models"]) / group).is_dir() for group in groups):
        return ""
    return str(ModelMissingError(groups[0]))


def wished(group: str, settings: dict[str, Any]) -> Path | None:
    """As `needed`, for what an engine can do without, if not as well: None where it cannot be had."""
    try:
        return needed(group, settings)
    except EngineError:
        return None
