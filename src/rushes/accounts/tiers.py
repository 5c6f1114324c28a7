"""Tiers as data: what an account may do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct


class UnknownTier(Exception):
    """No tier has this name."""


class Tier(Struct, frozen=True, kw_only=True):
    """One tier; tiers.toml says what the fields mean. `rank` orders tiers, lowest 0."""

    name: str
    rank: int
    monthly_credits: int
    max_resolution: int
    max_frames: int
    price: int
    watermark: bool = False
    limited: bool = True


class TierTooLow(Exception):
    """A feature that the account's tier does not have."""

    def __init__(self, what: str, required: str, current: str) -> None:
        super().__init__(f"{what} needs the {required} tier or a higher one; this account is on {current}")
        self.required = required
        self.current = current


class Limits(Struct, frozen=True, kw_only=True):
    """How often and how much at a time; 0 means no limit."""

    requests_per_minute: int
    concurrent_jobs: int
    counted: Literal["account", "key"] = "account"


class TierTable:
    """All tiers by name, and what they may do in each API."""

    def __init__(
        self, tiers: list[Tier], limits: Mapping[str, Limits], unlimited: Limits, features: Mapping[str, str]
    ) -> None:
        self._tiers = {tier.name: tier for tier in tiers}
        self._limits = limits
        self._unlimited = unlimited
        self.features = features

    def __getitem__(self, name: str) -> Tier:
        """The tier called `name`. Raises UnknownTier."""
        try:
            return self._tiers[name]
        except KeyError:
            raise UnknownTier(f"unknown tier {name!r}; one of: {', '.join(self._tiers)}") from None

    def limits(self, tier: Tier, dialect: str) -> Limits:
        """What an account of `tier` may do through `dialect`."""
        return self._limits[dialect] if tier.limited else self._unlimited

    def require(self, tier: Tier, feature: str) -> None:
        """Raises TierTooLow when `tier` does not have `feature` (features.toml)."""
        needed = self[self.features[feature]]
        if tier.rank < needed.rank:
            raise TierTooLow(feature.replace("_", " "), needed.name, tier.name)

    @property
    def names(self) -> list[str]:
        return list(self._tiers)


def load_tiers(*, enterprise_requests: int = 0, enterprise_jobs: int = 0) -> TierTable:
    """Read tiers.toml, limits.toml and features.toml; the limits of unlimited tiers are the operator's."""
    here = files(__package__)
    tiers = tomllib.loads((here / "tiers.toml").read_text())
    limits = tomllib.loads((here / "limits.toml").read_text())
    return TierTable(
        [
            msgspec.convert({"name": name, "rank": rank, **values}, Tier)
            for rank, (name, values) in enumerate(tiers.items())
        ],
        msgspec.convert(limits, dict[str, Limits]),
        Limits(requests_per_minute=enterprise_requests, concurrent_jobs=enterprise_jobs),
        tomllib.loads((here / "features.toml").read_text()),
    )
