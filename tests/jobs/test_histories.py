"""Histories, sums and estimates over the jobs table: their rules, and that they read no more than they need."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rushes.accounts import create_user
from rushes.catalog import Plan
from rushes.dialects.studio.choosing import NEEDS
from rushes.engines.contract import Mode
from rushes.gallery import marks
from rushes.ids import first_id, new_id, now_ms
from rushes.jobs import Job, Order, estimates, histories, store, tallies
from rushes.jobs.routing import Choice
from rushes.jobs.service import new_job
from rushes.jobs.states import State
from tests.driving import Database, sqlite_only

DAY = tallies.DAY_MS
NOON = 20_000 * DAY + DAY // 2


@pytest.fixture
def account(database: Database) -> str:
    return database.do(create_user("ada@example.com", tier="free")).account


def keep(
    database: Database, account: str, *, at: int | None = None, mode: Mode = Mode.TEXT_TO_VIDEO, **fields: Any
) -> Job:
    """A record as it would have been made at `at`, changed by `fields` of the job and of its plan."""
    of_plan = {name: fields.pop(name) for name in tuple(fields) if name in Plan.__struct_fields__ and name != "model"}
    model = fields.pop("model", "wan-t2v")
    plan = Plan(**{"model": model, "mode": mode, "prompt": "p", "seed": 1, "quote": 3, **of_plan})
    job = new_job(account, Order(plan=plan, dialect="studio"), Choice("composer", "local", False))
    if at is not None:
        job = msgspec.structs.replace(job, id=first_id("job_", at)[:-8] + new_id("")[-8:], created_at=at)
    database.do(store.insert(msgspec.structs.replace(job, **fields)))
    return job


def finish(database: Database, job: Job, *, took: int, cost: int = 3, seconds: float = 0.0) -> None:
    started = job.created_at
    database.run(
        "UPDATE jobs SET state = 'running', lease_owner = 'me', started_at = :at WHERE id = :id", at=started, id=job.id
    )
    ended = store.Success(job.id, cost, None, outputs="[]", seconds=seconds, warnings="[]", expires=None)
    database.do(store.succeed_all([ended], "me", started + took))


@sqlite_only
def test_every_list_has_its_index(database: Database) -> None:
    assert "jobs_videos" in database.explain(histories.page("a", "video", 5, 0))
    assert "jobs_images" in database.explain(histories.page("a", "image", 5, 0))
    assert "TEMP" not in database.explain(histories.page("a", "video", 5, 0))
    assert "jobs_videos" in database.explain(histories.count("a", "video"))
    assert "jobs_sounds" in database.explain(histories.page("a", "audio", 5, 0))
    assert "jobs_active" in database.explain(histories.active("a", 5))
    assert "jobs_waiting" in database.explain(histories.waiting())
    assert "id>" in database.explain(tallies.by_day("a", NOON))
    assert "marks_public" in database.explain(marks.community(5, 0, 1))
    assert "SCAN" not in database.explain(marks.shared("t", 1))


@sqlite_only
def test_the_timed_index_serves_estimates(database: Database, account: str) -> None:
    plan = database.explain(estimates.rate(keep(database, account)))
    assert "jobs_timed" in plan
    assert "TEMP" not in plan


def test_what_can_be_generated_is_in_one_history() -> None:
    videos, images, sounds = (set(histories.MODES[made]) for made in ("video", "image", "audio"))
    assert set(NEEDS) < videos | images
    assert not videos & images | videos & sounds | images & sounds
    silent = {Mode.SPEECH_TO_TEXT, Mode.TEXT_TO_TEXT, Mode.TRANSLATE, Mode.TEXT_TO_EMBEDDING}
    assert videos | images | sounds == set(Mode) - silent
    assert (histories.made_by("image-to-video"), histories.made_by("image-to-image")) == ("video", "image")
    assert histories.made_by("text-to-text") is None


def test_days_are_whole_utc_days(database: Database, account: str) -> None:
    start = 20_000 * DAY
    for at in (start - 1, start, start + DAY - 1, start + DAY):
        finish(database, keep(database, account, at=at), took=1000, cost=5)
    keep(database, account, at=start, mode=Mode.TEXT_TO_IMAGE)
    keep(database, account, at=start, mode=Mode.TEXT_TO_TEXT)
    found = database.do(tallies.by_day(account, NOON))
    assert [(day.day, day.videos, day.images) for day in found] == [(20_000, 2, 1), (20_001, 1, 0)]


def test_the_favourite_is_asked_for_most(database: Database, account: str) -> None:
    for model in ("wan-t2v", "flux", "flux"):
        mode = Mode.TEXT_TO_IMAGE if model == "flux" else Mode.TEXT_TO_VIDEO
        job = keep(database, account, mode=mode, model=model)
        finish(database, job, took=10, seconds=2.5 if model == "wan-t2v" else 0.0)
    totals = database.do(tallies.totals(account))
    assert (totals.videos, totals.images, totals.completed) == (1, 2, 3)
    assert (totals.video_seconds, totals.model) == (2.5, "flux")


def test_the_latest_prompts_of_both_histories_once_each(database: Database, account: str) -> None:
    for number, (prompt, mode) in enumerate(
        [
            ("old", Mode.TEXT_TO_VIDEO),
            ("fox", Mode.TEXT_TO_IMAGE),
            ("owl", Mode.TEXT_TO_VIDEO),
            ("fox", Mode.TEXT_TO_VIDEO),
        ]
    ):
        keep(database, account, at=NOON + number, mode=mode, prompt=prompt)
    assert database.do(histories.prompts(account, 5)) == ["fox", "owl", "old"]
    assert database.do(histories.prompts(account, 1)) == ["fox"]


class TestEstimates:
    def test_nothing_is_known_at_first(self, database: Database, account: str) -> None:
        job = keep(database, account)
        assert database.do(estimates.rate(job)) is None
        assert estimates.remaining(job, None, ahead=0, slots=1, now=now_ms()) is None

    def test_the_median_rate_counts_and_the_work_to_do(self, database: Database, account: str) -> None:
        size = {"width": 100, "height": 100, "fps": 10}
        for number, took in enumerate((1000, 2000, 90_000)):
            finish(database, keep(database, account, at=NOON + number, seconds=1.0, **size), took=took)
        job = keep(database, account, seconds=4.0, **size)
        assert estimates.expected(job, database.do(estimates.rate(job))) == pytest.approx(8.0)

    def test_only_the_same_model_on_the_same_engine(self, database: Database, account: str) -> None:
        finish(database, keep(database, account, at=NOON, model="ltx-t2v"), took=1000)
        finish(database, keep(database, account, at=NOON + 1, engine="other"), took=1000)
        assert database.do(estimates.rate(keep(database, account))) is None

    def test_who_waits_waits_for_those_before(self, database: Database, account: str) -> None:
        job = keep(database, account)
        assert estimates.remaining(job, 10.0, ahead=0, slots=1, now=0) == 10
        assert estimates.remaining(job, 10.0, ahead=3, slots=1, now=0) == 40
        assert estimates.remaining(job, 10.0, ahead=3, slots=2, now=0) == 25

    @pytest.mark.parametrize(
        ("progress", "expected", "seconds"),
        [
            (0.0, None, None),
            (0.0, 30.0, 20),
            (0.0, 5.0, 1),
            (0.25, 30.0, 30),  # its own speed: 10 seconds for a quarter
            (0.05, 30.0, 20),  # too early to tell
            (0.05, None, 190),
        ],
    )
    def test_a_running_one_tells_by_its_own_speed(
        self, database: Database, account: str, progress: float, expected: float | None, seconds: int | None
    ) -> None:
        job = msgspec.structs.replace(keep(database, account), state=State.RUNNING, progress=progress, started_at=NOON)
        assert estimates.remaining(job, expected, ahead=0, slots=1, now=NOON + 10_000) == seconds

    def test_what_is_over_takes_no_time(self, database: Database, account: str) -> None:
        job = msgspec.structs.replace(keep(database, account), state=State.FAILED)
        assert estimates.remaining(job, 10.0, ahead=0, slots=1, now=0) == 0
