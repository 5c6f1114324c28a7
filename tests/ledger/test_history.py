"""An account's postings as its owner reads them."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes import accounts, ledger
from rushes.ledger.history import history, spent_by_day
from tests.driving import Database

MOVES = st.lists(st.tuples(st.sampled_from(["grant", "hold", "capture", "release"]), st.integers(0, 50)), max_size=12)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, limit=st.integers(1, 8), offset=st.integers(0, 12))
def test_every_page_adds_up(database: Database, moves: list[tuple[str, int]], limit: int, offset: int) -> None:
    number = int(str(database.value("SELECT count(*) FROM users")))
    user = database.do(accounts.create_user(f"u{number}@example.com", tier="free", credits=1000))
    balances = [1000]
    held: list[str] = []
    for index, (kind, amount) in enumerate(moves):
        job = f"job_{number}_{index}"
        if kind == "grant":
            database.do(ledger.grant(user.account, amount, key=job))
        elif kind == "hold":
            database.do(ledger.hold(user.account, job, amount))
            held.append(job)
        elif held:
            job = held.pop()
            database.do(
                ledger.capture(user.account, job, amount) if kind == "capture" else ledger.release(user.account, job)
            )
        else:
            continue
        balances.append(database.do(ledger.wallet(user.account)).available)
    # A posting a millisecond: those of one moment are in no particular order.
    database.run(f"UPDATE postings SET created_at = {database.order}")
    everything = database.do(history(user.account, 100))
    assert [movement.balance for movement in everything] == balances[::-1]
    later = [*[movement.balance for movement in everything[1:]], 0]
    assert [movement.change for movement in everything] == [
        movement.balance - before for movement, before in zip(everything, later, strict=True)
    ]
    assert database.do(history(user.account, limit, offset)) == everything[offset : offset + limit]


def test_a_capture_says_what_was_spent(database: Database) -> None:
    user = database.do(accounts.create_user("ada@example.com", tier="free", credits=100))
    database.do(ledger.hold(user.account, "job_1", 30))
    database.do(ledger.capture(user.account, "job_1", 20))
    database.run(f"UPDATE postings SET created_at = {database.order}")
    shown = [(m.kind, m.subject, m.amount, m.change, m.balance) for m in database.do(history(user.account, 10))]
    assert shown == [
        ("capture", "job_1", 20, 10, 80),
        ("hold", "job_1", 30, -30, 70),
        ("grant", f"signup:{user.account}", 100, 100, 100),
    ]


def test_what_was_spent_is_told_by_whole_days(database: Database) -> None:
    day = 86_400_000
    user, other = (database.do(accounts.create_user(f"{name}@b.c", tier="free", credits=100)) for name in "ab")
    start = 20_000 * day
    for number, at in enumerate((start - 1, start, start + day - 1, start + day)):
        for who in (user, other):
            database.do(ledger.hold(who.account, f"{who.id}_{number}", 10))
            database.do(ledger.capture(who.account, f"{who.id}_{number}", number))
            database.run(f"UPDATE postings SET created_at = {at} WHERE subject = '{who.id}_{number}'")
    assert database.do(spent_by_day(user.account, start + day // 2)) == {20_000: 3, 20_001: 3}
