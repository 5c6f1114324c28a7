"""Which engine a job goes to."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from rushes.catalog import Model
from rushes.engines.contract import Engine, Mode

COMPOSER = "composer"


class NoEngine(Exception):
    """No engine can make this model's media now."""

    def __init__(self, model: str) -> None:
        super().__init__(f"model {model} is temporarily unavailable: no engine is configured for it")


class Choice(Struct, frozen=True):
    """Where a job goes. `queue` is "local" for this machine's own work, "cloud" for waiting on others."""

    engine: str
    queue: str
    draft: bool


class Router:
    """Chooses among the engines that are configured."""

    def __init__(self, engines: Mapping[str, Engine], *, drafts: bool) -> None:
        self._engines = engines
        self._drafts = drafts

    def choose(self, model: Model, mode: Mode) -> Choice:
        """The first configured route that can do `mode`; else the composer's draft. Raises NoEngine."""
        for route in model.routes:
            engine = self._engines.get(route.engine)
            if engine is not None and mode in engine.modes:
                return Choice(route.engine, _queue(engine), draft=False)
        stand_in = self._engines.get(COMPOSER)
        if self._drafts and stand_in is not None and mode in stand_in.modes:
            return Choice(COMPOSER, _queue(stand_in), draft=True)
        raise NoEngine(model.id)


def _queue(engine: Engine) -> str:
    return "cloud" if engine.paid else "local"
