"""Sessions: browsers that are logged in. The cookie's text is random; only its SHA-256 is kept, as with keys."""

from __future__ import annotations

import secrets

from rushes.accounts.keys import Principal, key_hash
from rushes.db import Row, Steps, one, rows, run
from rushes.ids import now_ms

LIFETIME = 30 * 24 * 3600
"""Seconds from the last use until a session ends."""
LIFETIME_MS = LIFETIME * 1000

AUTHENTICATE = (
    "SELECT u.account_id, a.tier, u.admin, u.id, s.hash FROM sessions s"
    " JOIN users u ON u.id = s.user_id JOIN accounts a ON a.id = u.account_id"
    " WHERE s.hash = :hash AND s.expires_at > :now"
)


def principal(row: Row | None) -> Principal | None:
    """The answer to AUTHENTICATE."""
    if row is None:
        return None
    account, tier, admin, user, hashed = row
    return Principal(account, tier, admin=bool(admin), user=user, session=hashed)


def session_hash(token: str) -> str:
    """How a session is stored and looked up."""
    return key_hash(token)


def find_session(token: str, now: int) -> Steps[Principal | None]:
    """Who is logged in with this cookie."""
    return principal((yield from one(AUTHENTICATE, hash=session_hash(token), now=now)))


def open_session(user: str, *, instead_of: str | None = None) -> Steps[str]:
    """Log a user in: the new session's token, known only now. The one it takes the place of ends."""
    if instead_of is not None:
        yield from end_session(instead_of)
    token = secrets.token_urlsafe(32)
    now = now_ms()
    yield from run(
        "INSERT INTO sessions (hash, user_id, created_at, expires_at) VALUES (:hash, :user, :now, :expires)",
        hash=session_hash(token),
        user=user,
        now=now,
        expires=now + LIFETIME_MS,
    )
    return token


def extend_sessions(hashes: frozenset[str], now: int) -> Steps[None]:
    """These sessions were used at `now`: they live LIFETIME from then on."""
    for hashed in hashes:
        yield from run(
            "UPDATE sessions SET expires_at = :expires WHERE hash IN"
            # One that another process has in hand is being extended, or ended, just now.
            " (SELECT hash FROM sessions WHERE hash = :hash /*+ FOR UPDATE SKIP LOCKED */)",
            hash=hashed,
            expires=now + LIFETIME_MS,
        )


def end_session(token: str) -> Steps[bool]:
    """Log one browser out. False when it was not logged in."""
    row = yield from one("DELETE FROM sessions WHERE hash = :hash RETURNING hash", hash=session_hash(token))
    return row is not None


def end_sessions(user: str, *, but: str = "") -> Steps[None]:
    """Log a user out everywhere, except in the session whose hash is `but`."""
    yield from run("DELETE FROM sessions WHERE user_id = :user AND hash <> :but", user=user, but=but)


def clear_sessions(now: int) -> Steps[int]:
    """Remove those that ran out, some at a time. How many."""
    found = yield from rows(
        "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= :now LIMIT 500"
        " /*+ FOR UPDATE SKIP LOCKED */) RETURNING hash",
        now=now,
    )
    return len(found)
