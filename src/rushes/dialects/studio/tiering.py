"""What a tier may make: the document's "Max Resolution" and "Max Frames", which are those of videos."""

from __future__ import annotations

from rushes.accounts import Tier, TierTable, TierTooLow
from rushes.catalog import Plan


def check_tier(tiers: TierTable, tier: Tier, plan: Plan) -> None:
    """Raises TierTooLow with the lowest tier that may make a video as large and as long as `plan`'s.

    Only frames that were chosen count: a clip that is given has the length that it has. Beyond all tiers the highest
    is named.
    """
    if not plan.fps:
        return
    check_size(tiers, tier, plan.width, plan.height)
    _check(tiers, tier, f"{plan.frames} frames", plan.frames, {name: tiers[name].max_frames for name in tiers.names})


def check_size(tiers: TierTable, tier: Tier, width: int, height: int) -> None:
    """Raises TierTooLow where a video of this size is larger than the tier's may be."""
    limits = {name: tiers[name].max_resolution for name in tiers.names}
    _check(tiers, tier, f"{width}x{height}", min(width, height), limits)


def fitted(tier: Tier, width: int, height: int) -> tuple[int, int]:
    """The size, made as much smaller as the tier's resolution demands; both sides even."""
    factor = min(1.0, tier.max_resolution / max(1, min(width, height)))
    across, down = (max(2, round(side * factor / 2) * 2) for side in (width, height))
    return across, down


def _check(tiers: TierTable, tier: Tier, what: str, amount: int, limits: dict[str, int]) -> None:
    if amount > limits[tier.name]:
        enough = [name for name, limit in limits.items() if limit >= amount]
        required = enough[0] if enough else tiers.names[-1]
        raise TierTooLow(what, required, tier.name)
