"""Limits on engines and routes hold for all processes together, and a full lane delays no other's jobs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.accounts import create_user
from rushes.catalog import Plan
from rushes.db import run
from rushes.engines.contract import Mode
from rushes.jobs import Order, leasing, store
from rushes.jobs.claiming import Limit, claim
from rushes.jobs.routing import Choice
from rushes.jobs.service import new_job
from rushes.jobs.states import State
from tests.driving import Database

MINUTE, LEASE = 60_000, 10**9


@pytest.fixture
def account(database: Database) -> str:
    return database.do(create_user("ada@example.com", tier="free")).account


def put(database: Database, account: str, engine: str, upstream: str = "m") -> str:
    plan = Plan(model="composer", mode=Mode.TEXT_TO_VIDEO, prompt="p", seed=1, quote=0)
    job = new_job(account, Order(plan=plan, dialect="d"), Choice(engine, "cloud", False, upstream))
    database.do(store.insert(job))
    return job.id


def take(database: Database, *limits: Limit, now: int = 1, many: int = 10, owner: str = "w") -> list[tuple[str, str]]:
    jobs = database.do(claim("cloud", owner, now, now + LEASE, many, limits))
    assert [job.id for job in jobs] == sorted(job.id for job in jobs)
    return [(job.engine, job.upstream) for job in jobs]


def test_slots_of_an_engine(database: Database, account: str) -> None:
    for _ in range(4):
        put(database, account, "a")
    put(database, account, "b")
    limit = Limit(engine="a", slots=2)
    assert take(database, limit) == [("a", "m"), ("a", "m"), ("b", "m")]
    assert take(database, limit, owner="another process") == []
    database.do(store.end(_running(database, "a"), State.FAILED, code="x", message="m", now=2))
    assert take(database, limit) == [("a", "m")]


def test_slots_of_one_route(database: Database, account: str) -> None:
    for upstream in ("m", "m", "n", "n"):
        put(database, account, "a", upstream)
    assert take(database, Limit(engine="a", upstream="m", slots=1)) == [("a", "m"), ("a", "n"), ("a", "n")]


def test_so_many_begin_in_a_minute(database: Database, account: str) -> None:
    for _ in range(5):
        put(database, account, "a")
    limit = Limit(engine="a", per_minute=2)
    assert len(take(database, limit, now=1)) == 2
    assert take(database, limit, now=MINUTE) == []
    assert len(take(database, limit, now=MINUTE + 1)) == 2


def test_one_that_is_to_wait_is_passed_over_until_then(database: Database, account: str) -> None:
    first = put(database, account, "a")
    [job] = database.do(claim("cloud", "w", 1, LEASE, 10))
    assert job.attempts == 1
    assert database.do(leasing.put_back(first, "w", Choice("b", "cloud", False, "n", "official"), 50, 1, sent=True))
    assert take(database, now=49) == []
    [job] = database.do(claim("cloud", "w", 50, LEASE, 10))
    assert (job.engine, job.upstream, job.tag, job.refusals, job.attempts) == ("b", "n", "official", 1, 1)
    assert job.submission == "none"


@pytest.mark.parametrize(("sent", "left"), [(False, 1), (True, 0)])
def test_what_was_not_asked_does_not_count_in_the_minute(
    database: Database, account: str, sent: bool, left: int
) -> None:
    job = put(database, account, "a")
    limit = Limit(engine="a", per_minute=1)
    assert len(take(database, limit, now=1)) == 1
    database.do(leasing.put_back(job, "w", Choice("a", "cloud", False, "m"), 2, 0, sent=sent))
    assert len(take(database, limit, now=3)) == left


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lanes=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("mn")), max_size=25),
    slots=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    many=st.integers(1, 12),
)
def test_as_many_as_there_is_room_for_and_no_more(
    database: Database,
    account: str,
    lanes: list[tuple[str, str]],
    slots: tuple[int, int],
    many: int,
) -> None:
    database.do(run("DELETE FROM jobs"))
    for engine, upstream in lanes:
        put(database, account, engine, upstream)
    limits = (Limit(engine="a", slots=slots[0]), Limit(engine="a", upstream="m", slots=slots[1]))
    expected: list[tuple[str, str]] = []
    for lane in lanes:
        full = lane[0] == "a" and sum(e == "a" for e, _ in expected) >= slots[0]
        full |= lane == ("a", "m") and expected.count(lane) >= slots[1]
        if not full and len(expected) < many:
            expected.append(lane)
    assert sorted(take(database, *limits, many=many)) == sorted(expected)


def _running(database: Database, engine: str) -> str:
    return str(database.value(f"SELECT id FROM jobs WHERE state = 'running' AND engine = '{engine}' ORDER BY id"))
