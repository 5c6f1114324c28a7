"""The monthly allowance: an account that has one gets its tier's credits once for every calendar month (UTC).

`accounts.allowance` says for which month it was granted last. The ledger's key says so a second time, so that not even
a lost column would grant a month twice. Months during which no server ran are made up for.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rushes.accounts.tiers import TierTable
from rushes.db import Steps, one, rows, run
from rushes.ledger import grant

AT_A_TIME = 200
"""Most months of accounts granted in one transaction."""


def month(now: int) -> str:
    """The calendar month of `now` (milliseconds since 1970): "2026-11"."""
    return datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m")


def following(of: str) -> str:
    """The month after "2026-12" is "2027-01"."""
    year, number = int(of[:4]), int(of[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def next_grant(now: int) -> str:
    """The day of the next allowance: the first of the next month, "2026-12-01"."""
    return f"{following(month(now))}-01"


def has_allowance(account: str) -> Steps[bool]:
    """Whether the account gets credits every month."""
    row = yield from one("SELECT allowance IS NOT NULL FROM accounts WHERE id = :account", account=account)
    return bool(row and row[0])


def start_allowance(account: str, tiers: TierTable, now: int) -> Steps[None]:
    """From this month on, which is granted at once unless it was before."""
    yield from run("UPDATE accounts SET allowance = '' WHERE id = :account AND allowance IS NULL", account=account)
    yield from _grant(account, month(now), tiers)


def stop_allowance(account: str) -> Steps[None]:
    """No more months; what was granted stays."""
    yield from run("UPDATE accounts SET allowance = NULL WHERE id = :account", account=account)


def grant_due(now: int, tiers: TierTable) -> Steps[int]:
    """Grant what is due, a month of an account at a time, at most AT_A_TIME. How many; call again until it is 0."""
    current = month(now)
    found = yield from rows(
        "SELECT id, allowance FROM accounts WHERE allowance IS NOT NULL AND allowance < :current"
        " ORDER BY allowance, id LIMIT :most",
        current=current,
        most=AT_A_TIME,
    )
    for account, last in sorted(found):  # the order in which accounts are locked
        yield from _grant(account, following(last) if last else current, tiers)
    return len(found)


def _grant(account: str, due: str, tiers: TierTable) -> Steps[None]:
    # The update decides: of several workers with the same month in hand, one changes the row.
    row = yield from one(
        "UPDATE accounts SET allowance = :due WHERE id = :account AND allowance < :due RETURNING tier",
        account=account,
        due=due,
    )
    if row is not None and (credits := tiers[row[0]].monthly_credits):
        yield from grant(account, credits, key=f"monthly:{account}:{due}", note=f"allowance of {due}, {row[0]} tier")
