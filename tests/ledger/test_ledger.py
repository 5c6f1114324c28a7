"""The ledger's movements one by one, and then in every order hypothesis can think of."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from rushes import ledger
from rushes.accounts import create_user
from rushes.db import run
from tests.driving import Database, InSqlite, opened


@pytest.fixture
def account(database: Database) -> str:
    return database.do(create_user("ada@example.com", tier="free")).account


def test_grant_hold_capture(database: Database, account: str) -> None:
    assert database.do(ledger.grant(account, 100, key="g1"))
    assert database.do(ledger.hold(account, "job_1", 30)) == 70
    assert database.do(ledger.capture(account, "job_1", 20))
    assert database.do(ledger.wallet(account)) == ledger.Wallet(available=80, held=0, spent=20, holds=1)
    assert database.do(ledger.audit()) == []


def test_release_gives_all_back(database: Database, account: str) -> None:
    database.do(ledger.grant(account, 50, key="g1"))
    database.do(ledger.hold(account, "job_1", 50))
    assert database.do(ledger.release(account, "job_1"))
    assert database.do(ledger.wallet(account)).available == 50


def test_a_grant_with_a_used_key_changes_nothing(database: Database, account: str) -> None:
    database.do(ledger.grant(account, 10, key="same"))
    assert not database.do(ledger.grant(account, 10, key="same"))
    assert database.do(ledger.wallet(account)).available == 10


@pytest.mark.parametrize("first", [ledger.release, lambda a, s: ledger.capture(a, s, 5)])
@pytest.mark.parametrize("second", [ledger.release, lambda a, s: ledger.capture(a, s, 5)])
def test_a_second_settle_changes_nothing(database: Database, account: str, first, second) -> None:
    database.do(ledger.grant(account, 10, key="g"))
    database.do(ledger.hold(account, "job_1", 10))
    assert database.do(first(account, "job_1"))
    before = database.do(ledger.wallet(account))
    assert not database.do(second(account, "job_1"))
    assert database.do(ledger.wallet(account)) == before


def test_settling_what_was_never_held_changes_nothing(database: Database, account: str) -> None:
    assert not database.do(ledger.capture(account, "job_nobody", 5))
    assert not database.do(ledger.release(account, "job_nobody"))


def test_another_account_cannot_settle(database: Database, account: str) -> None:
    other = database.do(create_user("eve@example.com", tier="free")).account
    database.do(ledger.grant(account, 10, key="g"))
    database.do(ledger.hold(account, "job_1", 10))
    assert not database.do(ledger.release(other, "job_1"))
    assert database.do(ledger.wallet(account)).held == 10


def test_a_cost_above_the_hold_takes_the_hold(database: Database, account: str) -> None:
    database.do(ledger.grant(account, 100, key="g"))
    database.do(ledger.hold(account, "job_1", 10))
    database.do(ledger.capture(account, "job_1", 1000))
    assert database.do(ledger.wallet(account)).available == 90


def test_too_little_is_refused_and_says_how_much(database: Database, account: str) -> None:
    database.do(ledger.grant(account, 7, key="g"))
    with pytest.raises(ledger.InsufficientCredits) as caught:
        database.do(ledger.hold(account, "job_1", 8))
    assert (caught.value.required, caught.value.available) == (8, 7)
    assert database.do(ledger.wallet(account)) == ledger.Wallet(7, 0, 0, 0)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE wallets SET available = available + 1",
        "UPDATE wallets SET held = held + 1",
        "UPDATE wallets SET spent = spent + 1",
        "UPDATE entries SET amount = amount + 1 WHERE book = 'revenue'",
        "DELETE FROM entries WHERE book = 'granted'",
        "DELETE FROM postings WHERE kind = 'hold'",
        "DELETE FROM entries WHERE posting LIKE 'hold:%'",
    ],
)
def test_the_audit_sees_damage(database: Database, account: str, damage: str) -> None:
    database.do(ledger.grant(account, 100, key="g"))
    database.do(ledger.hold(account, "job_1", 30))
    database.do(ledger.capture(account, "job_1", 30))
    assert database.do(ledger.audit()) == []
    if isinstance(database, InSqlite):
        database.script("PRAGMA foreign_keys = OFF")
    else:
        database.script("SET session_replication_role = replica")  # PostgreSQL's way
    database.do(run(damage))
    assert database.do(ledger.audit()) != []


class Books(RuleBasedStateMachine):
    """Movements in any order, with repeats, against a plain model of what must come out."""

    subjects = Bundle("subjects")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.database = opened(self.folder / "rushes.db")
        self.accounts = [self.database.do(create_user(f"user{n}@example.com", tier="free")).account for n in range(2)]
        self.available = dict.fromkeys(self.accounts, 0)
        self.open: dict[str, tuple[str, int]] = {}
        self.settled: set[str] = set()
        self.count = 0

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    @rule(who=st.integers(0, 1), amount=st.integers(0, 500), repeat=st.booleans())
    def grant(self, who: int, amount: int, repeat: bool) -> None:
        self.count += 1
        for _ in range(1 + repeat):
            self.database.do(ledger.grant(self.accounts[who], amount, key=f"g{self.count}"))
        self.available[self.accounts[who]] += amount

    @rule(target=subjects, who=st.integers(0, 1), amount=st.integers(0, 300))
    def hold(self, who: int, amount: int) -> str:
        self.count += 1
        subject, account = f"job{self.count}", self.accounts[who]
        if amount > self.available[account]:
            with pytest.raises(ledger.InsufficientCredits):
                self.database.do(ledger.hold(account, subject, amount))
        else:
            self.database.do(ledger.hold(account, subject, amount))
            self.available[account] -= amount
            self.open[subject] = (account, amount)
        return subject

    @rule(subject=subjects, cost=st.one_of(st.none(), st.integers(0, 400)), who=st.integers(0, 1))
    def settle(self, subject: str, cost: int | None, who: int) -> None:
        account, held = self.open.get(subject, (self.accounts[who], 0))
        steps = ledger.release(account, subject) if cost is None else ledger.capture(account, subject, cost)
        assert self.database.do(steps) == (subject in self.open)
        if subject in self.open:
            del self.open[subject]
            self.available[account] += held - min(held, cost or 0)

    @invariant()
    def books_are_right(self) -> None:
        for account in getattr(self, "accounts", ()):
            wallet = self.database.do(ledger.wallet(account))
            assert wallet.available == self.available[account] >= 0
            assert wallet.held == sum(amount for owner, amount in self.open.values() if owner == account)
        if hasattr(self, "database"):
            assert self.database.do(ledger.audit()) == []


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=25, stateful_step_count=25)
