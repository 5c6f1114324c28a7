"""Which engine a job goes to: the cheapest healthy value route, else the cheapest healthy official one.

Routes are the model's (`catalog.Route`); what may begin where now is on the board (`engines.health`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from rushes.catalog import Amounts, Catalog, Model, Plan, Prefer, Route
from rushes.catalog.margins import cost_of
from rushes.catalog.plan import amounts_of, usual_amounts
from rushes.engines.contract import QUICK, Engine, Mode
from rushes.engines.health import Board, Condition
from rushes.jobs.model import Job

STAND_INS = ("composer", "speech", "hearing")
"""Embedded engines that make drafts of models that have no engine of their own."""
_DEAREST = Decimal("Infinity")
"""What a provider asks that names no cost: it comes after those that do."""


class NoEngine(Exception):
    """No engine can make this model's media now."""

    def __init__(self, model: str, prefer: Prefer = "auto", *, configured: bool = False) -> None:
        wanted = "" if prefer == "auto" else f"{prefer} "
        why = f"none of its {wanted}engines is working" if configured else f"no {wanted}engine is configured for it"
        super().__init__(f"model {model} is temporarily unavailable: {why}")


class Choice(Struct, frozen=True):
    """Where a job goes. `queue` is "local" or "edit" for this machine's own work, "cloud" for waiting on others.

    `upstream` is the engine's name for the model, `tag` the route's.
    """

    engine: str
    queue: str
    draft: bool
    upstream: str = ""
    tag: str = ""


class Router:
    """Chooses among the engines that are configured. Without a board all are taken to be well."""

    def __init__(self, engines: Mapping[str, Engine], *, drafts: bool, board: Board | None = None) -> None:
        self._engines = engines
        self._drafts = drafts
        self.board = board or Board()

    def choose(self, model: Model, mode: Mode, prefer: Prefer = "auto", plan: Plan | None = None) -> Choice:
        """The best route for `mode` that has the preferred tag; a draft when the model has no configured route at all.

        One that only rests is taken when no other is ready: the job waits. Raises NoEngine.
        """
        configured = [route for route in model.routes if self._can(route, mode)]
        wanted = [route for route in configured if prefer in ("auto", route.tag)]
        best = self._best(model, wanted, plan)
        if best is not None:
            return self._choice(best.engine, mode, draft=False, upstream=best.upstream, tag=best.tag)
        if self._drafts and not configured:
            for name in STAND_INS:
                if self._does(name, mode) and self.board.condition(name) != "off":
                    return self._choice(name, mode, draft=True)
        raise NoEngine(model.id, prefer, configured=bool(wanted))

    def knows(self, engine: str) -> bool:
        """Whether an engine is configured."""
        return engine in self._engines

    def condition(self, job: Job) -> Condition:
        """How a job's lane is. Of an engine that is not configured any more: off."""
        if job.engine not in self._engines:
            return "off"
        return self.board.condition(job.engine, job.upstream)

    def elsewhere(self, model: Model, job: Job) -> Choice | None:
        """Another route for a job of which nothing was sent yet: one that is ready now, None when there is none."""
        plan = job.plan()
        if job.draft:
            return None
        routes = [
            route
            for route in model.routes
            if self._can(route, plan.mode)
            and plan.prefer in ("auto", route.tag)
            and (route.engine, route.upstream) != (job.engine, job.upstream)
            and self.board.condition(route.engine, route.upstream) == "ready"
        ]
        best = self._best(model, routes, plan)
        if best is None:
            return None
        return self._choice(best.engine, plan.mode, draft=False, upstream=best.upstream, tag=best.tag)

    def ways(self, model: Model, plan: Plan) -> int:
        """How many routes could take this plan, whatever their condition."""
        return sum(1 for r in model.routes if self._can(r, plan.mode) and plan.prefer in ("auto", r.tag))

    def _best(self, model: Model, routes: list[Route], plan: Plan | None) -> Route | None:
        amounts = amounts_of(plan) if plan is not None else usual_amounts(model)
        ranked = []
        for number, route in enumerate(routes):
            condition = self.board.condition(route.engine, route.upstream)
            if condition in ("ready", "resting"):
                asked = self._cost(route, amounts)
                ranked.append((condition == "resting", route.tag != "value", asked, number, route))
        return min(ranked)[-1] if ranked else None

    def _cost(self, route: Route, amounts: Amounts) -> Decimal:
        if not self._engines[route.engine].paid:
            return Decimal(0)
        asked = cost_of(route, amounts)
        return _DEAREST if asked is None else asked

    def _can(self, route: Route, mode: Mode) -> bool:
        return self._does(route.engine, mode) and (not route.modes or mode in route.modes)

    def _does(self, name: str, mode: Mode) -> bool:
        engine = self._engines.get(name)
        return engine is not None and mode in engine.modes

    def _choice(self, name: str, mode: Mode, *, draft: bool, upstream: str = "", tag: str = "") -> Choice:
        if self._engines[name].remote:
            return Choice(name, "cloud", draft, upstream, tag)
        return Choice(name, "edit" if mode in QUICK else "local", draft, upstream, tag)


def route_of(catalog: Catalog, job: Job) -> Route | None:
    """The route that a job takes, as the catalogue has it."""
    model = catalog.models.get(job.model)
    routes = model.routes if model is not None else ()
    return next((r for r in routes if (r.engine, r.upstream) == (job.engine, job.upstream)), None)
