"""The movements of credits. Amounts are whole credits (1 credit = 1 cent), never negative.

Each movement is one posting under a unique key made from ids of ours, so that doing it twice is doing it
once. A posting's entries sum to zero; the books are

    available:<account>   what may be spent
    held:<account>        what running jobs may cost
    granted, topped_up    where credits come from (negative)
    revenue               what was spent
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from rushes.db import Steps, changed_by_each, one, rows_of_each, run, run_each
from rushes.ids import now_ms

GrantKind = Literal["grant", "top_up"]
SettlementKind = Literal["capture", "release"]
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


class Hold(NamedTuple):
    """What is to be set aside for a subject (a job's id)."""

    account: str
    subject: str
    amount: int


class Settlement(NamedTuple):
    """What is to become of a hold. A release costs nothing."""

    account: str
    subject: str
    kind: SettlementKind
    cost: int


class _Posting(NamedTuple):
    """A movement, and the books that it touches with what it does to each."""

    key: str
    account: str
    kind: str
    subject: str
    amount: int
    note: str
    entries: Mapping[str, int]


def available(accounts: Iterable[str]) -> Steps[dict[str, int]]:
    """What these accounts have available, and will have until this transaction ends, but for what it does itself."""
    found = yield from rows_of_each(
        "SELECT account_id, available FROM each(account TEXT) AS asked CROSS JOIN wallets WHERE account_id = account"
        " /*+ ORDER BY account_id FOR NO KEY UPDATE OF wallets */",
        [(account,) for account in sorted(set(accounts))],
    )
    return {str(account): int(left) for account, left in found}


def grant(account: str, amount: int, *, key: str, kind: GrantKind = "grant", note: str = "") -> Steps[bool]:
    """Add credits. False when this key was granted before (nothing changes then)."""
    books = {_SOURCE[kind]: -amount, f"available:{account}": amount}
    fresh = yield from _post([_Posting(f"{kind}:{key}", account, kind, key, amount, note, books)])
    if fresh:
        yield from run(
            "UPDATE wallets SET available = available + :amount WHERE account_id = :account",
            account=account,
            amount=amount,
        )
    return bool(fresh)


def hold(account: str, subject: str, amount: int) -> Steps[int]:
    """Set `amount` aside for `subject` (a job's id). Answers what is left available.

    Raises InsufficientCredits. A subject is held for once; a second hold is a programming error.
    """
    left = yield from hold_all([Hold(account, subject, amount)])
    return left[account]


def hold_all(holds: Sequence[Hold]) -> Steps[dict[str, int]]:
    """All these holds, or none: what is left available, by account. Raises InsufficientCredits for the first account
    that has less than its holds together.
    """
    sums, counts = Counter[str](), Counter(each.account for each in holds)
    for each in holds:
        sums[each.account] += each.amount
    found = yield from rows_of_each(
        "UPDATE wallets SET available = available - amount, held = held + amount, holds = holds + more"
        " FROM each(account TEXT, amount BIGINT, more BIGINT) AS wanted"
        " WHERE account_id = account AND available >= amount RETURNING account_id, available",
        [(account, sums[account], counts[account]) for account in sorted(sums)],
    )
    left = {str(account): int(available) for account, available in found}
    for account in sums:
        if account not in left:
            raise InsufficientCredits(sums[account], (yield from wallet(account)).available)
    postings = [
        _Posting(
            f"hold:{subject}", account, "hold", subject, amount, "",
            {f"available:{account}": -amount, f"held:{account}": amount},
        )
        for account, subject, amount in holds
    ]  # fmt: skip
    fresh = yield from _post(postings)
    for posting in postings:
        if posting.key not in fresh:
            raise ValueError(f"{posting.subject} has a hold already")
    return left


def capture(account: str, subject: str, cost: int) -> Steps[bool]:
    """Settle a hold at its real cost, at most what was held; the rest returns to the wallet.

    False when the subject was settled before, or never held for.
    """
    return bool((yield from settle_all([Settlement(account, subject, "capture", cost)])))


def release(account: str, subject: str) -> Steps[bool]:
    """Settle a hold at nothing: all of it returns. False when settled before, or never held for."""
    return bool((yield from settle_all([Settlement(account, subject, "release", 0)])))


def settle_all(settlements: Sequence[Settlement]) -> Steps[set[str]]:
    """Settle several holds. Answers the subjects that are settled now, and were not before."""
    found = yield from rows_of_each(
        "SELECT subject, amount FROM each(hold TEXT, account TEXT) AS held CROSS JOIN postings"
        " WHERE key = hold AND account_id = account",
        [(f"hold:{each.subject}", each.account) for each in settlements],
    )
    held = {str(subject): int(amount) for subject, amount in found}
    postings: list[_Posting] = []
    for account, subject, kind, asked in settlements:
        if (most := held.get(subject)) is None:
            continue
        cost = min(asked, most)
        books = {f"held:{account}": -most, f"available:{account}": most - cost, "revenue": cost}
        # Capture and release share one key: whichever comes first is the only one.
        key = f"settle:{subject}"
        entries = {book: amount for book, amount in books.items() if amount or book.startswith("held:")}
        postings.append(_Posting(key, account, kind, subject, cost, "", entries))
    fresh = yield from _post(postings)
    freed, spent = Counter[str](), Counter[str]()
    for posting in postings:
        if posting.key in fresh:
            freed[posting.account] += held[posting.subject]
            spent[posting.account] += posting.amount
    yield from run_each(
        "UPDATE wallets SET held = held - freed, available = available + freed - cost, spent = spent + cost"
        " FROM each(account TEXT, freed BIGINT, cost BIGINT) AS settled WHERE account_id = account",
        [(account, freed[account], spent[account]) for account in sorted(freed)],
    )
    return {posting.subject for posting in postings if posting.key in fresh}


def _post(postings: Sequence[_Posting]) -> Steps[set[str]]:
    """Write down those whose key is new, with their entries. Answers their keys."""
    if any(posting.amount < 0 for posting in postings):
        raise ValueError("an amount is never negative")
    if len({posting.key for posting in postings}) < len(postings):
        raise ValueError("the same posting twice")
    now = now_ms()
    fresh = yield from changed_by_each(
        "INSERT INTO postings (key, account_id, kind, subject, amount, note, created_at)"
        " SELECT * FROM each(key TEXT, account TEXT, kind TEXT, subject TEXT, amount BIGINT, note TEXT, made BIGINT)"
        " AS added WHERE true ON CONFLICT (key) DO NOTHING",
        "key",
        [(*posting[:-1], now) for posting in postings],
    )
    yield from run_each(
        "INSERT INTO entries (posting, book, amount)"
        " SELECT * FROM each(posting TEXT, book TEXT, amount BIGINT) AS added",
        [
            (posting.key, book, amount)
            for posting in postings
            if posting.key in fresh
            for book, amount in posting.entries.items()
        ],
    )
    return fresh
