"""The catalogue: which models there are, what they allow and what they cost. It does not know who asks."""

from rushes.catalog.model import Catalog, Model, Plan, Route, Wish, load_catalog
from rushes.catalog.plan import InvalidParameter, UnknownModel, make_plan
from rushes.catalog.price import Price, PriceError, quote

__all__ = [
    "Catalog",
    "InvalidParameter",
    "Model",
    "Plan",
    "Price",
    "PriceError",
    "Route",
    "UnknownModel",
    "Wish",
    "load_catalog",
    "make_plan",
    "quote",
]
