"""Idempotency keys: one request, one job, whatever happens in between."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rushes.accounts import create_user
from rushes.db import run
from rushes.jobs import claims, store
from rushes.jobs.claims import Kept, KeyReused, Taken, Waiting
from rushes.jobs.states import DIRECT
from tests.driving import Database, opened
from tests.jobs.test_states import accept, new_job


@pytest.fixture
def account(database: Database) -> str:
    return database.do(create_user("ada@example.com", tier="free", credits=100)).account


def take(database: Database, account: str, print_: str = "a", owner: str = "p", now: int = 1) -> object:
    return database.do(claims.take(account, "key", print_, owner, now))


def test_the_first_takes_the_second_waits_the_third_reads(database: Database, account: str) -> None:
    first = take(database, account)
    assert isinstance(first, Taken)
    assert take(database, account, owner="q") == Waiting("p")
    database.do(claims.keep(account, "key", status=201, media="application/json", answer="{}"))
    assert take(database, account) == Kept(first.job, 201, "application/json", "{}")
    with pytest.raises(KeyReused):
        take(database, account, "b")


def test_keys_of_accounts_do_not_meet(database: Database, account: str) -> None:
    other = database.do(create_user("bob@example.com", tier="free")).account
    assert isinstance(take(database, account), Taken)
    assert isinstance(take(database, other, "b"), Taken)


def test_a_key_is_free_again_after_a_day(database: Database, account: str) -> None:
    take(database, account)
    database.do(claims.keep(account, "key", status=200, media="", answer="{}"))
    assert isinstance(take(database, account, now=claims.DAY_MS), Kept)
    assert isinstance(take(database, account, "b", now=claims.DAY_MS + 2), Taken)


def test_a_refused_request_frees_its_key_unless_its_job_was_made(database: Database, account: str) -> None:
    first = take(database, account)
    assert isinstance(first, Taken)
    database.do(claims.release(account, "key", "p"))
    second = take(database, account, "b")
    assert isinstance(second, Taken)
    database.do(accept(new_job(second.job, account, 1)))
    database.do(claims.release(account, "key", "p"))
    assert take(database, account, "b") == Kept(second.job, 0, "", None)


def test_a_text_has_nothing_to_answer_from(database: Database, account: str) -> None:
    first = take(database, account)
    assert isinstance(first, Taken)
    database.do(accept(new_job(first.job, account, 1)))
    database.do(run("UPDATE jobs SET queue = :queue", queue=DIRECT))
    database.do(claims.release(account, "key", "p"))
    assert isinstance(take(database, account), Taken)


def test_a_dead_process_leaves_its_job_to_the_next(database: Database, account: str) -> None:
    first = take(database, account)
    assert isinstance(first, Taken)
    assert database.do(claims.take_over(account, "key", "p", "q")) == first
    assert database.do(claims.take_over(account, "key", "p", "r")) is None, "somebody else has it"
    database.do(accept(new_job(first.job, account, 1)))
    assert database.do(claims.take_over(account, "key", "q", "r")) == first, "its job goes on"
    database.do(run("UPDATE jobs SET state = 'failed'"))
    again = database.do(claims.take_over(account, "key", "r", "s"))
    assert again == first, "it may have been sent to a provider, and is the answer"
    assert take(database, account, owner="t") == Waiting("s")


def test_a_text_that_ended_with_its_process_is_written_anew(database: Database, account: str) -> None:
    first = take(database, account)
    assert isinstance(first, Taken)
    database.do(accept(new_job(first.job, account, 1)))
    database.do(run("UPDATE jobs SET queue = :queue, state = 'failed'", queue=DIRECT))
    fresh = database.do(claims.take_over(account, "key", "p", "s"))
    assert fresh is not None
    assert fresh != first
    assert take(database, account, owner="t") == Waiting("s")


class Requests(RuleBasedStateMachine):
    """Processes take, die, take over, answer and refuse, in any order."""

    @initialize()
    def begin(self) -> None:
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.database = opened(Path(self.folder.name) / "rushes.db")
        self.account = self.database.do(create_user("ada@example.com", tier="free", credits=1000)).account
        self.holder: str | None = None
        self.job = ""
        self.made: set[str] = set()

    @rule(owner=st.sampled_from(["p", "q", "r"]))
    def send(self, owner: str) -> None:
        claim = take(self.database, self.account, owner=owner)
        if isinstance(claim, Taken):
            assert self.holder is None
            self.holder, self.job = owner, claim.job
        elif isinstance(claim, Waiting):
            assert claim.owner == self.holder
        else:
            assert self.holder is None
            assert claim.job == self.job

    @rule(owner=st.sampled_from(["p", "q", "r"]))
    def die_and_be_followed(self, owner: str) -> None:
        if self.holder is None or owner == self.holder:
            return
        taken = self.database.do(claims.take_over(self.account, "key", self.holder, owner))
        assert taken is not None
        assert taken.job == self.job
        self.holder = owner

    @rule()
    def make_the_job(self) -> None:
        if self.holder is None or self.database.do(store.get(self.account, self.job)) is not None:
            return
        self.database.do(accept(new_job(self.job, self.account, 1)))
        self.made.add(self.job)

    @rule()
    def fail_the_job(self) -> None:
        self.database.do(run("UPDATE jobs SET state = 'failed'"))

    @rule()
    def answer(self) -> None:
        if self.holder is not None and self.job in self.made:
            self.database.do(claims.keep(self.account, "key", status=200, media="", answer="{}"))
            self.holder = None

    @rule()
    def refuse(self) -> None:
        if self.holder is not None:
            self.database.do(claims.release(self.account, "key", self.holder))
            self.holder = None

    @invariant()
    def one_job_at_most(self) -> None:
        if hasattr(self, "made"):
            assert len(self.made) <= 1

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()


TestRequests = Requests.TestCase
TestRequests.settings = settings(max_examples=15, stateful_step_count=20)
