"""GET /api/analytics/usage and /summary."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from tests.studio.generation.asking import SMALL, drawn, ended, made


def test_a_new_account_has_nothing(client: httpx.Client) -> None:
    usage = client.get("/api/analytics/usage").json()
    assert len(usage["days"]) == 30
    assert (usage["total_generations"], usage["total_images"], usage["total_credits"]) == (0, 0, 0)
    summary = client.get("/api/analytics/summary").json()
    assert summary == {
        "total_generations": 0,
        "total_images": 0,
        "completed": 0,
        "video_minutes": 0.0,
        "favourite_model": None,
        "credits_spent": 0,
        "credits_remaining": 10_000,
    }


def test_sums_are_those_of_the_records(client: httpx.Client, stranger: httpx.Client) -> None:
    made(stranger)
    for seed in range(2):
        made(client, seed=seed, model="ltx-t2v", frames=240, frame_rate=24)
    made(client, model="wan-t2v")
    drawn(client)
    broken = {**SMALL, "model": "animatediff", "prompt": "a broken fox"}
    ended(client, client.post("/api/generate", json=broken).json()["job_id"])
    lists = [client.get(f"/api/{name}").json()["generations"] for name in ("generations", "image-generations")]
    cost = sum(entry["cost"] for entries in lists for entry in entries)
    today = datetime.now(UTC).date()
    usage = client.get("/api/analytics/usage", params={"days": 7}).json()
    days = [date.fromisoformat(day["date"]) for day in usage["days"]]
    assert days == [days[-1] - timedelta(days=number) for number in range(6, -1, -1)]
    assert today - timedelta(days=1) <= days[-1] <= today  # the test may cross midnight
    assert (usage["total_generations"], usage["total_images"], usage["total_credits"]) == (4, 1, cost)
    assert sum(day["credits"] for day in usage["days"][-2:]) == cost
    summary = client.get("/api/analytics/summary").json()
    assert (summary["total_generations"], summary["total_images"], summary["completed"]) == (4, 1, 4)
    seconds = sum(entry["duration"] or 0 for entry in lists[0])
    assert seconds > 20
    assert summary["video_minutes"] == pytest.approx(seconds / 60, abs=0.006)
    assert summary["favourite_model"] == "ltx-t2v"
    assert (summary["credits_spent"], summary["credits_remaining"]) == (cost, 10_000 - cost)


def test_what_was_spent_stays_when_its_video_is_deleted(client: httpx.Client) -> None:
    job = made(client)["job_id"]
    cost = client.get("/api/generations").json()["generations"][0]["cost"]
    assert client.delete(f"/api/generations/{job}").status_code == 200
    usage = client.get("/api/analytics/usage").json()
    assert (usage["total_generations"], usage["total_credits"]) == (0, cost)
    assert client.get("/api/analytics/summary").json()["credits_spent"] == cost > 0


@pytest.mark.parametrize("days", ["0", "367", "x"])
def test_spans_that_cannot_be(client: httpx.Client, days: str) -> None:
    answer = client.get("/api/analytics/usage", params={"days": days})
    assert (answer.status_code, answer.json()["field"]) == (400, "days")
