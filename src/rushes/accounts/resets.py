"""Forgotten passwords: a token by mail, good once and for an hour."""

from __future__ import annotations

import secrets

from rushes.accounts.keys import key_hash
from rushes.accounts.sessions import end_sessions
from rushes.accounts.users import User, set_password, user_by_id
from rushes.db import Steps, one, rows, run

LIFETIME_MS = 3600 * 1000


def open_reset(user: str, now: int) -> Steps[str]:
    """A token that may set the user's password until an hour after `now`. It is known only now."""
    token = secrets.token_urlsafe(32)
    yield from run(
        "INSERT INTO password_resets (hash, user_id, expires_at) VALUES (:hash, :user, :expires)",
        hash=key_hash(token),
        user=user,
        expires=now + LIFETIME_MS,
    )
    return token


def known_reset(token: str, now: int) -> Steps[bool]:
    """Whether a token would work: asked before the work of hashing a password is done for it."""
    row = yield from one(
        "SELECT 1 FROM password_resets WHERE hash = :hash AND expires_at > :now", hash=key_hash(token), now=now
    )
    return row is not None


def redeem(token: str, password_hash: str, now: int) -> Steps[User | None]:
    """Set the password and log the user out everywhere. None when the token was used, is too old or never was."""
    row = yield from one(
        "DELETE FROM password_resets WHERE hash = :hash AND expires_at > :now RETURNING user_id",
        hash=key_hash(token),
        now=now,
    )
    if row is None:
        return None
    yield from new_password(row[0], password_hash)
    return (yield from user_by_id(row[0]))


def new_password(user: str, password_hash: str, *, session: str = "") -> Steps[None]:
    """Set a password: sessions other than `session` (a hash) end, and tokens that were mailed are void."""
    yield from set_password(user, password_hash)
    yield from end_sessions(user, but=session)
    yield from forget_resets(user)


def forget_resets(user: str) -> Steps[None]:
    """Void what was mailed to a user."""
    yield from run("DELETE FROM password_resets WHERE user_id = :user", user=user)


def clear_resets(now: int) -> Steps[int]:
    """Remove tokens that ran out, some at a time. How many."""
    found = yield from rows(
        "DELETE FROM password_resets WHERE hash IN"
        " (SELECT hash FROM password_resets WHERE expires_at <= :now LIMIT 500 /*+ FOR UPDATE SKIP LOCKED */)"
        " RETURNING hash",
        now=now,
    )
    return len(found)
