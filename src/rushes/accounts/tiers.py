"""Tiers as data: what an account may do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal

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


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often and how much at a time; limits.toml says what the fields mean. 0 means no limit."""

    requests_per_minute: int
    concurrent_jobs: int
    body_bytes: int = 0
    door_per_minute: int = 30
    counted: Literal["account", "key"] = "account"


class TierTable:
    """All tiers by name, and what they may do in each API."""

    def __init__(
        self,
        tiers: list[Tier],
        limits: Mapping[str, Mapping[str, Limits]],
        unlimited: Limits,
        features: Mapping[str, str],
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
        return self._limits[dialect][tier.name] if tier.limited else self._unlimited

    def strangers(self, dialect: str) -> Limits:
        """What those whom nobody knows yet may do through `dialect`: the lowest tier's."""
        return self._limits[dialect][self.names[0]]

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
    by_tier = {dialect: {tier: _limits(values, tier) for tier in tiers} for dialect, values in limits.items()}
    return TierTable(
        [
            msgspec.convert({"name": name, "rank": rank, **values}, Tier)
            for rank, (name, values) in enumerate(tiers.items())
        ],
        by_tier,
        Limits(requests_per_minute=enterprise_requests, concurrent_jobs=enterprise_jobs),
        tomllib.loads((here / "features.toml").read_text()),
    )


def _limits(values: Mapping[str, Any], tier: str) -> Limits:
    """An API's limits, with what its table "tiers" says differently of this tier."""
    common = {name: value for name, value in values.items() if name != "tiers"}
    return msgspec.convert({**common, **values.get("tiers", {}).get(tier, {})}, Limits)
