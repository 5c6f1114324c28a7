"""The ledger: credits in double entry. Grant, top up, hold, capture, release; and an audit that proves it.

Every account has a wallet with two books, *available* and *held*. A generation first holds the most it may
cost, then settles exactly once: `capture` (what it did cost; the rest returns) or `release` (all returns).
"""

from rushes.ledger.audit import Finding, audit
from rushes.ledger.service import (
    Hold,
    InsufficientCredits,
    Settlement,
    Wallet,
    available,
    capture,
    grant,
    hold,
    hold_all,
    open_wallet,
    release,
    settle_all,
    wallet,
)

__all__ = [
    "Finding",
    "Hold",
    "InsufficientCredits",
    "Settlement",
    "Wallet",
    "audit",
    "available",
    "capture",
    "grant",
    "hold",
    "hold_all",
    "open_wallet",
    "release",
    "settle_all",
    "wallet",
]
