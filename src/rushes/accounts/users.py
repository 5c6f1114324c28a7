"""Users: people with an e-mail address, each with a personal account."""

from __future__ import annotations

import re

from msgspec import Struct

from rushes.db import Steps, one, rows, run
from rushes.ids import new_id, now_ms
from rushes.ledger import grant, open_wallet

_EMAIL = re.compile(r"[^\s@<>\"',;:\\]{1,64}@[^\s@<>\"',;:\\.]+(\.[^\s@<>\"',;:\\.]+)+")


class InvalidEmail(Exception):
    """This is not an e-mail address."""


class EmailTaken(Exception):
    """Another user has this e-mail address."""


class User(Struct, frozen=True):
    """One user. `password_hash` is None for users made from the command line."""

    id: str
    account: str
    email: str
    password_hash: str | None
    tier: str
    created_at: int


_SELECT = (
    "SELECT u.id, u.account_id, u.email, u.password_hash, a.tier, u.created_at"
    " FROM users u JOIN accounts a ON a.id = u.account_id"
)


def normal_email(text: str) -> str:
    """The one spelling of an address. Raises InvalidEmail."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidEmail(f"{text[:100]!r} is not an e-mail address")
    return email


def create_user(email: str, *, tier: str, password_hash: str | None = None, credits: int = 0) -> Steps[User]:
    """A user with an account and a wallet of `credits`. Raises InvalidEmail, EmailTaken."""
    email = normal_email(email)
    if (yield from find_user(email)) is not None:
        raise EmailTaken(f"{email} is registered already")
    user = User(new_id("user_"), new_id("acct_"), email, password_hash, tier, now_ms())
    yield from run(
        "INSERT INTO accounts (id, name, tier, created_at) VALUES (:id, :name, :tier, :now)",
        id=user.account,
        name=email,
        tier=tier,
        now=user.created_at,
    )
    yield from run(
        "INSERT INTO users (id, account_id, email, password_hash, created_at)"
        " VALUES (:id, :account, :email, :password_hash, :now)",
        id=user.id,
        account=user.account,
        email=email,
        password_hash=password_hash,
        now=user.created_at,
    )
    yield from open_wallet(user.account)
    if credits:
        yield from grant(user.account, credits, key=f"signup:{user.account}", note="sign-up")
    return user


def find_user(email: str) -> Steps[User | None]:
    """The user with this (normal) address."""
    row = yield from one(f"{_SELECT} WHERE u.email = :email", email=email)
    return User(*row) if row else None


def user_by_id(user: str) -> Steps[User | None]:
    """The user with this id."""
    row = yield from one(f"{_SELECT} WHERE u.id = :id", id=user)
    return User(*row) if row else None


def user_of_account(account: str) -> Steps[User | None]:
    """The first user of an account."""
    row = yield from one(f"{_SELECT} WHERE u.account_id = :account ORDER BY u.id LIMIT 1", account=account)
    return User(*row) if row else None


def list_users(limit: int = 100, offset: int = 0) -> Steps[list[User]]:
    """Users, oldest first."""
    found = yield from rows(f"{_SELECT} ORDER BY u.id LIMIT :limit OFFSET :offset", limit=limit, offset=offset)
    return [User(*row) for row in found]


def set_tier(account: str, tier: str) -> Steps[None]:
    """Move an account to another tier."""
    yield from run("UPDATE accounts SET tier = :tier WHERE id = :account", account=account, tier=tier)
