"""Signatures against the Standard Webhooks library's own verification; secrets, their rotation and grace."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from rushes.webhooks import secrets, sign
from tests.driving import Database
from tests.webhooks.receiver import SECRET, account

DAY_MS = 24 * 3600 * 1000


def key(version: int = 1, owner: str = "a") -> str:
    return secrets.derive(SECRET, owner, version)


@given(st.text())
def test_the_library_accepts_what_we_sign(text: str) -> None:
    body = text.encode("utf-8", "replace")
    made = sign.headers("msg_1", int(time.time()), body, [key()])
    Webhook(key()).verify(body, made, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(key()).verify(body + b"x", made, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(key(2)).verify(body, made, json_parse=False)


@given(st.integers(0, 2**33), st.text(st.characters(codec="utf-8")))
def test_the_signature_is_the_librarys(seconds: int, text: str) -> None:
    made = sign.headers("msg_1", seconds, text.encode(), [key()])
    theirs = Webhook(key()).sign("msg_1", datetime.fromtimestamp(seconds, UTC), text)
    assert (made["webhook-signature"], made["webhook-timestamp"]) == (theirs, str(seconds))


def test_every_secret_of_a_delivery_verifies_it() -> None:
    made = sign.headers("msg_1", int(time.time()), b"{}", [key(2), key(1)])
    assert made["webhook-signature"].count("v1,") == 2
    for number in (1, 2):
        Webhook(key(number)).verify(b"{}", made)


def test_a_secret_is_32_bytes_and_belongs_to_one_account_version_and_server() -> None:
    made = [key(), key(2), key(owner="b"), secrets.derive("another server", "a", 1)]
    assert len(set(made)) == 4
    for text in made:
        assert text.startswith("whsec_")
        assert len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) == 32
    assert key() == key()


def test_rotation_keeps_the_old_secret_for_its_grace_time(database: Database) -> None:
    database.do(account("a"))
    assert database.do(secrets.signing("a", SECRET, 1000)) == [key(1)], "before any was shown"
    assert database.do(secrets.make("a", 1000)) == 1
    assert database.do(secrets.make("a", 1001)) is None, "it is shown once"
    assert database.do(secrets.rotate("a", 2000)) == 2
    assert database.do(secrets.signing("a", SECRET, 2000)) == [key(2), key(1)]
    assert database.do(secrets.signing("a", SECRET, 2000 + DAY_MS - 1)) == [key(2), key(1)]
    assert database.do(secrets.signing("a", SECRET, 2000 + DAY_MS)) == [key(2)]


def test_rotating_twice_shortens_no_grace_time(database: Database) -> None:
    database.do(account("a"))
    assert [database.do(secrets.rotate("a", now)) for now in (1, 2, 3)] == [1, 2, 3], "the first was not shown before"
    assert database.do(secrets.signing("a", SECRET, 4)) == [key(3), key(2), key(1)]
    for now in range(4, 20):
        database.do(secrets.rotate("a", now))
    assert database.do(secrets.signing("a", SECRET, 20)) == [key(number) for number in (19, 18, 17, 16)]


def test_one_accounts_rotation_is_not_anothers(database: Database) -> None:
    database.do(account("a"))
    database.do(account("b"))
    database.do(secrets.rotate("a", 1))
    database.do(secrets.rotate("a", 2))
    assert database.do(secrets.signing("b", SECRET, 3)) == [key(1, "b")]


def test_nothing_secret_is_stored(database: Database) -> None:
    database.do(account("a"))
    database.do(secrets.rotate("a", 1))
    stored = "\n".join(str(database.all(f"SELECT * FROM {table}")) for table in database.tables())
    assert "1" in stored
    assert "whsec" not in stored
    assert key().removeprefix("whsec_") not in stored
