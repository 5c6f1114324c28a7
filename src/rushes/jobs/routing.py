"""Which engine a job goes to."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from rushes.catalog import Model, Prefer
from rushes.engines.contract import QUICK, Engine, Mode

STAND_INS = ("composer", "speech", "hearing")
"""Embedded engines that make drafts of models that have no engine of their own."""


class NoEngine(Exception):
    """No engine can make this model's media now."""

    def __init__(self, model: str, prefer: Prefer = "auto") -> None:
        wanted = "" if prefer == "auto" else f"{prefer} "
        super().__init__(f"model {model} is temporarily unavailable: no {wanted}engine is configured for it")


class Choice(Struct, frozen=True):
    """Where a job goes. `queue` is "local" or "quick" for this machine's own work, "cloud" for waiting on others."""

    engine: str
    queue: str
    draft: bool


class Router:
    """Chooses among the engines that are configured."""

    def __init__(self, engines: Mapping[str, Engine], *, drafts: bool) -> None:
        self._engines = engines
        self._drafts = drafts

    def choose(self, model: Model, mode: Mode, prefer: Prefer = "auto") -> Choice:
        """The first configured route that can do `mode` and has the preferred tag; a draft when the model has no
        configured route at all. Raises NoEngine.
        """
        configured = [route for route in model.routes if self._can(route.engine, mode)]
        for route in configured:
            if prefer in ("auto", route.tag):
                return self._choice(route.engine, mode, draft=False)
        if self._drafts and not configured:
            for name in STAND_INS:
                if self._can(name, mode):
                    return self._choice(name, mode, draft=True)
        raise NoEngine(model.id, prefer)

    def _can(self, name: str, mode: Mode) -> bool:
        engine = self._engines.get(name)
        return engine is not None and mode in engine.modes

    def _choice(self, name: str, mode: Mode, *, draft: bool) -> Choice:
        if self._engines[name].remote:
            return Choice(name, "cloud", draft)
        return Choice(name, "quick" if mode in QUICK else "local", draft)
