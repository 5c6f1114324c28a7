"""The worker with an engine that costs money upstream: at most one start, resumed after a loss, refunded in doubt."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from rushes import ledger
from rushes.accounts import create_user
from rushes.catalog import Catalog, Wish, load_catalog, make_plan
from rushes.db import SqliteDatabase, run
from rushes.engines.contract import (
    AmbiguousStart,
    Done,
    EngineError,
    Failed,
    FailureCode,
    Health,
    Lost,
    Mode,
    Operation,
    Output,
    Pending,
    Request,
    Status,
)
from rushes.jobs import Jobs, NoEngine, Order, audit
from rushes.jobs.events import News
from rushes.jobs.model import Job
from rushes.jobs.routing import Router
from rushes.jobs.runner import Runner
from rushes.jobs.worker import Worker
from rushes.library import Library
from rushes.library.blobs import BlobStore
from rushes.node import Node
from tests.media.test_media import write_video


class Upstream:
    """What lives at the provider: it stays when our process dies."""

    def __init__(self, video: Path) -> None:
        self.video = video
        self.starts: list[str] = []
        self.cancelled: list[str] = []
        self.answer: Callable[[str], Status] = lambda job: Done(
            outputs=(Output(kind="video", mime="video/mp4", location=str(video)),)
        )
        self.on_start: Callable[[], None] = lambda: None


class Paid:
    """An engine that costs money upstream."""

    name = "composer"  # the catalogue's composer is routed to it
    modes = frozenset({Mode.TEXT_TO_VIDEO})
    paid = True
    remote = True

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def start(self, request: Request) -> Operation:
        self._upstream.starts.append(request.job)
        self._upstream.on_start()
        return {"job": request.job}

    async def status(self, operation: Operation) -> Status:
        return self._upstream.answer(operation["job"])

    async def cancel(self, operation: Operation) -> None:
        self._upstream.cancelled.append(operation["job"])

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        data = Path(output.location).read_bytes()
        yield data[: len(data) // 2]
        yield data[len(data) // 2 :]

    async def discard(self, operation: Operation) -> None: ...

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None: ...


class Process:
    """One process of ours on a data folder; `die` leaves everything as a kill would."""

    def __init__(self, home: Path, upstream: Upstream, *, run_limit: int = 60) -> None:
        self.database = SqliteDatabase(home / "rushes.db")
        self.library = Library(self.database, BlobStore(str(home / "files")))
        self.node = Node(home)
        news = News()
        engines = {"composer": Paid(upstream)}
        self.catalog: Catalog = load_catalog()
        router = Router(engines, drafts=True)
        runner = Runner(
            self.database, self.library, news, self.node.id, self.node.scratch, retention_days=1, told=lambda: None,
            router=router, catalog=self.catalog,
        )  # fmt: skip
        self.worker = Worker(
            self.database, engines, self.library, news, self.node, runner,
            slots={"cloud": 10}, run_limit=run_limit, queue_limit=60,
        )  # fmt: skip
        self.jobs = Jobs(
            self.database, self.catalog, router, news, quota=0,
            wake=self.worker.wake, stop=self.worker.stop_job, live=self.worker.progress, told=lambda: None,
        )  # fmt: skip

    async def submit(self, account: str) -> Job:
        plan = make_plan(self.catalog, Wish(model="composer", prompt="p", mode=Mode.TEXT_TO_VIDEO, seconds=5))
        return await self.jobs.submit(account, Order(plan=plan, dialect="rushes"))

    async def over(self, account: str, job: str) -> Job:
        found = await self.jobs.wait(account, job, 10)
        assert found is not None
        assert found.terminal, found.state
        return found

    async def die(self) -> None:
        for task in [*self.worker._loops, *self.worker._tasks]:
            task.cancel()
        await asyncio.gather(*self.worker._loops, *self.worker._tasks, return_exceptions=True)
        await self.database.close()
        self.node.close()

    async def stop(self) -> None:
        await self.worker.close(0)
        await self.database.close()
        self.node.close()


Story = Callable[[Path, Upstream, str], Awaitable[None]]


@pytest.fixture
def play(empty_database: Path, tmp_path: Path) -> Callable[[Story], None]:
    """Run a story on a fresh data folder with an account of 100 credits, then prove the books."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(empty_database, home / "rushes.db")
    video = tmp_path / "video.mp4"
    write_video(video)

    async def main(story: Story) -> None:
        database = SqliteDatabase(home / "rushes.db")
        user = await database.write(create_user("ada@example.com", tier="enterprise", credits=100))
        await database.close()
        await story(home, Upstream(video), user.account)
        database = SqliteDatabase(home / "rushes.db")
        findings = await database.read(ledger.audit()) + await database.read(audit.audit())
        assert [finding for finding in findings if finding.mismatch] == []
        await database.close()

    return lambda story: asyncio.run(main(story))


def balance(home: Path) -> int:
    with sqlite3.connect(home / "rushes.db") as connection:
        return int(connection.execute("SELECT available FROM wallets").fetchone()[0])


def test_a_job_is_started_once_and_charged_once(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        process = Process(home, upstream)
        await process.worker.start()
        job = await process.submit(account)
        done = await process.over(account, job.id)
        assert (done.state, done.cost) == ("succeeded", 5)
        [output] = done.output_list()
        assert (output.width, output.height) == (64, 48)
        assert upstream.starts == [job.id]
        await process.stop()
        assert balance(home) == 95

    play(story)


def test_only_what_was_made_is_charged(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        process = Process(home, upstream)
        await process.worker.start()
        plan = make_plan(process.catalog, Wish(model="composer", prompt="p", mode=Mode.TEXT_TO_VIDEO, seconds=5))
        plan = msgspec.structs.replace(plan, count=3, quote=15)
        job = await process.jobs.submit(account, Order(plan=plan, dialect="rushes"))
        done = await process.over(account, job.id)  # the provider gives one
        assert (done.state, done.cost) == ("succeeded", 5)
        assert "count: 1 of 3 results could be made; only these are charged" in done.warning_list()
        await process.stop()
        assert balance(home) == 95

    play(story)


def test_a_killed_process_is_resumed_by_its_operation(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        finish = upstream.answer
        upstream.answer = lambda job: Pending(progress=0.5, poll_after=0.01)
        first = Process(home, upstream)
        await first.worker.start()
        job = await first.submit(account)
        while not upstream.starts or first.worker.progress(job.id) != 0.5:
            await asyncio.sleep(0.01)
        await first.die()
        upstream.answer = finish
        second = Process(home, upstream)
        await second.worker.start()
        assert (await second.over(account, job.id)).state == "succeeded"
        assert upstream.starts == [job.id], "a paid start was sent again"
        await second.stop()
        assert balance(home) == 95

    play(story)


def test_a_process_killed_while_sending_is_refunded_and_listed(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        first = Process(home, upstream)
        job = await first.submit(account)
        await first.database.write(
            run(
                "UPDATE jobs SET state = 'running', submission = 'sending', lease_owner = :owner, lease_until = 0",
                owner=first.node.id,
            )
        )
        await first.die()
        second = Process(home, upstream)
        await second.worker.start()
        over = await second.over(account, job.id)
        assert (over.state, over.error_code) == ("failed", "lost")
        assert upstream.starts == []
        listed = await second.database.read(audit.audit())
        assert [(finding.subject, finding.mismatch) for finding in listed] == [(job.id, False)]
        await second.stop()
        assert balance(home) == 100

    play(story)


def refuse() -> None:
    raise EngineError(FailureCode.CONTENT_VIOLATION, "not allowed")


def vanish() -> None:
    raise AmbiguousStart


def break_down() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("on_start", "answer", "code"),
    [
        (refuse, None, "content_violation"),
        (vanish, None, "lost"),
        (break_down, None, "internal"),
        (None, Failed(code=FailureCode.QUOTA, message="no more"), "quota"),
        (None, Lost(), "lost"),
        (None, Done(outputs=(Output(kind="video", mime="video/mp4", location="/dev/null"),)), "internal"),
    ],
)
def test_whatever_goes_wrong_is_refunded_and_not_sent_again(
    play: Callable[[Story], None], on_start: Callable[[], None] | None, answer: Status | None, code: str
) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        upstream.on_start = on_start or upstream.on_start
        if answer is not None:
            upstream.answer = lambda job: answer
        process = Process(home, upstream)
        await process.worker.start()
        job = await process.submit(account)
        over = await process.over(account, job.id)
        assert (over.state, over.error_code, over.cost) == ("failed", code, 0)
        assert upstream.starts == [job.id]
        await process.stop()
        assert balance(home) == 100

    play(story)


def test_cancelling_stops_the_upstream(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        upstream.answer = lambda job: Pending(progress=0.1, poll_after=0.01)
        process = Process(home, upstream)
        await process.worker.start()
        job = await process.submit(account)
        while process.worker.progress(job.id) != 0.1:
            await asyncio.sleep(0.01)
        assert await process.jobs.cancel(account, job.id) is not None
        while not upstream.cancelled:
            await asyncio.sleep(0.01)
        assert await process.jobs.cancel(account, job.id) is None
        await process.stop()
        assert balance(home) == 100

    play(story)


def test_a_stopping_process_hands_its_paid_work_over(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        finish = upstream.answer
        upstream.answer = lambda job: Pending(progress=0.1, poll_after=0.01)
        first = Process(home, upstream)
        await first.worker.start()
        job = await first.submit(account)
        while first.worker.progress(job.id) != 0.1:
            await asyncio.sleep(0.01)
        await first.stop()
        assert upstream.cancelled == []
        upstream.answer = finish
        second = Process(home, upstream)
        await second.worker.start()
        assert (await second.over(account, job.id)).state == "succeeded"
        assert upstream.starts == [job.id]
        await second.stop()

    play(story)


def test_a_model_without_an_engine_is_refused(play: Callable[[Story], None]) -> None:
    async def story(home: Path, upstream: Upstream, account: str) -> None:
        process = Process(home, upstream)
        router = Router({}, drafts=True)
        with pytest.raises(NoEngine):
            router.choose(process.catalog.models["seedance-2.0"], Mode.TEXT_TO_VIDEO)
        real = Router({"composer": Paid(upstream)}, drafts=False)
        assert not real.choose(process.catalog.models["composer"], Mode.TEXT_TO_VIDEO).draft
        with pytest.raises(NoEngine):
            real.choose(process.catalog.models["seedance-2.0"], Mode.TEXT_TO_VIDEO)
        await process.stop()

    play(story)
