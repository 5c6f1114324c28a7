"""Users, keys, passwords, tokens."""

from __future__ import annotations

import asyncio
import time

import jwt
import pytest

from rushes import accounts
from rushes.accounts import tokens
from rushes.accounts.keys import AUTHENTICATE, PREFIXES, Principal, key_hash, principal, revoke_key
from rushes.accounts.passwords import Passwords, TooManyTries, WeakPassword
from rushes.db import one
from rushes.ids import now_ms
from tests.driving import Database


def opened_by(database: Database, key: str) -> Principal | None:
    return principal(database.do(one(AUTHENTICATE, hash=key_hash(key), now=now_ms())))


def test_a_key_opens_its_account_until_it_is_revoked(database: Database) -> None:
    user = database.do(accounts.create_user("Ada@Example.com", tier="creator"))
    key = database.do(accounts.create_key(user.account, "usvideo", "mine"))
    who = opened_by(database, key.key)
    assert who is not None
    assert (who.account, who.tier) == (user.account, "creator")
    assert opened_by(database, key.key + "0") is None
    assert database.do(revoke_key(user.account, key.number))
    assert opened_by(database, key.key) is None
    assert not database.do(revoke_key(user.account, key.number))


def test_keys_are_stored_hashed_only(database: Database) -> None:
    user = database.do(accounts.create_user("ada@example.com", tier="free"))
    key = database.do(accounts.create_key(user.account, "usvideo", "mine"))
    dump = "\n".join(database.connection.iterdump())
    assert key.key not in dump
    assert key.masked in dump


@pytest.mark.parametrize(("dialect", "prefix"), PREFIXES.items())
def test_keys_say_where_they_were_made(database: Database, dialect: str, prefix: str) -> None:
    user = database.do(accounts.create_user("ada@example.com", tier="free"))
    key = database.do(accounts.create_key(user.account, dialect, "k")).key
    assert key.startswith(prefix)
    assert len(key) == len(prefix) + 64


def test_keys_are_numbered_within_their_account(database: Database) -> None:
    users = [database.do(accounts.create_user(f"u{n}@example.com", tier="free")) for n in range(2)]
    numbers = [database.do(accounts.create_key(user.account, "rushes", "k")).number for user in [*users, *users]]
    assert numbers == [1, 1, 2, 2]


def test_an_address_is_taken_once_however_it_is_written(database: Database) -> None:
    database.do(accounts.create_user("ada@example.com", tier="free"))
    with pytest.raises(accounts.EmailTaken):
        database.do(accounts.create_user(" ADA@example.COM", tier="free"))


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@b.c", "a b@c.d", "a@b", "a@b..c", "a@" + "b" * 260 + ".c", "a@b.c\n<x>"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(accounts.InvalidEmail):
        accounts.normal_email(text)


def test_tiers_are_known_by_name() -> None:
    table = accounts.load_tiers(enterprise_requests=7, enterprise_jobs=3)
    assert table.limits(table["enterprise"], "xpilot").requests_per_minute == 7
    free = table.limits(table["free"], "usvideo")
    assert (free.requests_per_minute, free.concurrent_jobs, free.counted) == (60, 10, "account")
    assert table.limits(table["pro"], "xpilot").counted == "key"
    for dialect in PREFIXES:
        assert table.limits(table["free"], dialect).requests_per_minute > 0, dialect
    assert [table[name].rank for name in table.names] == list(range(6))
    with pytest.raises(accounts.UnknownTier, match="free, starter"):
        table["gold"]


def test_passwords_are_argon2_and_checked() -> None:
    async def main() -> None:
        passwords = Passwords()
        stored = await passwords.hash("correct horse")
        assert stored.startswith("$argon2id$")
        assert await passwords.check("ada", "correct horse", stored)
        assert not await passwords.check("ada", "wrong horse", stored)
        assert not await passwords.check("ada", "correct horse", None)
        assert not await passwords.check("ada", "correct horse", "not a hash")
        with pytest.raises(WeakPassword):
            await passwords.hash("short")

    asyncio.run(main())


def test_repeated_wrong_passwords_have_to_wait() -> None:
    async def main() -> None:
        now = [0.0]
        passwords = Passwords(clock=lambda: now[0])
        stored = await passwords.hash("correct horse")
        for _ in range(5):
            assert not await passwords.check("ada", "wrong", stored)
        with pytest.raises(TooManyTries) as caught:
            await passwords.check("ada", "correct horse", stored)
        assert await passwords.check("bob", "correct horse", stored), "others are not held up"
        now[0] += caught.value.retry_after
        assert await passwords.check("ada", "correct horse", stored)
        assert not await passwords.check("ada", "wrong", stored)
        assert await passwords.check("ada", "correct horse", stored), "the count begins anew"

    asyncio.run(main())


def test_tokens_say_who_logged_in_and_expire() -> None:
    secret = "s" * 32
    token = tokens.issue("user_1", secret)
    assert tokens.read(token, secret) == "user_1"
    assert tokens.read(token, "t" * 32) is None
    assert tokens.read(token[:-4] + "AAAA", secret) is None
    assert tokens.read("a.b.c", secret) is None
    claims = {"sub": "user_1", "aud": "rushes", "exp": int(time.time()) - 1}
    assert tokens.read(jwt.encode(claims, secret, "HS256"), secret) is None
    assert tokens.read(jwt.encode({**claims, "exp": 4102444800}, None, "none"), secret) is None
    assert tokens.read(jwt.encode({"sub": "user_1", "aud": "rushes"}, secret, "HS256"), secret) is None
