"""Logging in with a password, by name or by e-mail address."""

from __future__ import annotations

from rushes.accounts.passwords import Passwords
from rushes.accounts.users import User, find_login
from rushes.db import Database


async def check_login(database: Database, passwords: Passwords, login: str, password: str) -> User | None:
    """The user, when the password is theirs. Raises TooManyTries.

    Wrong passwords are counted for the user, however they are spelled, and for what was typed when nobody is known
    by it: both take the same time and are held up alike.
    """
    user = await database.read(find_login(login))
    who = user.id if user is not None else login.strip().lower()[:254]
    right = await passwords.check(who, password, user.password_hash if user is not None else None)
    return user if right else None
