"""Weights that an engine needs: found, pulled on first use, or a clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.store import LicenceError, ModelMissingError, ModelStore, StoreError

log = structlog.get_logger("weights")


def needed(group: str, settings: dict[str, Any]) -> Path:
    """The folder of an installed group; settings: `models` (the store's folder), `offline`, and perhaps
    `accept_licences`.

    Blocks while it is pulled. Raises EngineError(MODEL_MISSING), which says the command that helps.
    """
    accepted = settings.get("accept_licences", ())
    store = ModelStore(Path(settings["models"]), offline=settings["offline"], accepted=accepted)
    try:
        home = store.path(group)
        if home is None:
            store.pull(group)
            home = store.require(group)
    except LicenceError as error:
        raise EngineError(FailureCode.MODEL_MISSING, str(error)) from error
    except StoreError as error:
        # What the sources answered is for the operator; the user gets the command.
        log.error("weights could not be had", group=group, error=str(error))
        raise EngineError(FailureCode.MODEL_MISSING, str(ModelMissingError(group))) from error
    return home


def wished(group: str, settings: dict[str, Any]) -> Path | None:
    """As `needed`, for what an engine can do without, if not as well: None where it cannot be had."""
    try:
        return needed(group, settings)
    except EngineError:
        return None
