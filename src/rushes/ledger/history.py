"""An account's postings as its owner reads them: newest first, each with what it did to the balance."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rushes.db import Steps, rows

PostingKind = Literal["grant", "top_up", "hold", "capture", "release"]
_DAY_MS = 86_400_000


class Movement(Struct, frozen=True):
    """One posting. `change` is what it did to the available credits, `balance` what they were after it.

    `amount` is the posting's own, never negative: of a capture, what was spent of the hold before it.
    """

    kind: PostingKind
    subject: str
    note: str
    amount: int
    created_at: int
    change: int
    balance: int


_HISTORY = (
    # The newest postings up to the page's end, with their changes; a balance is today's less all newer changes.
    "WITH newest AS ("
    " SELECT key, kind, subject, note, amount, created_at FROM postings WHERE account_id = :account"
    " ORDER BY created_at DESC, key DESC LIMIT :last"
    "), changes AS ("
    " SELECT n.key, n.kind, n.subject, n.note, n.amount, n.created_at, coalesce(e.amount, 0) AS change"
    " FROM newest n LEFT JOIN entries e ON e.posting = n.key AND e.book = :book"
    ") SELECT c.kind, c.subject, c.note, c.amount, c.created_at, c.change,"
    " w.available - coalesce(sum(c.change) OVER (ORDER BY c.created_at DESC, c.key DESC"
    "  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
    " FROM changes c JOIN wallets w ON w.account_id = :account"
    " ORDER BY c.created_at DESC, c.key DESC LIMIT :limit OFFSET :offset"
)


def history(account: str, limit: int, offset: int = 0) -> Steps[list[Movement]]:
    """`limit` postings after the newest `offset`, in one statement: all at the same moment."""
    found = yield from rows(
        _HISTORY, account=account, book=f"available:{account}", last=limit + offset, limit=limit, offset=offset
    )
    return [Movement(*(*row[:6], int(row[6]))) for row in found]


def spent_by_day(account: str, since: int) -> Steps[dict[int, int]]:
    """What was spent on each day (UTC, as days since 1970) from that of `since` (milliseconds since 1970) on."""
    found = yield from rows(
        f"SELECT created_at / {_DAY_MS}, sum(amount) FROM postings"
        " WHERE account_id = :account AND kind = 'capture' AND created_at >= :start GROUP BY 1",
        account=account,
        start=since // _DAY_MS * _DAY_MS,
    )
    return {int(day): int(credits) for day, credits in found}
