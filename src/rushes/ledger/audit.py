"""Proof that the books are right: every sum recomputed from the entries."""

from __future__ import annotations

from msgspec import Struct

from rushes.db import Steps, rows


class Finding(Struct, frozen=True):
    """One thing worth the operator's eye. `subject` is the wallet, posting or job concerned.

    `mismatch` is False for what is odd but correct, such as a paid start whose outcome is unknown.
    """

    check: str
    subject: str
    detail: str
    mismatch: bool = True


_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "the sum of all entries is zero",
        "SELECT 'all entries', coalesce(sum(amount), 0), 0 FROM entries HAVING coalesce(sum(amount), 0) <> 0",
        "sum is {1}",
    ),
    (
        "each posting's entries sum to zero",
        "SELECT posting, sum(amount), count(*) FROM entries GROUP BY posting HAVING sum(amount) <> 0",
        "sum is {1} over {2} entries",
    ),
    (
        "each posting has entries, each entry a posting",
        "SELECT p.key, p.kind, 0 FROM postings p LEFT JOIN entries e ON e.posting = p.key WHERE e.posting IS NULL",
        "a {1} without entries",
    ),
    (
        "available equals its entries",
        "WITH sums AS (SELECT book, sum(amount) AS total FROM entries GROUP BY book)"
        " SELECT w.account_id, w.available, coalesce(s.total, 0) FROM wallets w"
        " LEFT JOIN sums s ON s.book = 'available:' || w.account_id WHERE w.available <> coalesce(s.total, 0)",
        "wallet says {1}, entries say {2}",
    ),
    (
        "held equals its entries",
        "WITH sums AS (SELECT book, sum(amount) AS total FROM entries GROUP BY book)"
        " SELECT w.account_id, w.held, coalesce(s.total, 0) FROM wallets w"
        " LEFT JOIN sums s ON s.book = 'held:' || w.account_id WHERE w.held <> coalesce(s.total, 0)",
        "wallet says {1}, entries say {2}",
    ),
    (
        "spent equals the captures",
        "SELECT w.account_id, w.spent, coalesce(sum(p.amount), 0) FROM wallets w"
        " LEFT JOIN postings p ON p.account_id = w.account_id AND p.kind = 'capture'"
        " GROUP BY w.account_id, w.spent HAVING w.spent <> coalesce(sum(p.amount), 0)",
        "wallet says {1}, captures say {2}",
    ),
    (
        "each settlement has its hold",
        "SELECT s.key, s.kind, s.amount FROM postings s LEFT JOIN postings h"
        " ON h.key = 'hold:' || s.subject AND h.account_id = s.account_id"
        " WHERE s.kind IN ('capture', 'release') AND h.key IS NULL",
        "a {1} of {2} without a hold",
    ),
    (
        "no balance is negative",
        "SELECT account_id, available, held FROM wallets WHERE available < 0 OR held < 0",
        "available {1}, held {2}",
    ),
)


def audit() -> Steps[list[Finding]]:
    """Every check of the ledger; an empty list when the books are right."""
    findings = []
    for name, sql, detail in _CHECKS:
        for row in (yield from rows(sql)):
            findings.append(Finding(name, str(row[0]), detail.format(*row)))
    return findings
