"""What a transaction locks that relies on what it has read. On SQLite nothing: all writes are one after another.

Always in this order, so that no two transactions wait for each other:

    names (`lock`)  ->  jobs  ->  accounts (`lock_account`)  ->  wallets  ->  everything else

An account's lock guards all that is counted or numbered for it: its money and files, how many jobs, keys, webhooks and
templates it has. Who takes rows of many accounts takes them with SKIP LOCKED, or in the order of the accounts' ids; who
takes many jobs, with SKIP LOCKED or in the order of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

from rushes.db.steps import Steps, run_each


def lock(*names: str) -> Steps[None]:
    """Until this transaction ends, no other one gets the locks of these names: it waits."""
    yield from run_each(
        "/*+ SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM each(name TEXT) AS wanted */",
        [(name,) for name in sorted(names)],
    )


def lock_account(account: str) -> Steps[None]:
    """Until this transaction ends, no other one counts or changes what is the account's."""
    yield from lock_accounts((account,))


def lock_accounts(accounts: Iterable[str]) -> Steps[None]:
    """The same of several accounts."""
    yield from run_each(
        "/*+ SELECT FROM each(account TEXT) AS wanted JOIN accounts ON id = account"
        " ORDER BY id FOR NO KEY UPDATE OF accounts */",
        [(account,) for account in sorted(set(accounts))],
    )
