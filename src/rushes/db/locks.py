"""What a transaction locks that relies on what it has read. On SQLite nothing: all writes are one after another.

Always in this order, so that no two transactions wait for each other:

    names (`lock`)  ->  jobs  ->  accounts (`lock_account`)  ->  wallets  ->  everything else

An account's lock guards all that is counted or numbered for it: its money and files, how many jobs, keys, webhooks and
templates it has. Who takes rows of many accounts takes them with SKIP LOCKED, or in the order of the accounts' ids.
"""

from __future__ import annotations

from rushes.db.steps import Steps, run


def lock(name: str) -> Steps[None]:
    """Until this transaction ends, no other one gets the lock of this name: it waits."""
    yield from run("SELECT /*+ pg_advisory_xact_lock(hashtextextended(:name, 0)), */ 1", name=name)


def lock_account(account: str) -> Steps[None]:
    """Until this transaction ends, no other one counts or changes what is the account's."""
    yield from run("SELECT 1 FROM accounts WHERE id = :account /*+ FOR NO KEY UPDATE */", account=account)
