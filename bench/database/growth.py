"""How requests and jobs get slower as rows get more."""

from __future__ import annotations

import tempfile
from pathlib import Path

from msgspec import Struct

from bench.database import nodes, requests, rows
from bench.database.places import Place, settle

SIZES = (1_000, 100_000, 1_000_000)
_JOBS = 2_000
_SECONDS = 2.0


class Grown(Struct, frozen=True):
    """The rates of requests, and of whole jobs, with so many rows of jobs."""

    size: int
    rates: dict[str, requests.Rate]
    cycle: nodes.Cycle


def measure(place: Place) -> list[Grown]:
    """One database that is filled up in between."""
    grown = []
    settings = place.new()
    with tempfile.TemporaryDirectory() as folder:
        home, first = Path(folder), 1
        for size in SIZES:
            rows.fill(settings, home, first, size)
            settle(settings)
            first = size + 1
            rates = requests.measure(place, settings, home=home, seconds=_SECONDS)
            grown.append(Grown(size, rates, nodes.measure(place, settings, _JOBS, home=home)))
    return grown
