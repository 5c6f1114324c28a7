"""Signing up by oneself: a user, their account, the first month's credits and the first session, all or nothing."""

from __future__ import annotations

from rushes.accounts.allowance import start_allowance
from rushes.accounts.sessions import open_session
from rushes.accounts.tiers import TierTable
from rushes.accounts.users import User, create_user
from rushes.db import Steps
from rushes.ids import now_ms


def sign_up(
    username: str, email: str, password_hash: str, *, tier: str, credits: int, tiers: TierTable
) -> Steps[tuple[User, str]]:
    """The new user and the token of their session. `credits` are given beside the allowance.

    Raises InvalidEmail, EmailTaken, InvalidUsername, UsernameTaken.
    """
    user = yield from create_user(email, tier=tier, password_hash=password_hash, credits=credits, username=username)
    yield from start_allowance(user.account, tiers, now_ms())
    return user, (yield from open_session(user.id))
