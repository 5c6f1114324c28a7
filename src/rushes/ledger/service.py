"""The movements of credits. Amounts are whole credits (1 credit = 1 cent), never negative.

Each movement is one posting under a unique key made from ids of ours, so that doing it twice is doing it
once. A posting's entries sum to zero; the books are

    available:<account>   what may be spent
    held:<account>        what running jobs may cost
    granted, topped_up    where credits come from (negative)
    revenue               what was spent
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rushes.db import Steps, one, run
from rushes.ids import now_ms

GrantKind = Literal["grant", "top_up"]
_SOURCE: dict[GrantKind, str] = {"grant": "granted", "top_up": "topped_up"}


class InsufficientCredits(Exception):
    """The wallet has less available than a hold needs."""

    def __init__(self, required: int, available: int) -> None:
        super().__init__(f"{required} credits needed, {available} available")
        self.required = required
        self.available = available


class Wallet(Struct, frozen=True):
    """One account's money. `spent` is all that was ever captured, `holds` how many holds were ever made."""

    available: int
    held: int
    spent: int
    holds: int


def open_wallet(account: str) -> Steps[None]:
    """Give an account its empty wallet."""
    yield from run(
        "INSERT INTO wallets (account_id, available, held, spent, holds) VALUES (:account, 0, 0, 0, 0)",
        account=account,
    )


def wallet(account: str) -> Steps[Wallet]:
    """The account's wallet; an empty one when it has none."""
    row = yield from one(
        "SELECT available, held, spent, holds FROM wallets WHERE account_id = :account", account=account
    )
    return Wallet(*row) if row else Wallet(0, 0, 0, 0)


def grant(account: str, amount: int, *, key: str, kind: GrantKind = "grant", note: str = "") -> Steps[bool]:
    """Add credits. False when this key was granted before (nothing changes then)."""
    fresh = yield from _post(f"{kind}:{key}", account, kind, key, amount, note)
    if fresh:
        yield from _entry(f"{kind}:{key}", _SOURCE[kind], -amount)
        yield from _entry(f"{kind}:{key}", f"available:{account}", amount)
        yield from run(
            "UPDATE wallets SET available = available + :amount WHERE account_id = :account",
            account=account,
            amount=amount,
        )
    return fresh


def hold(account: str, subject: str, amount: int) -> Steps[int]:
    """Set `amount` aside for `subject` (a job's id). Answers what is left available.

    Raises InsufficientCredits. A subject is held for once; a second hold is a programming error.
    """
    row = yield from one(
        "UPDATE wallets SET available = available - :amount, held = held + :amount, holds = holds + 1"
        " WHERE account_id = :account AND available >= :amount RETURNING available",
        account=account,
        amount=amount,
    )
    if row is None:
        raise InsufficientCredits(amount, (yield from wallet(account)).available)
    key = f"hold:{subject}"
    if not (yield from _post(key, account, "hold", subject, amount, "")):
        raise ValueError(f"{subject} has a hold already")
    yield from _entry(key, f"available:{account}", -amount)
    yield from _entry(key, f"held:{account}", amount)
    return int(row[0])


def capture(account: str, subject: str, cost: int) -> Steps[bool]:
    """Settle a hold at its real cost, at most what was held; the rest returns to the wallet.

    False when the subject was settled before, or never held for.
    """
    return (yield from _settle(account, subject, "capture", cost))


def release(account: str, subject: str) -> Steps[bool]:
    """Settle a hold at nothing: all of it returns. False when settled before, or never held for."""
    return (yield from _settle(account, subject, "release", 0))


def _settle(account: str, subject: str, kind: str, cost: int) -> Steps[bool]:
    row = yield from one(
        "SELECT amount FROM postings WHERE key = :key AND account_id = :account",
        key=f"hold:{subject}",
        account=account,
    )
    if row is None:
        return False
    held = int(row[0])
    cost = min(cost, held)
    # Capture and release share one key: whichever comes first is the only one.
    key = f"settle:{subject}"
    if not (yield from _post(key, account, kind, subject, cost, "")):
        return False
    yield from _entry(key, f"held:{account}", -held)
    if held > cost:
        yield from _entry(key, f"available:{account}", held - cost)
    if cost:
        yield from _entry(key, "revenue", cost)
    yield from run(
        "UPDATE wallets SET held = held - :held, available = available + :back, spent = spent + :cost"
        " WHERE account_id = :account",
        account=account,
        held=held,
        back=held - cost,
        cost=cost,
    )
    return True


def _post(key: str, account: str, kind: str, subject: str, amount: int, note: str) -> Steps[bool]:
    if amount < 0:
        raise ValueError("an amount is never negative")
    row = yield from one(
        "INSERT INTO postings (key, account_id, kind, subject, amount, note, created_at)"
        " VALUES (:key, :account, :kind, :subject, :amount, :note, :now)"
        " ON CONFLICT (key) DO NOTHING RETURNING key",
        key=key,
        account=account,
        kind=kind,
        subject=subject,
        amount=amount,
        note=note,
        now=now_ms(),
    )
    return row is not None


def _entry(posting: str, book: str, amount: int) -> Steps[None]:
    yield from run(
        "INSERT INTO entries (posting, book, amount) VALUES (:posting, :book, :amount)",
        posting=posting,
        book=book,
        amount=amount,
    )
