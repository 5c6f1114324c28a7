"""The work of `rushes engines`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from msgspec import Struct

from rushes.catalog import Catalog, Model, Route, load_catalog
from rushes.catalog.margins import margin_of
from rushes.cli.operator import Refused, opened
from rushes.db import Steps, rows
from rushes.engines.contract import Engine, Inspects
from rushes.engines.health import lane_of
from rushes.ids import now_ms
from rushes.jobs import odd, switches
from rushes.settings import Settings, SettingsError

_CHECK_SECONDS = 25.0
_DAY_MS = 86_400_000


class _Here(Struct):
    engines: dict[str, Engine]
    catalog: Catalog


@asynccontextmanager
async def _engines(settings: Settings) -> AsyncIterator[_Here]:
    """The engines of the settings and the catalogue with them, without a server."""
    from rushes.embedded import make_engines
    from rushes.engines.local.cores import Cores
    from rushes.net.guard import GuardedClient
    from rushes.upstreams import join, make_upstreams

    guarded = GuardedClient(allow_private=settings.net_allow_private)
    with TemporaryDirectory() as folder:
        try:
            elsewhere = make_upstreams(settings, guarded)
            catalog = join(settings, load_catalog(), elsewhere)
        except SettingsError as error:
            raise Refused(str(error)) from None
        engines = {**make_engines(settings, Path(folder), Cores()), **elsewhere.engines}
        try:
            yield _Here(engines, catalog)
        finally:
            for engine in engines.values():
                await engine.close()
            await guarded.close()


async def list_routes(settings: Settings, model: str | None) -> list[dict[str, Any]]:
    """A row for each route to an engine that is configured."""
    async with opened(settings) as database:
        off = await database.read(switches.reasons())
    async with _engines(settings) as here:
        if model is not None and (found := here.catalog.find(model)) is None:
            raise Refused(f"there is no model {model!r}; see `rushes models list`")
        chosen = [found] if model is not None and found is not None else list(here.catalog.models.values())
        return [_row(each, route, off) for each in chosen for route in each.routes if route.engine in here.engines]


def _row(model: Model, route: Route, off: dict[str, str]) -> dict[str, Any]:
    margin = margin_of(model, route)
    switched = next((name for name in (route.engine, lane_of(route.engine, route.upstream)) if name in off), None)
    return {
        "model": model.id,
        "engine": route.engine,
        "upstream": route.upstream,
        "tag": route.tag,
        "modes": ", ".join(route.modes or model.modes),
        "cost": f"{margin.cost:f}" if margin is not None else None,
        "price": margin.price if margin is not None else None,
        "margin": float(margin.left) if margin is not None else None,
        "wanted": float(margin.wanted) if margin is not None else None,
        "slots": route.slots,
        "per_minute": route.per_minute,
        "state": "on" if switched is None else f"off: {off[switched]}".rstrip(": "),
    }


async def check(settings: Settings, names: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Ask engines for their health, all at once, and for what they lack."""
    async with _engines(settings) as here:
        unknown = sorted(set(names) - set(here.engines))
        if unknown:
            raise Refused(f"no engine is called {unknown[0]!r}; there are: {', '.join(here.engines)}")

        missing: list[dict[str, Any]] = []

        async def ask(name: str) -> dict[str, Any]:
            engine = here.engines[name]
            try:
                async with asyncio.timeout(_CHECK_SECONDS):
                    health = await engine.health()
            except TimeoutError:
                return {"engine": name, "remote": engine.remote, "ready": False, "reason": "did not answer in time"}
            if health.ready and isinstance(engine, Inspects):
                missing.extend({"engine": name, **msgspec.to_builtins(lack)} for lack in await engine.inspect())
            return {"engine": name, "remote": engine.remote, "ready": health.ready, "reason": health.reason}

        found = list(await asyncio.gather(*(ask(name) for name in names or here.engines)))
        return {"engines": found, "missing": missing}


async def disable(settings: Settings, target: str, reason: str) -> dict[str, Any]:
    """Switch an engine or a route off."""
    async with _engines(settings) as here:
        known = {lane_of(r.engine, r.upstream) for m in here.catalog.models.values() for r in m.routes}
        known = {lane for lane in known if lane.partition(":")[0] in here.engines} | set(here.engines)
    if target not in known:
        raise Refused(f"no engine or route is called {target!r}; see `rushes engines list`")
    async with opened(settings) as database:
        await database.write(switches.disable(target, reason, now_ms()))
    return {"disabled": target, "reason": reason}


async def enable(settings: Settings, target: str) -> dict[str, Any]:
    """Switch an engine or a route on again."""
    async with opened(settings) as database:
        if not await database.write(switches.enable(target)):
            raise Refused(f"{target} is not switched off")
    return {"enabled": target}


async def ambiguous(settings: Settings) -> list[dict[str, Any]]:
    """Paid starts whose outcome is not known."""
    async with opened(settings) as database:
        return await database.read(odd.ambiguous())


async def earnings(settings: Settings, days: int) -> list[dict[str, Any]]:
    """Sums over succeeded jobs. Credits."""

    def steps() -> Steps[list[dict[str, Any]]]:
        found = yield from rows(
            "SELECT engine, model, count(*), sum(cost), sum(upstream_cost), count(upstream_cost) FROM jobs"
            " WHERE state = 'succeeded' AND finished_at >= :since GROUP BY engine, model ORDER BY engine, model",
            since=now_ms() - days * _DAY_MS,
        )
        return [_earned(*row) for row in found]

    async with opened(settings) as database:
        return await database.read(steps())


def _earned(engine: str, model: str, jobs: int, charged: int, asked: int | None, known: int) -> dict[str, Any]:
    cost = None if asked is None else round(asked / 1e6, 4)
    return {
        "engine": engine,
        "model": model,
        "jobs": jobs,
        "charged": charged,
        "cost": cost,
        "cost_known_of": known,
        "margin": round((charged - cost) / cost * 100, 1) if cost and known == jobs else None,
    }
