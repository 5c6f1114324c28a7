"""Accounts: users, API keys, sessions, passwords, allowances, tiers. It knows no HTTP."""

from rushes.accounts.keys import NewKey, Principal, create_key, list_keys, touch_keys
from rushes.accounts.tiers import Limits, Tier, TierTable, TierTooLow, UnknownTier, load_tiers
from rushes.accounts.users import (
    EmailTaken,
    InvalidEmail,
    InvalidUsername,
    User,
    UsernameTaken,
    create_user,
    find_user,
    list_users,
    normal_email,
    set_tier,
    user_by_id,
    user_of,
)

__all__ = [
    "EmailTaken",
    "InvalidEmail",
    "InvalidUsername",
    "Limits",
    "NewKey",
    "Principal",
    "Tier",
    "TierTable",
    "TierTooLow",
    "UnknownTier",
    "User",
    "UsernameTaken",
    "create_key",
    "create_user",
    "find_user",
    "list_keys",
    "list_users",
    "load_tiers",
    "normal_email",
    "set_tier",
    "touch_keys",
    "user_by_id",
    "user_of",
]
