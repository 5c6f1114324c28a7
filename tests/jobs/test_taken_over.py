"""Jobs that change hands in the middle: what the next process finds, and what the one before must leave alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from rushes.accounts import create_user
from rushes.catalog import Plan
from rushes.db import run
from rushes.engines.contract import Done, Mode, Operation, Output, Pending, Request
from rushes.ids import now_ms
from rushes.jobs import Order, leasing, runner, store
from rushes.jobs.claiming import claim
from rushes.jobs.routing import Choice
from rushes.jobs.service import new_job
from rushes.jobs.states import State, Submission
from tests.driving import Database
from tests.jobs.test_worker import Paid, Process, Story, Upstream, balance, play

__all__ = ["play"]

HOUR_MS = 3_600_000


async def looked_at(process: Process, job: str) -> None:
    """Return once the engine has been asked about the job."""
    while process.worker.progress(job) != 0.5:
        await asyncio.sleep(0.01)


def test_who_slept_does_not_cancel_what_another_goes_on_with(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        finish = upstream.answer
        upstream.answer = lambda job: Pending(progress=0.5, poll_after=0.01)
        sleeper, other = Process(home, upstream), Process(home, upstream)
        await sleeper.worker.start()
        job = await sleeper.submit(account)
        await looked_at(sleeper, job.id)
        await sleeper.database.write(run("UPDATE jobs SET lease_until = 0"))
        await other.worker.start()
        await looked_at(other, job.id)
        await sleeper.worker._keeper.keep()  # it wakes up, and finds that its job is another's
        assert sleeper.worker.running == {}
        upstream.answer = finish
        assert (await other.over(account, job.id)).state == "succeeded"
        await sleeper.stop()
        await other.stop()
        assert (upstream.starts, upstream.cancelled) == ([job.id], [])

    play(story)


def test_who_slept_stops_what_was_cancelled_elsewhere_meanwhile(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        upstream.answer = lambda job: Pending(progress=0.5, poll_after=0.01)
        sleeper, other = Process(home, upstream), Process(home, upstream)
        await sleeper.worker.start()
        job = await sleeper.submit(account)
        await looked_at(sleeper, job.id)
        assert await other.jobs.cancel(account, job.id) is not None
        await sleeper.worker._keeper.keep()
        await sleeper.stop()
        await other.stop()
        assert upstream.cancelled == [job.id]

    play(story)


@pytest.mark.parametrize(("submission", "state"), [("accepted", "succeeded"), ("sending", "failed")])
def test_what_was_taken_over_and_not_begun_yet_is_handed_on_as_it_was(
    submission: str, state: str, play: Callable[[Story], None]
) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        first = Process(home, upstream)
        job = await first.submit(account)
        operation = f'{{"job":"{job.id}"}}' if submission == "accepted" else None
        await first.database.write(claim("cloud", first.node.id, now_ms(), 0, 1))
        await first.database.write(
            store.save_submissions([store.Saving(job.id, Submission(submission), operation)], first.node.id)
        )
        await first.die()
        second = Process(home, upstream)
        second.worker._starts.close()  # it is told to end before the job's turn to begin has come
        await second.worker.start()
        while job.id not in second.worker.running:
            await asyncio.sleep(0.01)
        await second.stop()
        third = Process(home, upstream)
        await third.worker.start()
        assert (await third.over(account, job.id)).state == state
        await third.stop()
        assert upstream.starts == [], "a paid start was sent again"

    play(story)


@pytest.mark.parametrize("how", ["put back", "requeued", "taken over"])
def test_waiting_is_not_counted_in_the_wall_limit(how: str, play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        process = Process(home, upstream)
        job = await process.submit(account)
        [taken] = await process.database.write(claim("cloud", process.node.id, now_ms() - HOUR_MS, 0, 1))
        assert taken.started_at is not None
        if how == "put back":
            await process.database.write(leasing.put_back(job.id, process.node.id, taken, 0, 1, sent=True))
        elif how == "requeued":
            await process.database.write(leasing.requeue(job.id, process.node.id))
        upstream.answer = lambda job: (
            Pending(progress=0.5, poll_after=0.01)
            if process.worker.progress(job) != 0.5
            else Done(outputs=(Output(kind="video", mime="video/mp4", location=str(upstream.video)),))
        )
        await process.worker.start()
        over = await process.over(account, job.id)
        assert (over.state, over.error_message) == ("succeeded", None)
        await process.stop()

    play(story)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_set_ends_no_job(
    hours: int, play: Callable[[Story], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        looks = 0

        def answer(job: str) -> Pending | Done:
            nonlocal looks
            looks += 1
            if looks < 3:
                return Pending(progress=0.5, poll_after=0.01)
            return Done(outputs=(Output(kind="video", mime="video/mp4", location=str(upstream.video)),))

        upstream.answer = answer
        monkeypatch.setattr(runner, "BETWEEN", 0.01)
        monkeypatch.setattr(runner, "LONGEST_BETWEEN", 0.01)
        process = Process(home, upstream)
        process.worker._starts.close()
        await process.worker.start()
        job = await process.submit(account)
        while job.id not in process.worker.running:
            await asyncio.sleep(0.01)
        monkeypatch.setattr(runner, "now_ms", lambda: now_ms() + hours * HOUR_MS)
        await process.worker._begin(process.worker.running[job.id])
        over = await process.over(account, job.id)
        assert (over.state, over.error_message) == ("succeeded", None)
        await process.stop()

    play(story)


def test_rows_tell_who_goes_on_with_what_and_since_when(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasing, "_SETTLED", "")  # the tests' PostgreSQL may have come up only now
    account = database.do(create_user("ada@example.com", tier="free")).account
    plan = Plan(model="composer", mode=Mode.TEXT_TO_VIDEO, prompt="p", seed=1, quote=0)
    jobs = []
    for _ in range(2):
        job = new_job(account, Order(plan=plan, dialect="d"), Choice("a", "cloud", False, "m"))
        database.do(store.insert(job))
        jobs.append(job.id)
    sent, begun = jobs
    database.do(claim("cloud", "first", 1000, 0, 2))
    database.do(store.save_submissions([store.Saving(sent, Submission.ACCEPTED, '{"id":"x"}')], "first"))
    again = {job.id: job.started_at for job in database.do(claim("cloud", "second", 2000, 0, 2))}
    assert again == {sent: 1000, begun: 2000}, "what is begun anew has its whole time"
    asked = {sent: '{"id":"x"}', begun: '{"id":"y"}'}
    assert database.do(leasing.going_on(asked)) == {sent}
    assert database.do(leasing.going_on({sent: '{"id":"z"}'})) == set(), "another operation is not this one"
    assert database.do(leasing.going_on({})) == set()
    database.do(store.end(sent, State.CANCELLED, code="c", message="m", now=3000))
    assert database.do(leasing.going_on(asked)) == set()


class Own(Paid):
    """An engine of this process whose start takes as long as the test likes."""

    paid = False
    remote = False

    def __init__(self, upstream: Upstream) -> None:
        super().__init__(upstream)
        self.starting = asyncio.Event()
        self.go = asyncio.Event()

    async def start(self, request: Request) -> Operation:
        self.starting.set()
        await self.go.wait()
        return await super().start(request)


def test_what_is_cancelled_while_it_starts_here_is_stopped(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        upstream.answer = lambda job: Pending(progress=0.5, poll_after=0.01)
        process = Process(home, upstream)
        engine = Own(upstream)
        process.worker._engines = {"composer": engine}
        await process.worker.start()
        job = await process.submit(account)
        await engine.starting.wait()
        assert await process.jobs.cancel(account, job.id) is not None
        engine.go.set()
        async with asyncio.timeout(10):
            while not upstream.cancelled:
                await asyncio.sleep(0.01)
        await process.stop()
        assert balance(home) == 100

    play(story)


def test_what_is_cancelled_while_its_inputs_are_copied_is_not_begun(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        process = Process(home, upstream)
        engine = Own(upstream)
        process.worker._engines = {"composer": engine}
        copying, go = asyncio.Event(), asyncio.Event()
        request = process.worker._runner._preparing.request

        async def slow(running: object) -> Request:
            copying.set()
            await go.wait()
            return await request(running)  # type: ignore[arg-type]

        process.worker._runner._preparing.request = slow  # type: ignore[method-assign,assignment]
        await process.worker.start()
        job = await process.submit(account)
        await copying.wait()
        assert await process.jobs.cancel(account, job.id) is not None
        go.set()
        engine.go.set()
        await process.stop()
        assert not engine.starting.is_set()

    play(story)
