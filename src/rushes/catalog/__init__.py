"""The catalogue: which models there are, what they allow and what they cost. It does not know who asks."""

from rushes.catalog.errors import InvalidParameter, UnknownModel
from rushes.catalog.model import Catalog, Model, Plan, Prefer, Route, Wish, load_catalog
from rushes.catalog.plan import make_plan, measured
from rushes.catalog.price import Amounts, PerCall, PerSecond, PerToken, Price, PriceError, quote

__all__ = [
    "Amounts",
    "Catalog",
    "InvalidParameter",
    "Model",
    "PerCall",
    "PerSecond",
    "PerToken",
    "Plan",
    "Prefer",
    "Price",
    "PriceError",
    "Route",
    "UnknownModel",
    "Wish",
    "load_catalog",
    "make_plan",
    "measured",
    "quote",
]
