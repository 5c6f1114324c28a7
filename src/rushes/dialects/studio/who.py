"""Who is behind a caller, and what their tier allows, in this API's words."""

from __future__ import annotations

from rushes.accounts import Tier, TierTable, User, user_of
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.shapes_account import TierLimits

BODY_BYTES = 65_536
"""The largest JSON body of requests about people: they carry names and passwords."""


async def user_behind(context: Context, caller: Caller) -> User:
    """The user who is asking. Answers 403 for the key of an account without people."""
    user = await context.services.database.read(user_of(caller.who))
    if user is None:
        raise Problem(403, "no_user", "this key belongs to an account without a user")
    return user


def tier_limits(tiers: TierTable, tier: Tier) -> TierLimits:
    """What accounts of a tier may do through this API."""
    limits = tiers.limits(tier, "studio")
    return TierLimits(
        max_resolution=tier.max_resolution,
        max_frames=tier.max_frames,
        watermark=tier.watermark,
        requests_per_minute=limits.requests_per_minute,
        concurrent_jobs=limits.concurrent_jobs,
        max_body_bytes=limits.body_bytes,
    )


def tier_features(tiers: TierTable, tier: Tier) -> dict[str, bool]:
    """Every gated feature, and whether the tier has it."""
    return {name: tier.rank >= tiers[needed].rank for name, needed in tiers.features.items()}
