"""Tiers as data: what an account may do."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec
from msgspec import Struct


class UnknownTier(Exception):
    """No tier has this name."""


class Tier(Struct, frozen=True, kw_only=True):
    """One tier. Limits of 0 mean none. `rank` orders tiers, lowest 0."""

    name: str
    rank: int
    requests_per_minute: int
    concurrent_jobs: int


class TierTable:
    """All tiers by name."""

    def __init__(self, tiers: list[Tier]) -> None:
        self._tiers = {tier.name: tier for tier in tiers}

    def __getitem__(self, name: str) -> Tier:
        """The tier called `name`. Raises UnknownTier."""
        try:
            return self._tiers[name]
        except KeyError:
            raise UnknownTier(f"unknown tier {name!r}; one of: {', '.join(self._tiers)}") from None

    @property
    def names(self) -> list[str]:
        return list(self._tiers)


def load_tiers(*, enterprise_requests: int = 0, enterprise_jobs: int = 0) -> TierTable:
    """Read tiers.toml; the enterprise limits are the operator's."""
    data = tomllib.loads((files(__package__) / "tiers.toml").read_text())
    data["enterprise"] |= {"requests_per_minute": enterprise_requests, "concurrent_jobs": enterprise_jobs}
    return TierTable(
        [
            msgspec.convert({"name": name, "rank": rank, **values}, Tier)
            for rank, (name, values) in enumerate(data.items())
        ]
    )
