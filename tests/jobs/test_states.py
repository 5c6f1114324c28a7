"""The state machine: its table, and the real SQL driven in any order by two processes and their users."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rushes import ledger
from rushes.accounts import create_user
from rushes.catalog import Plan
from rushes.db import Steps, run
from rushes.engines.contract import FailureCode, Mode
from rushes.jobs import audit, finish, leasing, store
from rushes.jobs.claiming import claim
from rushes.jobs.model import Job, JobOutput, to_text
from rushes.jobs.routing import Choice
from rushes.jobs.states import MOVES, TERMINAL, AfterLoss, State, Submission, after_loss, allowed
from rushes.library import assets
from rushes.library.assets import Asset
from tests.driving import Database, opened


def test_terminal_states_have_no_way_out() -> None:
    for state in State:
        assert (state in TERMINAL) == (not MOVES[state])


def test_every_state_leads_to_an_end() -> None:
    for state in State:
        reached, frontier = {state}, {state}
        while frontier:
            frontier = {new for old in frontier for new in MOVES[old]} - reached
            reached |= frontier
        assert reached & TERMINAL
    assert not allowed(State.SUCCEEDED, State.RUNNING)


@pytest.mark.parametrize(("submission", "paid"), itertools.product(Submission, (True, False)))
def test_a_paid_start_is_never_sent_twice(submission: Submission, paid: bool) -> None:
    choice = after_loss(submission, paid=paid)
    if paid and submission is not Submission.NONE:
        assert choice is not AfterLoss.RESTART
    if submission is Submission.ACCEPTED:
        assert choice is AfterLoss.RESUME


def new_job(name: str, account: str, quote: int) -> Job:
    plan = Plan(
        model="composer", mode=Mode.TEXT_TO_VIDEO, prompt="p", seconds=1, resolution="720p", ratio="16:9",
        width=1280, height=720, fps=24, seed=1, quote=quote,
    )  # fmt: skip
    return Job(
        id=name, account_id=account, dialect="rushes", model="composer", mode=plan.mode, request=to_text(plan),
        state="queued", progress=0, quote=quote, cost=None, engine="composer", draft=0, queue="local",
        submission="none", operation=None, attempts=0, lease_owner=None, outputs="[]", warnings="[]",
        error_code=None, error_message=None, created_at=1, started_at=None, finished_at=None, expires_at=None,
    )  # fmt: skip


def accept(job: Job) -> Steps[None]:
    yield from ledger.hold(job.account_id, job.id, job.quote)
    yield from store.insert(job)


def staged(name: str, job: Job) -> Asset:
    return Asset(
        id=name, account_id=job.account_id, job_id=job.id, role="output", kind="video", mime="video/mp4",
        sha256=name, size=7,
    )  # fmt: skip


class Life(RuleBasedStateMachine):
    """Two worker processes and a user act on the same jobs; each may die, be late, or act twice."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.database = opened(self.folder / "rushes.db")
        self.account = self.database.do(create_user("ada@example.com", tier="free", credits=10_000)).account
        self.count = 0
        self.jobs: list[str] = []
        self.held: dict[str, list[Job]] = {"w1": [], "w2": []}
        self.ends: dict[str, str] = {}

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    def state(self, job: str) -> str:
        return str(self.database.value(f"SELECT state FROM jobs WHERE id = '{job}'"))

    def ended(self, job: str, state: str) -> None:
        assert job not in self.ends, f"{job} ended twice"
        self.ends[job] = state

    @rule(quote=st.integers(0, 50))
    def submit(self, quote: int) -> None:
        self.count += 1
        name = f"job_{self.count:04}"
        self.database.do(accept(new_job(name, self.account, quote)))
        self.jobs.append(name)

    @rule(worker=st.sampled_from(["w1", "w2"]), limit=st.integers(1, 4))
    def claim(self, worker: str, limit: int) -> None:
        """Queued jobs, and those of a process that died."""
        jobs = self.database.do(claim("local", worker, 100, 200, limit))
        assert len(jobs) <= limit
        for job in jobs:
            assert job.id not in self.ends
            self.held[worker].append(job)

    @rule(worker=st.sampled_from(["w1", "w2"]))
    def die(self, worker: str) -> None:
        """The process is gone; another notices."""
        self.database.do(leasing.expire_leases([worker]))
        self.held[worker].clear()

    @rule(worker=st.sampled_from(["w1", "w2"]), share=st.floats(0, 1))
    def keep(self, worker: str, share: float) -> None:
        self.database.do(store.save_progress({job.id: share for job in self.held[worker]}, worker))
        lost = self.database.do(leasing.keep([job.id for job in self.held[worker]], worker, 300))
        self.held[worker] = [job for job in self.held[worker] if job.id not in lost]

    @rule(worker=st.sampled_from(["w1", "w2"]), data=st.data())
    def succeed(self, worker: str, data: st.DataObject) -> None:
        if not self.held[worker]:
            return
        job = data.draw(st.sampled_from(self.held[worker]))
        self.count += 1
        asset = staged(f"asset{self.count}", job)
        self.database.do(assets.stage_all([asset]))
        output = JobOutput(asset=asset.id, kind="video", mime="video/mp4")
        cost = job.quote // 2
        done = finish.Success(job=job, cost=cost, outputs=[output], warnings=[], expires=None)
        if self.database.do(finish.succeed_all([done], worker)) == [True]:
            self.ended(job.id, "succeeded")

    @rule(worker=st.sampled_from(["w1", "w2"]), data=st.data())
    def fail(self, worker: str, data: st.DataObject) -> None:
        if self.held[worker]:
            job = data.draw(st.sampled_from(self.held[worker]))
            if self.database.do(finish.fail(job.id, FailureCode.INTERNAL, "m", worker)):
                self.ended(job.id, "failed")

    @rule(worker=st.sampled_from(["w1", "w2"]), data=st.data())
    def requeue(self, worker: str, data: st.DataObject) -> None:
        if self.held[worker]:
            job = data.draw(st.sampled_from(self.held[worker]))
            if self.database.do(leasing.requeue(job.id, worker)):
                self.held[worker].remove(job)

    @rule(worker=st.sampled_from(["w1", "w2"]), data=st.data(), until=st.sampled_from([0, 101]))
    def put_back(self, worker: str, data: st.DataObject, until: int) -> None:
        """No engine took it: for another route, or for later."""
        if self.held[worker]:
            job = data.draw(st.sampled_from(self.held[worker]))
            way = Choice("other", "local", False, "u")
            if self.database.do(leasing.put_back(job.id, worker, way, until, job.refusals + 1, sent=True)):
                self.held[worker].remove(job)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if self.jobs:
            job = data.draw(st.sampled_from(self.jobs))
            if self.database.do(finish.cancel(self.account, job)) is not None:
                self.ended(job, "cancelled")

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        over = [job for job in self.jobs if job in self.ends]
        if over:
            job = data.draw(st.sampled_from(over))
            assert self.database.do(finish.remove(self.account, job))
            self.jobs.remove(job)

    @invariant()
    def money_states_and_files_agree(self) -> None:
        if not hasattr(self, "database"):
            return
        assert self.database.do(ledger.audit()) == []
        assert self.database.do(audit.audit()) == []
        for job in self.jobs:
            state = self.state(job)
            assert (state in TERMINAL) == (job in self.ends)
            if job in self.ends:
                assert state == self.ends[job]
                ready = self.database.value(f"SELECT count(*) FROM assets WHERE job_id = '{job}' AND state = 'ready'")
                assert ready == (state == "succeeded")


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=30, stateful_step_count=30)


def test_the_audit_sees_a_job_without_its_money(database: Database) -> None:
    account = database.do(create_user("ada@example.com", tier="free", credits=100)).account
    database.do(accept(new_job("job_1", account, 10)))
    assert database.do(audit.audit()) == []
    database.do(ledger.release(account, "job_1"))
    assert [finding.subject for finding in database.do(audit.audit())] == ["job_1"]
    database.do(run("UPDATE jobs SET state = 'succeeded', cost = 10"))
    assert [finding.subject for finding in database.do(audit.audit())] == ["job_1"]


def test_an_unknown_paid_start_is_listed_but_no_mismatch(database: Database) -> None:
    account = database.do(create_user("ada@example.com", tier="free", credits=100)).account
    database.do(accept(new_job("job_1", account, 10)))
    database.do(claim("local", "w", 1, 2, 1))
    database.do(store.save_submissions([store.Saving("job_1", Submission.SENDING)], "w"))
    database.do(finish.fail("job_1", FailureCode.LOST, "m", "w"))
    [finding] = database.do(audit.audit())
    assert (finding.subject, finding.mismatch) == ("job_1", False)
