"""API keys: made once, shown once, stored hashed.

A key is 32 random bytes, so its SHA-256 cannot be guessed back and is looked up directly: the comparison
leaks nothing that helps to find a key.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from msgspec import Struct

from rushes.db import Row, Steps, lock_account, one, rows, run
from rushes.ids import now_ms

PREFIXES = {
    "usvideo": "sd_",
    "xpilot": "xp_",
    "apixo": "ax_",
    "series": "sk_",
    "studio": "pr_",
    "openai": "sk-rushes-",
    "rushes": "rsh_",
}
"""A key's first characters only say where it was made: every key opens every dialect."""
_ID = 16
"""A key's id is this much of its hash: unlike any other, and no help in finding the key."""


class Principal(Struct, frozen=True):
    """Who is asking."""

    account: str
    tier: str
    key_hash: str = ""
    """Empty when no key was used."""
    admin: bool = False
    """Whether they may do what only the operator's people may."""
    user: str = ""
    """Who logged in; empty for keys, which are their account's."""
    session: str = ""
    """The hash of the browser's session; empty without one."""


class NewKey(Struct, frozen=True):
    """A key just made: the only moment its text is known. `id` is unlike any other account's, `number` is not."""

    id: str
    key: str
    number: int
    name: str
    masked: str
    created_at: int


class KeyRecord(Struct, frozen=True):
    """A key as it may be shown. Times in milliseconds since 1970."""

    id: str
    number: int
    name: str
    masked: str
    dialect: str
    created_at: int
    last_used_at: int | None
    revoked_at: int | None


AUTHENTICATE = (
    "SELECT k.account_id, a.tier, k.hash,"
    " EXISTS (SELECT 1 FROM users u WHERE u.account_id = k.account_id AND u.admin = 1)"
    " FROM api_keys k JOIN accounts a ON a.id = k.account_id"
    " WHERE k.hash = :hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > :now)"
)


def key_hash(key: str) -> str:
    """How a key is stored and looked up."""
    return sha256(key.encode()).hexdigest()


def principal(row: Row | None) -> Principal | None:
    """The answer to AUTHENTICATE."""
    if row is None:
        return None
    account, tier, hashed, admin = row
    return Principal(account, tier, hashed, admin=bool(admin))


def create_key(account: str, dialect: str, name: str) -> Steps[NewKey]:
    """Make a key for `account` in the style of `dialect`."""
    key = PREFIXES[dialect] + secrets.token_hex(32)
    hashed = key_hash(key)
    now = now_ms()
    masked = f"{key[: len(PREFIXES[dialect]) + 4]}…{key[-4:]}"
    yield from lock_account(account)
    row = yield from one(
        "INSERT INTO api_keys (hash, account_id, number, name, dialect, masked, created_at)"
        " SELECT :hash, :account, coalesce(max(number), 0) + 1, :name, :dialect, :masked, :now"
        " FROM api_keys WHERE account_id = :account RETURNING number",
        hash=hashed,
        account=account,
        name=name,
        dialect=dialect,
        masked=masked,
        now=now,
    )
    assert row is not None
    return NewKey(hashed[:_ID], key, int(row[0]), name, masked, now)


def list_keys(account: str, *, revoked: bool = False) -> Steps[list[KeyRecord]]:
    """The account's working keys, oldest first; also those that are `revoked`, if wanted."""
    found = yield from rows(
        "SELECT substr(hash, 1, :id), number, name, masked, dialect, created_at, last_used_at, revoked_at"
        " FROM api_keys WHERE account_id = :account AND (revoked_at IS NULL OR :revoked = 1) ORDER BY number",
        account=account,
        id=_ID,
        revoked=int(revoked),
    )
    return [KeyRecord(*row) for row in found]


def revoke_key(account: str, number: int) -> Steps[bool]:
    """Make a key useless from now on. False when the account has no such key."""
    row = yield from one(
        "UPDATE api_keys SET revoked_at = :now"
        " WHERE account_id = :account AND number = :number AND revoked_at IS NULL RETURNING number",
        account=account,
        number=number,
        now=now_ms(),
    )
    return row is not None


def revoke_key_by_id(account: str, id: str) -> Steps[bool]:
    """The same for a key's id."""
    row = yield from one(
        "UPDATE api_keys SET revoked_at = :now"
        " WHERE account_id = :account AND substr(hash, 1, :length) = :id AND revoked_at IS NULL RETURNING number",
        account=account,
        length=_ID,
        id=id,
        now=now_ms(),
    )
    return row is not None


def touch_keys(hashes: frozenset[str], now: int) -> Steps[None]:
    """Record that these keys were used at `now`."""
    for hashed in hashes:
        yield from run(
            "UPDATE api_keys SET last_used_at = :now WHERE hash IN"
            # One that another process has in hand is being noted just now.
            " (SELECT hash FROM api_keys WHERE hash = :hash /*+ FOR UPDATE SKIP LOCKED */)",
            hash=hashed,
            now=now,
        )


def any_key() -> Steps[bool]:
    """Whether any key was ever made on this server."""
    return (yield from one("SELECT 1 FROM api_keys LIMIT 1")) is not None
