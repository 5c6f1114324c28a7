"""Marks belong to their job's account and go with the job; older databases learn how long their videos are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rushes.accounts import create_user
from rushes.catalog import Plan
from rushes.db import migrate
from rushes.engines.contract import Mode
from rushes.gallery import marks
from rushes.jobs import Order, finish, store
from rushes.jobs.routing import Choice
from rushes.jobs.service import new_job
from tests.driving import Database

NOW = 1_000


@pytest.fixture
def account(database: Database) -> str:
    return database.do(create_user("ada@example.com", tier="free")).account


def video(database: Database, account: str, *, expires: int | None = None, mode: Mode = Mode.TEXT_TO_VIDEO) -> str:
    """A finished job."""
    plan = Plan(model="wan-t2v", mode=mode, prompt="p", seed=1, quote=0)
    job = new_job(account, Order(plan=plan, dialect="studio"), Choice("composer", "local", False))
    database.do(store.insert(job))
    database.run("UPDATE jobs SET state = 'running', lease_owner = 'me' WHERE id = :id", id=job.id)
    ended = store.Success(job.id, 0, None, outputs="[]", seconds=0, warnings="[]", expires=expires)
    database.do(store.succeed_all([ended], "me", NOW))
    return job.id


def test_marks_go_with_their_job(database: Database, account: str) -> None:
    kept, gone = video(database, account), video(database, account)
    for job in (kept, gone):
        assert database.do(marks.favorite(account, job, None)) == marks.Mark(favorite=True)
    assert database.do(finish.remove(account, gone))
    assert database.all("SELECT job_id FROM marks") == [(kept,)]


def test_nobody_marks_what_is_not_theirs(database: Database, account: str) -> None:
    job = video(database, account)
    other = database.do(create_user("bob@example.com", tier="free")).account
    for steps in (
        marks.favorite(other, job, True),
        marks.publish(other, job, True, NOW),
        marks.share(other, job),
        marks.unshare(other, job),
        marks.favorite(account, video(database, account, mode=Mode.TEXT_TO_TEXT), True),
    ):
        assert database.do(steps) is None
    assert database.value("SELECT count(*) FROM marks") == 0


def test_publishing_again_keeps_its_time(database: Database, account: str) -> None:
    job = video(database, account)
    for wanted, now, at in ((True, 5, 5), (True, 9, 5), (False, 10, None), (None, 11, 11), (None, 12, None)):
        mark = database.do(marks.publish(account, job, wanted, now))
        assert mark is not None
        assert mark.public_at == at


def test_the_marks_do_not_disturb_each_other(database: Database, account: str) -> None:
    job = video(database, account)
    database.do(marks.favorite(account, job, None))
    shared = database.do(marks.share(account, job))
    database.do(marks.publish(account, job, None, 5))
    assert shared is not None
    assert database.do(marks.of_many([job])) == {
        job: marks.Mark(favorite=True, share_token=shared.share_token, public_at=5)
    }
    database.do(marks.unshare(account, job))
    assert database.do(marks.of_many([job, "job_x"])) == {job: marks.Mark(favorite=True, public_at=5)}
    assert database.do(marks.of_many([])) == {}


def test_what_has_expired_is_shown_to_nobody(database: Database, account: str) -> None:
    job = video(database, account, expires=NOW)
    mark = database.do(marks.share(account, job))
    database.do(marks.publish(account, job, True, 5))
    assert mark is not None
    token = mark.share_token or ""
    for now, seen in ((NOW - 1, True), (NOW, False)):
        assert (database.do(marks.shared(token, now)) is not None) is seen
        assert database.do(marks.readable(job, token, now)) is seen
        assert len(database.do(marks.community(5, 0, now))) == seen


def test_the_length_of_older_videos_is_taken_from_their_files(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    path = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(migrate.HERE))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    engine.dispose()
    old = sqlite3.connect(path)
    old.execute("INSERT INTO accounts (id, name, tier, created_at) VALUES ('a', 'a', 'free', 0)")
    for job, state in (("one", "succeeded"), ("two", "failed")):
        old.execute(
            "INSERT INTO jobs (id, account_id, dialect, model, mode, request, state, quote, engine, draft, queue,"
            " created_at) VALUES (?, 'a', 'd', 'm', 'text-to-video', '{}', ?, 0, 'e', 0, 'q', 0)",
            (job, state),
        )
    for asset, role, kind, seconds in (
        ("x", "output", "video", 2.5),
        ("y", "output", "image", 9),
        ("z", "image", "video", 9),
    ):
        old.execute(
            "INSERT INTO assets VALUES (?, 'a', 'one', ?, ?, 'm', 's', 1, 1, 1, ?, 'ready', 0, NULL)",
            (asset, role, kind, seconds),
        )
    old.commit()
    old.close()
    assert migrate.upgrade(path)
    with sqlite3.connect(path) as new:
        assert new.execute("SELECT id, made_seconds FROM jobs ORDER BY id").fetchall() == [("one", 2.5), ("two", 0.0)]
