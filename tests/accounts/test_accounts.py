"""Users, keys, passwords, tokens."""

from __future__ import annotations

import asyncio
import time

import jwt
import pytest

from rushes import accounts
from rushes.accounts import sessions, tokens
from rushes.accounts.keys import AUTHENTICATE, PREFIXES, Principal, key_hash, principal, revoke_key
from rushes.accounts.passwords import Passwords, TooManyTries, WeakPassword
from rushes.accounts.resets import clear_resets, known_reset, open_reset, redeem
from rushes.accounts.tries import OwnTries
from rushes.accounts.users import find_login, set_admin
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
    dump = "\n".join(str(database.all(f"SELECT * FROM {table}")) for table in database.tables())
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
    "text",
    [
        "",
        "ada",
        "ada@",
        "@b.c",
        "a b@c.d",
        "a@b",
        "a@b..c",
        "a@" + "b" * 260 + ".c",
        "a@b.c\n<x>",
        "a\0@b.c",
        "a@b\x1b.c",
        "a@b\0.c",
        "a\x7f@b.c",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(accounts.InvalidEmail):
        accounts.normal_email(text)


@pytest.mark.parametrize("text", ["o'brien@example.com", "a+b@c.d", "\u00fc@ex\u00e4mple.com"])
def test_what_is_one(text: str) -> None:
    assert accounts.normal_email(text) == text


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
        passwords = Passwords(OwnTries(lambda: now[0]))
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


def test_parallel_guesses_get_no_further_than_patient_ones() -> None:
    async def main() -> None:
        passwords = Passwords(OwnTries(lambda: 0.0))
        stored = await passwords.hash("correct horse")
        guesses = (passwords.check("ada", f"guess {n}", stored) for n in range(20))
        answers = await asyncio.gather(*guesses, return_exceptions=True)
        checked = [answer for answer in answers if answer is False]
        assert 5 <= len(checked) <= 6, "two at a time are under way when the fifth is wrong"
        assert sum(isinstance(answer, TooManyTries) for answer in answers) == 20 - len(checked)

    asyncio.run(main())


def test_the_wait_grows_to_a_quarter_of_an_hour_and_can_be_forgiven() -> None:
    async def main() -> None:
        now = [0.0]
        passwords = Passwords(OwnTries(lambda: now[0]))
        stored = await passwords.hash("correct horse")
        waits = []
        for _ in range(16):
            await passwords.check("ada", "wrong", stored)
            try:
                await passwords._admit("ada")
            except TooManyTries as error:
                waits.append(error.retry_after)
                now[0] += error.retry_after
        assert waits[:5] == [3, 5, 9, 17, 33]
        assert waits[-1] == 901
        assert waits == sorted(waits)
        await passwords.check("ada", "wrong", stored)
        await passwords.forgive("ada")
        assert await passwords.check("ada", "correct horse", stored)

    asyncio.run(main())


def test_tokens_say_who_logged_in_and_expire() -> None:
    secret = "s" * 32
    token = tokens.issue("user_1", "hash", secret)
    claim = tokens.Claim("user_1", tokens.stamp("hash"))
    assert tokens.read(token, secret) == claim
    assert claim.stamp != tokens.stamp("another hash") != tokens.stamp(None)
    assert tokens.read(token, "t" * 32) is None
    assert tokens.read(token[:-4] + "AAAA", secret) is None
    assert tokens.read("a.b.c", secret) is None
    claims = {"sub": "user_1", "pwd": "", "aud": "rushes", "exp": int(time.time()) - 1}
    assert tokens.read(jwt.encode(claims, secret, "HS256"), secret) is None
    assert tokens.read(jwt.encode({**claims, "exp": 4102444800}, secret, "HS256"), secret) == tokens.Claim("user_1", "")
    assert tokens.read(jwt.encode({**claims, "exp": 4102444800}, None, "none"), secret) is None
    assert tokens.read(jwt.encode({"sub": "user_1", "pwd": "", "aud": "rushes"}, secret, "HS256"), secret) is None


def test_names_are_taken_once_however_they_are_written(database: Database) -> None:
    ada = database.do(accounts.create_user("ada@example.com", tier="free", username="Ada.Lovelace"))
    assert database.do(find_login(" ADA.lovelace ")) == database.do(find_login("Ada@Example.com")) == ada
    assert database.do(find_login("ada")) is None
    with pytest.raises(accounts.UsernameTaken):
        database.do(accounts.create_user("b@example.com", tier="free", username="ada.LOVELACE"))
    database.do(accounts.create_user("c@example.com", tier="free"))
    database.do(accounts.create_user("d@example.com", tier="free"))  # any number without a name
    assert database.do(find_login("d@example.com")) is not None


def test_who_is_behind_a_key_or_a_session(database: Database) -> None:
    user = database.do(accounts.create_user("ada@example.com", tier="pro"))
    database.do(set_admin(user.id, True))
    key = database.do(accounts.create_key(user.account, "studio", "k"))
    by_key = opened_by(database, key.key)
    by_cookie = database.do(sessions.find_session(database.do(sessions.open_session(user.id)), now_ms()))
    assert by_key is not None
    assert by_cookie is not None
    assert (by_key.admin, by_key.user, by_cookie.admin, by_cookie.user) == (True, "", True, user.id)
    for who in (by_key, by_cookie):
        assert (found := database.do(accounts.user_of(who))) is not None
        assert (found.id, found.admin) == (user.id, True)


def test_sessions_and_resets_that_ran_out_are_cleared(database: Database) -> None:
    user = database.do(accounts.create_user("ada@example.com", tier="free"))
    now = now_ms()
    kept = database.do(sessions.open_session(user.id))
    for number in range(501):
        database.run("INSERT INTO sessions VALUES (:hash, :user, 0, 1)", hash=f"old{number}", user=user.id)
    assert [database.do(sessions.clear_sessions(now)) for _ in range(3)] == [500, 1, 0]
    assert database.do(sessions.find_session(kept, now)) is not None
    token = database.do(open_reset(user.id, now))
    assert database.do(clear_resets(now)) == 0
    assert database.do(known_reset(token, now + 3_599_999))
    assert not database.do(known_reset(token, now + 3_600_000))
    assert database.do(redeem(token, "hash", now + 3_600_000)) is None
    assert database.do(clear_resets(now + 3_600_000)) == 1


def test_limits_of_a_tier() -> None:
    table = accounts.load_tiers()
    studio = [table.limits(table[name], "studio") for name in table.names]
    assert [limits.requests_per_minute for limits in studio] == [60, 90, 120, 240, 480, 0]
    bodies = [limits.body_bytes for limits in studio[:-1]]
    assert bodies == sorted(bodies)
    assert studio[-1].body_bytes == 0
    assert [table.limits(table[name], "usvideo").requests_per_minute for name in table.names] == [60] * 5 + [0]
    assert table.strangers("studio").door_per_minute == 10
