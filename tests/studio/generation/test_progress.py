"""Status while it goes, cancelling, the queue, the backend's status."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.server import wait_for
from tests.studio.generation.asking import SMALL, balance, ended, made
from tests.studio.generation.conftest import Faked, Make


def test_a_running_job_is_processing_and_can_be_cancelled(client: httpx.Client, stranger: httpx.Client) -> None:
    answer = client.post("/api/generate", json={**SMALL, "prompt": "a slow fox"}).json()
    job, charged = answer["job_id"], answer["credits_charged"]

    def running() -> bool:
        status = client.get("/api/status", params={"job_id": job}).json()
        return bool(status["status"] == "processing" and status["progress"] == 40)

    wait_for(running, 30)
    status = client.get("/api/status", params={"job_id": job}).json()
    assert (status["position"], status["filename"], status["error"]) == (None, None, None)
    assert status["estimated_seconds"] >= 0  # by its own progress
    queue = client.get("/api/queue").json()
    assert [(entry["job_id"], entry["status"]) for entry in queue["active"]] == [(job, "processing")]
    assert stranger.get("/api/queue").json()["active"] == []
    assert stranger.post("/api/cancel", json={"job_id": job}).status_code == 404
    assert balance(client) == 10_000 - charged
    cancelled = client.post("/api/cancel", json={"job_id": job}).json()
    assert cancelled == {"job_id": job, "cancelled": True, "status": "error", "credits_refunded": charged}
    assert balance(client) == 10_000
    status = client.get("/api/status", params={"job_id": job}).json()
    assert (status["status"], status["error"]) == ("error", "cancelled by request")
    assert client.post("/api/cancel", json={"job_id": job}).json()["cancelled"] is False
    assert client.get("/api/queue").json()["active"] == []


def test_of_several_cancels_at_once_one_did_it_and_all_say_it_is_over(client: httpx.Client) -> None:
    answer = client.post("/api/generate", json={**SMALL, "prompt": "a slow fox"}).json()

    def cancel(_: int) -> dict[str, Any]:
        found: dict[str, Any] = client.post("/api/cancel", json={"job_id": answer["job_id"]}).json()
        return found

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(cancel, range(8)))
    assert sum(each["cancelled"] for each in answers) == 1
    assert {each["status"] for each in answers} == {"error"}
    assert balance(client) == 10_000


def test_cancelling_what_is_not_there(client: httpx.Client) -> None:
    assert client.post("/api/cancel", json={"job_id": "job_x"}).status_code == 404
    assert client.post("/api/cancel", json={}).json()["field"] == "job_id"
    job = made(client)["job_id"]
    over = client.post("/api/cancel", json={"job_id": job}).json()
    assert (over["cancelled"], over["status"], over["credits_refunded"]) == (False, "completed", 0)


@pytest.fixture
def idle(tmp_path: Path) -> Faked:
    """A server that runs nothing: what is queued stays so."""
    home = tmp_path / "home"
    home.mkdir()
    return Faked(home)


def test_positions_in_the_queue(idle: Faked) -> None:
    try:
        idle.start("--no-worker")
        one = idle.client(idle.key("one@example.com", dialect="studio"))
        two = idle.client(idle.key("two@example.com", dialect="studio"))
        answers = [who.post("/api/generate", json=SMALL).json() for who in (one, two, one)]
        assert [answer["position"] for answer in answers] == [1, 2, 3]
        last = answers[2]["job_id"]
        status = one.get("/api/status", params={"job_id": last}).json()
        assert (status["status"], status["position"], status["progress"]) == ("queued", 3, 0)
        assert status["estimated_seconds"] is None  # nothing was ever made here
        queue = one.get("/api/queue").json()
        assert (queue["length"], queue["position"]) == (3, 1)
        assert [entry["position"] for entry in queue["active"]] == [3, 1]
        assert two.get("/api/queue").json()["position"] == 2
        one.post("/api/cancel", json={"job_id": answers[0]["job_id"]})
        assert one.get("/api/status", params={"job_id": last}).json()["position"] == 2
        # Deleting what waits cancels it: the hold goes back.
        deleted = one.delete(f"/api/generations/{last}").json()
        assert (deleted["cancelled"], deleted["deleted"]) == (True, True)
        assert one.get("/api/status", params={"job_id": last}).status_code == 404
        assert one.get("/api/analytics/summary").json()["credits_remaining"] == 100_000
    finally:
        idle.close()


def test_the_estimate_comes_from_earlier_runs(client: httpx.Client) -> None:
    asked = {"model": "hunyuan-t2v", "frames": 24}
    made(client, **asked)
    job = client.post("/api/generate", json={**SMALL, **asked, "prompt": "a slow fox"}).json()["job_id"]
    status = client.get("/api/status", params={"job_id": job}).json()
    assert isinstance(status["estimated_seconds"], int)
    client.post("/api/cancel", json={"job_id": job})
    assert ended(client, job)["estimated_seconds"] == 0


def test_the_backend_says_what_it_is(client: httpx.Client, user: Make) -> None:
    answer = client.get("/api/comfyui/status")
    assert answer.status_code == 200
    body = answer.json()
    assert body["online"] is False
    composer = next(engine for engine in body["engines"] if engine["name"] == "composer")
    assert (composer["ready"], composer["stands_in"]) == (True, True)
    assert "text-to-video" in composer["modes"]
    assert "composer" in body["message"]
