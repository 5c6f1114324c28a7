"""Delivery policies as data (policies.toml): how often, how long in between, which answers count."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

_GONE = 410


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One policy; policies.toml says what the fields mean. Times in seconds."""

    attempts: Annotated[int, Meta(ge=1, le=50)]
    first: Annotated[float, Meta(gt=0)]
    factor: Annotated[float, Meta(ge=1, le=10)]
    longest: Annotated[float, Meta(gt=0)]
    jitter: Annotated[float, Meta(ge=0, lt=1)]
    timeout: Annotated[float, Meta(gt=0)]
    accepted: tuple[int, int]
    gone: bool

    def delivers(self, status: int) -> bool:
        """Whether an answer with this status means that the event has arrived."""
        lowest, highest = self.accepted
        return lowest <= status <= highest

    def ends(self, status: int | None) -> bool:
        """Whether this answer asks for no further attempt, to this address, ever."""
        return self.gone and status == _GONE

    def delay(self, failed: int, chance: float) -> float | None:
        """Seconds until the next attempt after `failed` of them (1 or more) failed; None: give up. chance 0–1."""
        if failed >= self.attempts:
            return None
        base = min(self.longest, self.first * self.factor ** (failed - 1))
        return base * (1 - self.jitter * chance)


def load_policies() -> dict[str, Policy]:
    """Read policies.toml."""
    data = tomllib.loads((files(__package__) / "policies.toml").read_text())
    return msgspec.convert(data, dict[str, Policy])
