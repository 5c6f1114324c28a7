"""An account's signing secret. The database holds version numbers only: a secret is derived when it is needed,
from the server's own, so a stolen database signs nothing. Changing the server's secret changes all of these.

An account has version 1 from the start. A row is written for a version when it is shown to its owner, so the
first one shown is 1 although callbacks may have been signed with it before.
"""

from __future__ import annotations

import base64
import hmac

from msgspec import Struct

from rushes.db import Steps, lock_account, one, rows, run

GRACE_MS = 24 * 3600 * 1000
"""How long a rotated secret goes on signing beside the new one."""
_MOST = 4
"""Signatures on one delivery, however often an account rotates within the grace time."""


class Version(Struct, frozen=True):
    """One version of an account's secret. Times in milliseconds since 1970; `retires_at` once it was rotated."""

    number: int
    created_at: int
    retires_at: int | None


def derive(server_secret: str, account: str, version: int) -> str:
    """The secret's text as its owner sees it: `whsec_` and 32 bytes in base64."""
    key = hmac.digest(server_secret.encode(), f"webhook-secret\n{account}\n{version}".encode(), "sha256")
    return "whsec_" + base64.b64encode(key).decode()


def make(account: str, now: int) -> Steps[int | None]:
    """The version to show to an account that was never shown one; None when it was."""
    row = yield from one(
        "INSERT INTO webhook_secrets (account_id, version, created_at) VALUES (:account, 1, :now)"
        " ON CONFLICT (account_id, version) DO NOTHING RETURNING version",
        account=account,
        now=now,
    )
    return int(row[0]) if row else None


def rotate(account: str, now: int) -> Steps[int]:
    """Replace the secret; the one before signs too until its grace time is over. The version to show."""
    yield from lock_account(account)
    first = yield from make(account, now)
    if first is not None:
        return first
    yield from run(
        "UPDATE webhook_secrets SET retires_at = :retires WHERE account_id = :account AND retires_at IS NULL",
        retires=now + GRACE_MS,
        account=account,
    )
    row = yield from one(
        "INSERT INTO webhook_secrets (account_id, version, created_at)"
        " SELECT :account, max(version) + 1, :now FROM webhook_secrets WHERE account_id = :account RETURNING version",
        account=account,
        now=now,
    )
    assert row is not None
    return int(row[0])


def versions(account: str, now: int) -> Steps[list[Version]]:
    """The versions that sign at `now`, newest first; empty when none was shown yet."""
    found = yield from rows(
        "SELECT version, created_at, retires_at FROM webhook_secrets WHERE account_id = :account"
        " AND (retires_at IS NULL OR retires_at > :now) ORDER BY version DESC LIMIT :most",
        account=account,
        now=now,
        most=_MOST,
    )
    return [Version(*row) for row in found]


def signing(account: str, server_secret: str, now: int) -> Steps[list[str]]:
    """The secrets to sign with at `now`, newest first."""
    found = yield from versions(account, now)
    numbers = [version.number for version in found] or [1]
    return [derive(server_secret, account, number) for number in numbers]
