"""The catalogue as this server has it: the operator's providers, models and prices put in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from rushes.catalog.margins import Margin
from rushes.catalog.model import Catalog, Model, Route
from rushes.catalog.price import Price


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operator's terms for one model: a price of their own, and the margin that it must leave, in percent.

    `settle`: whether a job costs its price, or what its upstream says that it used, with the margin.
    """

    price: Price | None = None
    margin: Decimal | None = None
    settle: Literal["price", "usage"] | None = None


class BadTerms(Exception):
    """The file of prices cannot be used; the message says why."""


def read_terms(path: Path) -> dict[str, Terms]:
    """The terms by model id, as prices.toml in the data folder has them; none without the file. Raises BadTerms."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[str, Terms])
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BadTerms(f"{path}: {error}") from None


def joined(
    catalog: Catalog,
    *,
    kinds: Mapping[str, Sequence[str]],
    routes: Mapping[str, Sequence[Route]],
    offers: Mapping[str, Sequence[Route]] | None = None,
    models: Sequence[Model] = (),
    terms: Mapping[str, Terms] | None = None,
    margin: Decimal = Decimal(0),
) -> Catalog:
    """`catalog` with routes to a kind of provider leading to each provider of it (`kinds`: their names), with further
    `routes` and `models`, and with the operator's `terms`. Of `offers`, only those to models that are there count.

    Raises BadTerms for terms or routes of models that there are none of.
    """
    terms, offers = terms or {}, offers or {}
    every = {**catalog.models, **{model.id: model for model in models}}
    for place, names in (("prices.toml", terms), ("providers", routes)):
        unknown = sorted(set(names) - set(every))
        if unknown:
            raise BadTerms(f"{place}: no model is called {unknown[0]!r} (see `rushes models list`)")

    def join(model: Model) -> Model:
        own = terms.get(model.id, Terms())
        led = [
            msgspec.structs.replace(route, engine=name)
            for route in model.routes
            for name in kinds.get(route.engine, (route.engine,))
        ]
        return msgspec.structs.replace(
            model,
            routes=(*led, *routes.get(model.id, ()), *offers.get(model.id, ())),
            price=model.price if own.price is None else own.price,
            margin=margin if own.margin is None else own.margin,
            settle=model.settle if own.settle is None else own.settle,
        )

    return Catalog([join(model) for model in every.values()], catalog.voices)


def without(catalog: Catalog, margins: Sequence[Margin]) -> Catalog:
    """`catalog` without the routes of these margins."""
    gone = [(margin.model, margin.route) for margin in margins]
    return Catalog(
        [
            msgspec.structs.replace(model, routes=tuple(r for r in model.routes if (model.id, r) not in gone))
            for model in catalog.models.values()
        ],
        catalog.voices,
    )
