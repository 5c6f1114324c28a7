"""The monthly allowance: for each calendar month once, whatever the clock, the workers and the tiers do."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes import accounts, ledger
from rushes.accounts import allowance
from rushes.db import Steps, rows
from tests.driving import Database, opened, sqlite_only

TIERS = accounts.load_tiers()
DAY = 86_400_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def months(database: Database, account: str) -> dict[str, int]:
    """What was granted for which month."""
    found = database.do(
        rows("SELECT subject, amount FROM postings WHERE account_id = :account AND kind = 'grant'", account=account)
    )
    granted = {subject.rpartition(":")[2]: amount for subject, amount in found}
    assert len(granted) == len(found), "no month twice"
    return granted


def balance(database: Database, account: str) -> int:
    return database.do(ledger.wallet(account)).available


def run_due(database: Database, now: int) -> int:
    count = 0
    while found := database.do(allowance.grant_due(now, TIERS)):
        count += found
    return count


def someone(database: Database, name: str = "ada", tier: str = "free") -> str:
    return database.do(accounts.create_user(f"{name}@example.com", tier=tier)).account


def test_months_turn_at_midnight_utc(database: Database) -> None:
    account = someone(database)
    database.do(allowance.start_allowance(account, TIERS, at("2026-11-30T23:59:59.999")))
    assert balance(database, account) == 150
    assert run_due(database, at("2026-11-30T23:59:59.999")) == 0
    assert run_due(database, at("2026-12-01T00:00:00")) == 1
    assert run_due(database, at("2026-12-31T23:59:59")) == 0
    assert run_due(database, at("2027-01-01T00:00:00")) == 1
    assert months(database, account) == {"2026-11": 150, "2026-12": 150, "2027-01": 150}
    assert allowance.next_grant(at("2026-12-05T00:00:00")) == "2027-01-01"
    assert allowance.next_grant(at("2026-01-31T00:00:00")) == "2026-02-01"


def test_the_operators_time_zone_turns_no_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-14")  # fourteen hours ahead of UTC
    time.tzset()
    try:
        assert allowance.month(at("2026-11-30T23:00:00")) == "2026-11"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_worker_with_an_old_list_changes_nothing(database: Database) -> None:
    account = someone(database)
    database.do(allowance.start_allowance(account, TIERS, at("2026-01-10")))
    slow = allowance.grant_due(at("2026-02-10"), TIERS)
    statement = next(slow)
    listed = database.found(statement)
    run_due(database, at("2026-03-10"))

    def rest() -> Steps[None]:
        try:
            statement = slow.send(listed)
            while True:
                statement = slow.send((yield statement))
        except StopIteration:
            return

    database.do(rest())
    assert set(months(database, account)) == {"2026-01", "2026-02", "2026-03"}
    assert database.value("SELECT allowance FROM accounts") == "2026-03"


def test_only_accounts_with_an_allowance(database: Database) -> None:
    account, other = someone(database), someone(database, "bob")
    database.do(allowance.start_allowance(account, TIERS, at("2026-01-10")))
    run_due(database, at("2026-02-10"))
    database.do(allowance.stop_allowance(account))
    run_due(database, at("2026-05-10"))
    assert months(database, account) == {"2026-01": 150, "2026-02": 150}
    assert months(database, other) == {}
    assert not database.do(allowance.has_allowance(account))
    # Again on: from this month, not for those without.
    database.do(allowance.start_allowance(account, TIERS, at("2026-05-11")))
    assert set(months(database, account)) == {"2026-01", "2026-02", "2026-05"}
    assert database.do(allowance.has_allowance(account))


def test_switching_off_and_on_grants_no_month_twice(database: Database) -> None:
    account = someone(database)
    for _ in range(3):
        database.do(allowance.start_allowance(account, TIERS, at("2026-01-10")))
        database.do(allowance.stop_allowance(account))
    assert months(database, account) == {"2026-01": 150}


def test_a_lost_column_grants_no_month_twice(database: Database) -> None:
    account = someone(database)
    database.do(allowance.start_allowance(account, TIERS, at("2026-01-10")))
    database.run("UPDATE accounts SET allowance = ''")
    assert run_due(database, at("2026-01-20")) == 1
    assert months(database, account) == {"2026-01": 150}


def test_many_accounts_take_several_transactions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "AT_A_TIME", 3)
    everyone = [someone(database, f"u{n}") for n in range(8)]
    for account in everyone:
        database.do(allowance.start_allowance(account, TIERS, at("2026-01-10")))
    counts = []
    while found := database.do(allowance.grant_due(at("2026-03-10"), TIERS)):
        counts.append(found)
    assert counts == [3, 3, 3, 3, 3, 1]
    for account in everyone:
        assert set(months(database, account)) == {"2026-01", "2026-02", "2026-03"}


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 40 * 24)),
        st.tuples(st.just("clock back"), st.integers(1, 72)),
        st.tuples(st.just("tidy"), st.integers(1, 3)),
        st.tuples(st.just("crash"), st.integers(0, 6)),
        st.tuples(st.just("tier"), st.sampled_from(TIERS.names)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=25,
)


@sqlite_only
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(at("2024-01-01"), at("2027-12-31")), actions=ACTIONS)
def test_never_twice_and_never_missed(empty_database: Path, start: int, actions: list[tuple[str, object]]) -> None:
    """Time runs over months, workers tidy at the same moment or die in the middle, tiers change, servers restart."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rushes.db"
        shutil.copy(empty_database, path)
        database = opened(path)
        account = someone(database)
        database.do(allowance.start_allowance(account, TIERS, start))
        tier = "free"
        expected = {allowance.month(start): 150}
        now = latest = start
        for name, value in [*actions, ("tidy", 1)]:
            if name == "wait":
                assert isinstance(value, int)
                now += value * 3_600_000
            elif name == "clock back":
                assert isinstance(value, int)
                now -= value * 3_600_000
            elif name == "tier":
                tier = str(value)
                database.do(accounts.set_tier(account, tier))
            elif name == "restart":
                database.close()
                database = opened(path)
            elif name == "crash":
                assert isinstance(value, int)
                crash(database, now, value)
            else:
                assert isinstance(value, int)
                for _ in range(value):
                    run_due(database, now)
                # A plain walk through the days says which months there were.
                latest = max(latest, now)
                day = start
                while day <= latest:
                    expected.setdefault(allowance.month(day), TIERS[tier].monthly_credits)
                    day += DAY
                expected.setdefault(allowance.month(latest), TIERS[tier].monthly_credits)
            assert balance(database, account) == sum(months(database, account).values())
        assert months(database, account) == expected
        assert database.do(ledger.audit()) == []
        database.close()


def crash(database: Database, now: int, after: int) -> None:
    """A worker that dies after some statements of its transaction: nothing of it stays."""
    database.begin()
    steps = allowance.grant_due(now, TIERS)
    try:
        statement = next(steps)
        for _ in range(after):
            statement = steps.send(database.found(statement))
    except StopIteration:
        pass
    database.roll_back()
