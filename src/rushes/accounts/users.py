"""Users: people with an e-mail address and perhaps a name, each with a personal account."""

from __future__ import annotations

import re

from msgspec import Struct

from rushes.accounts.keys import Principal
from rushes.db import Row, Steps, lock, one, rows, run
from rushes.ids import new_id, now_ms
from rushes.ledger import grant, open_wallet

_NEVER = r"\s@<>\",;:\\\x00-\x1f\x7f"
_EMAIL = re.compile(rf"[^{_NEVER}]{{1,64}}@[^{_NEVER}'.]+(\.[^{_NEVER}'.]+)+")
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,30}[A-Za-z0-9]")


class InvalidEmail(Exception):
    """This is not an e-mail address."""


class EmailTaken(Exception):
    """Another user has this e-mail address."""


class InvalidUsername(Exception):
    """This cannot be a user name."""


class UsernameTaken(Exception):
    """Another user has this name, in some spelling."""


class User(Struct, frozen=True):
    """One user. `password_hash` is None until there is a password, `username` until one was chosen."""

    id: str
    account: str
    email: str
    password_hash: str | None
    tier: str
    created_at: int
    username: str | None = None
    admin: bool = False


_SELECT = (
    "SELECT u.id, u.account_id, u.email, u.password_hash, a.tier, u.created_at, u.username, u.admin"
    " FROM users u JOIN accounts a ON a.id = u.account_id"
)


def _user(row: Row | None) -> User | None:
    return User(*(*row[:-1], bool(row[-1]))) if row else None


def normal_email(text: str) -> str:
    """The one spelling of an address. Raises InvalidEmail."""
    email = text.strip().lower()
    if len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise InvalidEmail(f"{text[:100]!r} is not an e-mail address")
    return email


def check_username(text: str) -> str:
    """A name as it was chosen; its case is kept and does not tell names apart. Raises InvalidUsername."""
    if not _USERNAME.fullmatch(text):
        raise InvalidUsername(
            "must have 3 to 32 characters: letters, digits, and . _ - between them (no @: that is an e-mail address)"
        )
    return text


def create_user(
    email: str, *, tier: str, password_hash: str | None = None, credits: int = 0, username: str | None = None
) -> Steps[User]:
    """A user with an account and a wallet of `credits`.

    Raises InvalidEmail, EmailTaken, InvalidUsername, UsernameTaken.
    """
    email = normal_email(email)
    yield from lock(f"email {email}")
    if username is not None:
        yield from lock(f"user {check_username(username).lower()}")
        if (yield from find_username(username)) is not None:
            raise UsernameTaken(f"{username} is taken already")
    if (yield from find_user(email)) is not None:
        raise EmailTaken(f"{email} is registered already")
    user = User(new_id("user_"), new_id("acct_"), email, password_hash, tier, now_ms(), username)
    yield from run(
        "INSERT INTO accounts (id, name, tier, created_at) VALUES (:id, :name, :tier, :now)",
        id=user.account,
        name=email,
        tier=tier,
        now=user.created_at,
    )
    yield from run(
        "INSERT INTO users (id, account_id, email, password_hash, created_at, username)"
        " VALUES (:id, :account, :email, :password_hash, :now, :username)",
        id=user.id,
        account=user.account,
        email=email,
        password_hash=password_hash,
        now=user.created_at,
        username=username,
    )
    yield from open_wallet(user.account)
    if credits:
        yield from grant(user.account, credits, key=f"signup:{user.account}", note="sign-up")
    return user


def find_user(email: str) -> Steps[User | None]:
    """The user with this (normal) address."""
    return _user((yield from one(f"{_SELECT} WHERE u.email = :email", email=email)))


def find_username(username: str) -> Steps[User | None]:
    """The user with this name, in any case."""
    return _user((yield from one(f"{_SELECT} WHERE lower(u.username) = lower(:name)", name=username)))


def find_login(text: str) -> Steps[User | None]:
    """Who is meant by what they type to log in: an e-mail address (it has an @) or a name."""
    text = text.strip()
    return (yield from find_user(text.lower()) if "@" in text else find_username(text))


def user_by_id(user: str) -> Steps[User | None]:
    """The user with this id."""
    return _user((yield from one(f"{_SELECT} WHERE u.id = :id", id=user)))


def user_of_account(account: str) -> Steps[User | None]:
    """The first user of an account."""
    row = yield from one(f"{_SELECT} WHERE u.account_id = :account ORDER BY u.id LIMIT 1", account=account)
    return _user(row)


def user_of(who: Principal) -> Steps[User | None]:
    """Who is asking: the one who logged in, or the first user of a key's account."""
    return (yield from user_by_id(who.user) if who.user else user_of_account(who.account))


def list_users(limit: int = 100, offset: int = 0) -> Steps[list[User]]:
    """Users, oldest first."""
    found = yield from rows(f"{_SELECT} ORDER BY u.id LIMIT :limit OFFSET :offset", limit=limit, offset=offset)
    return [user for row in found if (user := _user(row)) is not None]


def set_tier(account: str, tier: str) -> Steps[None]:
    """Move an account to another tier."""
    yield from run("UPDATE accounts SET tier = :tier WHERE id = :account", account=account, tier=tier)


def set_admin(user: str, admin: bool) -> Steps[None]:
    """Give or take the admin role."""
    yield from run("UPDATE users SET admin = :admin WHERE id = :id", id=user, admin=int(admin))


def set_email(user: str, email: str) -> Steps[str]:
    """Another address, in its one spelling. Raises InvalidEmail, EmailTaken."""
    email = normal_email(email)
    yield from lock(f"email {email}")
    found = yield from find_user(email)
    if found is not None and found.id != user:
        raise EmailTaken(f"{email} is registered already")
    yield from run("UPDATE users SET email = :email WHERE id = :id", id=user, email=email)
    return email


def set_password(user: str, password_hash: str) -> Steps[None]:
    """Another password, already hashed."""
    yield from run("UPDATE users SET password_hash = :hash WHERE id = :id", id=user, hash=password_hash)
