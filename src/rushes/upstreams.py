"""Other services that make media, as the settings name them: engines, routes, limits, and the catalogue with them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog
from msgspec import Struct, field

from rushes.catalog import Catalog, Model, Route
from rushes.catalog.joining import BadTerms, joined, read_terms, without
from rushes.catalog.margins import Margin, shortfalls
from rushes.engines.cloud.table import adapter
from rushes.engines.contract import Engine
from rushes.jobs.claiming import Limit
from rushes.net.guard import GuardedClient
from rushes.settings import ProviderSettings, Settings, SettingsError

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger("upstreams")

COMFYUI = "comfyui"


class Upstreams(Struct, kw_only=True):
    """What is elsewhere. `kinds` has the names of the providers of each kind, `routes` what the operator says leads to
    them besides the catalogue's own routes. `models` are those that only they have, `offers` the routes to what an
    engine can make, whether or not it is in the catalogue.
    """

    engines: dict[str, Engine] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    routes: dict[str, list[Route]] = field(default_factory=dict)
    offers: dict[str, list[Route]] = field(default_factory=dict)
    models: list[Model] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)


def make_upstreams(settings: Settings, guarded: GuardedClient) -> Upstreams:
    """The engines that the settings name. Raises SettingsError."""
    made = Upstreams()
    for name, provider in settings.providers.items():
        made.engines[name] = _provider(name, provider, guarded, settings.home_path / "answers" / name)
        made.kinds.setdefault(provider.kind, []).append(name)
        made.limits.append(Limit(engine=name, slots=provider.slots, per_minute=provider.per_minute))
        for model, upstream in provider.models.items():
            made.routes.setdefault(model, []).append(Route(engine=name, upstream=upstream))
    if settings.comfyui:
        _add_comfyui(made, settings)
    return made


def join(settings: Settings, catalog: Catalog, upstreams: Upstreams) -> Catalog:
    """The catalogue as this server has it. Raises SettingsError.

    A price that leaves less than the margin that prices.toml has for its model is refused; with `below_margin` skip,
    routes that leave less than the margin are not taken.
    """
    try:
        terms = read_terms(settings.home_path / "prices.toml")
        whole = joined(
            catalog,
            kinds=upstreams.kinds,
            routes=upstreams.routes,
            offers=upstreams.offers,
            models=upstreams.models,
            terms=terms,
            margin=Decimal(str(settings.margin)),
        )
    except BadTerms as error:
        raise SettingsError(str(error)) from None
    short = shortfalls(whole, frozenset(upstreams.engines))
    for each in short:
        if each.model in terms and terms[each.model].margin is not None:
            raise SettingsError(f"prices.toml: {_said(each)}")
    return without(whole, short) if settings.below_margin == "skip" else whole


def warn_of_prices(catalog: Catalog, upstreams: Upstreams) -> None:
    """Log every route that leaves less than the margin."""
    for each in shortfalls(catalog, frozenset(upstreams.engines)):
        log.warning("price too low", route=_said(each))


def _said(short: Margin) -> str:
    route = short.route
    return (
        f"{short.model} by {route.engine} {route.upstream}: sold for {short.price} credits, costs {short.cost:f},"
        f" which leaves {short.left} % and not {short.wanted} %"
    )


def limits_of(catalog: Catalog, upstreams: Upstreams) -> tuple[Limit, ...]:
    """How much of each engine and each route may go on: the operator's limits and the routes' own."""
    found = {
        (route.engine, route.upstream): Limit(
            engine=route.engine, upstream=route.upstream, slots=route.slots, per_minute=route.per_minute
        )
        for model in catalog.models.values()
        for route in model.routes
        if route.engine in upstreams.engines and (route.slots or route.per_minute)
    }
    return (*(limit for limit in upstreams.limits if limit.slots or limit.per_minute), *found.values())


def no_double_names(local: Mapping[str, Engine], upstreams: Upstreams) -> None:
    """Raises SettingsError for a provider that is called like one of our own engines."""
    for name in upstreams.engines:
        if name in local:
            raise SettingsError(f"providers.{name}: this server has an engine of that name; choose another one")


def _provider(name: str, provider: ProviderSettings, guarded: GuardedClient, answers: Path) -> Engine:
    from rushes.engines.cloud.engine import CloudEngine

    words = adapter(provider.kind)
    if not (provider.url or words.base):
        raise SettingsError(f"providers.{name}: url is needed for kind {provider.kind!r}")
    return CloudEngine(name, words, new_client(), guarded, key=provider.key, base=provider.url, answers=answers)


def _add_comfyui(made: Upstreams, settings: Settings) -> None:
    from rushes.engines.comfyui.engine import ComfyEngine
    from rushes.engines.comfyui.graphs import WorkflowError, catalogue_entries, load_recipes

    if COMFYUI in settings.providers:
        raise SettingsError("providers.comfyui: that is the name of the ComfyUI servers' engine; choose another one")
    hosts = [each.strip() for each in settings.comfyui.split(",") if each.strip()]
    for host in hosts:
        if not host.startswith(("http://", "https://")):
            raise SettingsError(f"comfyui: {host!r} must begin with http:// or https://")
    folder = Path(settings.comfyui_workflows).expanduser() if settings.comfyui_workflows else None
    if folder is not None and not folder.is_dir():
        raise SettingsError(f"comfyui_workflows: there is no folder {folder}")
    try:
        recipes = load_recipes(folder)
        entries = catalogue_entries(folder) if folder is not None else []
        made.models += [msgspec.convert(entry, Model) for entry in entries]
    except (WorkflowError, msgspec.ValidationError) as error:
        raise SettingsError(f"comfyui_workflows: {error}") from None
    engine = ComfyEngine(hosts, recipes, new_client())
    made.engines[COMFYUI] = engine
    made.limits.append(Limit(engine=COMFYUI, slots=engine.slots))
    own = {model.id for model in made.models}  # their entries say the route themselves
    for model, recipe in recipes.items():
        if model in own:
            continue
        route = Route(engine=COMFYUI, upstream=model, modes=tuple(sorted(recipe.modes)))
        made.offers.setdefault(model, []).append(route)


def new_client() -> httpx.AsyncClient:
    """A client of its own for each engine: one that is slow takes no other's connections."""
    import httpx

    limits = httpx.Limits(max_connections=100, max_keepalive_connections=40, keepalive_expiry=30)
    return httpx.AsyncClient(trust_env=False, limits=limits)
