"""Price rules: decimals in, whole credits out, always rounded up."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from msgspec import Struct

_MILLION = Decimal(1_000_000)


class PriceError(Exception):
    """The price cannot be computed. It is never taken as zero."""


class PerSecond(Struct, frozen=True, tag_field="rule", tag="per_second"):
    """Seconds times the resolution's rate; `rates` has one entry "" where there is no resolution."""

    rates: dict[str, Decimal]


class PerCall(Struct, frozen=True, tag_field="rule", tag="per_call"):
    """The same for every result, whatever its length and size."""

    amount: Decimal


class PerCharacter(Struct, frozen=True, tag_field="rule", tag="per_character"):
    """By the characters of the prompt; the rate is for a million."""

    million: Decimal


class PerToken(Struct, frozen=True, tag_field="rule", tag="per_token"):
    """By the tokens read and written; the rates are for a million."""

    input: Decimal
    output: Decimal


class PerFrame(Struct, frozen=True, tag_field="rule", tag="per_frame"):
    """By the frames and the steps on top of a base."""

    base: Decimal
    per_frame: Decimal
    per_step: Decimal


class PerBlock(Struct, frozen=True, tag_field="rule", tag="per_block"):
    """The same for every started stretch of so many seconds, the first in any case; `prorated`: a part, its share."""

    seconds: Decimal
    amount: Decimal
    prorated: bool = False


class PerClip(Struct, frozen=True, tag_field="rule", tag="per_clip"):
    """By the clips that are put together."""

    amount: Decimal
    minimum: Decimal = Decimal(0)


Price = PerSecond | PerCall | PerCharacter | PerToken | PerFrame | PerBlock | PerClip
"""How a model is priced, in credits (1 credit = 1 cent)."""


class Amounts(Struct, frozen=True, kw_only=True):
    """What is to be paid for. A rule takes what it needs."""

    seconds: float = 0.0
    resolution: str = ""
    frames: int = 0
    steps: int = 0
    count: int = 1
    characters: int = 0
    clips: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


def quote(price: Price, amounts: Amounts) -> int:
    """Whole credits for `amounts`. Raises PriceError."""
    return int(exact(price, amounts).to_integral_value(ROUND_CEILING))


def exact(price: Price, amounts: Amounts) -> Decimal:
    """Credits for `amounts`, not rounded. Raises PriceError."""
    return _exact(price, amounts) * amounts.count


def _exact(price: Price, amounts: Amounts) -> Decimal:
    match price:
        case PerSecond(rates):
            rate = rates.get(amounts.resolution)
            if rate is None:
                raise PriceError(f"no price is set for {amounts.resolution}")
            return Decimal(str(amounts.seconds)) * rate
        case PerCall(amount):
            return amount
        case PerCharacter(million):
            return amounts.characters * million / _MILLION
        case PerToken(given, made):
            return (amounts.input_tokens * given + amounts.output_tokens * made) / _MILLION
        case PerFrame(base, frame, step):
            if (frame and amounts.frames < 1) or (step and amounts.steps < 1):
                raise PriceError("no price is set for no frames or no steps")
            return base + amounts.frames * frame + amounts.steps * step
        case PerBlock(stretch, amount, prorated=True):
            return Decimal(str(amounts.seconds)) * amount / stretch
        case PerBlock(stretch, amount):
            blocks = (Decimal(str(amounts.seconds)) / stretch).to_integral_value(ROUND_CEILING)
            return max(Decimal(1), blocks) * amount
        case PerClip(amount, minimum):
            return max(minimum, amounts.clips * amount)
