"""The catalogue: which models there are, what they allow and what they cost. It does not know who asks."""

from rushes.catalog.errors import InvalidParameter, UnknownModel
from rushes.catalog.knobs import extra_of, makes_length
from rushes.catalog.model import Catalog, Model, Plan, Prefer, Route, Wish, load_catalog
from rushes.catalog.options import options
from rushes.catalog.plan import make_plan, measured, usual_price
from rushes.catalog.price import (
    Amounts,
    PerBlock,
    PerCall,
    PerCharacter,
    PerClip,
    PerFrame,
    PerSecond,
    PerToken,
    Price,
    PriceError,
    quote,
)
from rushes.catalog.sampling import Sampling, Span, Whole

__all__ = [
    "Amounts",
    "Catalog",
    "InvalidParameter",
    "Model",
    "PerBlock",
    "PerCall",
    "PerCharacter",
    "PerClip",
    "PerFrame",
    "PerSecond",
    "PerToken",
    "Plan",
    "Prefer",
    "Price",
    "PriceError",
    "Route",
    "Sampling",
    "Span",
    "UnknownModel",
    "Whole",
    "Wish",
    "extra_of",
    "load_catalog",
    "make_plan",
    "makes_length",
    "measured",
    "options",
    "quote",
    "usual_price",
]
