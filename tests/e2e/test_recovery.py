"""kill -9 at any moment, then a start: every accepted job ends once, every hold is settled once, no file is lost.

The short version runs in the suite; `make campaign` runs the long one. RUSHES_SEED replays one.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import Server, children, files_on_disk, finished, wait_for

SMALL = {"prompt": "a boat on the sea", "size": "128x72", "seconds": 1, "fps": 12}


def submit(client: httpx.Client, **change: object) -> str:
    answer = client.post("/rushes/v1/generations", json={**SMALL, **change})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def states(server: Server) -> dict[str, str]:
    with server.database() as database:
        return {str(job): str(state) for job, state in database.all("SELECT id, state FROM jobs")}


def check_nothing_lost(server: Server, jobs: list[str]) -> None:
    found = states(server)
    assert sorted(found) == sorted(jobs), "a job is lost or was made twice"
    assert set(found.values()) == {"succeeded"}
    assert server.audit() == {"ok": True, "findings": []}
    with server.database() as database:
        settled = database.value("SELECT count(*) FROM postings WHERE kind = 'capture'")
        recorded = {row[0] for row in database.all("SELECT sha256 FROM assets")}
        outputs = database.value("SELECT count(*) FROM assets WHERE state = 'ready'")
    assert settled == outputs == len(jobs)
    assert files_on_disk(server.home) == recorded, "a file is orphaned or missing"
    assert [path for path in (server.home / "tmp").rglob("*") if path.is_file()] == []


def campaign(server: Server, *, kills: int, seed: int) -> None:
    rng = random.Random(seed)
    print(f"seed {seed}")
    server.start()
    key = server.key()
    jobs: list[str] = []
    for _ in range(kills):
        with server.client(key) as client:
            for _ in range(rng.randint(1, 4)):
                jobs.append(submit(client, seed=rng.randrange(10**6)))
        # Sometimes at once, sometimes in the middle of a render or of a file being stored.
        time.sleep(rng.choice([0, rng.random() * 0.3, rng.random() * 2.5]))
        assert server.process is not None
        renderers = children(server.process.pid)
        server.kill()
        wait_for(lambda gone=renderers: not any(Path(f"/proc/{pid}/exe").exists() for pid in gone), 10)
        server.start()
    wait_for(lambda: set(states(server).values()) == {"succeeded"}, 60 + 3 * len(jobs), 0.2)
    assert server.stop() == 0
    check_nothing_lost(server, jobs)


def test_kill_nine(fresh: Server) -> None:
    campaign(fresh, kills=4, seed=int(os.environ.get("RUSHES_SEED", random.randrange(10**6))))


@pytest.mark.slow
def test_kill_nine_many_times(fresh: Server) -> None:
    campaign(fresh, kills=60, seed=int(os.environ.get("RUSHES_SEED", random.randrange(10**6))))


def test_a_stop_puts_running_jobs_back(fresh: Server) -> None:
    fresh.environ["RUSHES_SHUTDOWN_GRACE_SECONDS"] = "0"
    fresh.start()
    with fresh.client(fresh.key()) as client:
        job = submit(client, seconds=15, size="1280x720", fps=60)
        wait_for(lambda: states(fresh)[job] == "running")
    assert fresh.stop() == 0
    assert states(fresh) == {job: "queued"}
    assert fresh.audit()["ok"]


def test_a_stop_waits_for_a_short_render(fresh: Server) -> None:
    fresh.start()
    with fresh.client(fresh.key()) as client:
        job = submit(client)
        wait_for(lambda: states(fresh)[job] == "running")
    assert fresh.stop() == 0
    check_nothing_lost(fresh, [job])


def test_cancelling_stops_the_render_and_gives_the_credits_back(fresh: Server) -> None:
    fresh.start()
    key = fresh.key()
    client = fresh.client(key)
    job = submit(client, seconds=15, size="1920x1080", fps=60)
    wait_for(lambda: states(fresh)[job] == "running")
    assert fresh.process is not None
    [renderer] = wait_for(lambda: children(fresh.process.pid))  # type: ignore[union-attr]
    assert client.get("/v1/account").json()["balance_cents"] < 100_000
    answer = client.delete(f"/v1/videos/{job}")
    assert (answer.status_code, answer.json()["cancelled"]) == (200, True)
    wait_for(lambda: not Path(f"/proc/{renderer}/exe").exists(), 10)
    assert client.get("/v1/account").json()["balance_cents"] == 100_000
    video = client.get(f"/v1/videos/{job}").json()
    assert (video["status"], video["cost_cents"]) == ("failed", 0)
    assert "cancelled" in video["error"]
    # The server goes on: the next job gets a new render process.
    assert finished(client, f"/rushes/v1/generations/{submit(client)}")["state"] == "succeeded"
    assert client.delete(f"/v1/videos/{job}").json()["deleted"] is True
    wait_for(lambda: len(files_on_disk(fresh.home)) == 1)
    assert fresh.audit() == {"ok": True, "findings": []}


def test_cancelling_a_queued_job(fresh: Server) -> None:
    fresh.start("--no-worker")
    client = fresh.client(fresh.key())
    job = submit(client)
    assert client.delete(f"/rushes/v1/generations/{job}").json() == {
        "id": job,
        "cancelled": True,
        "deleted": False,
    }
    assert states(fresh) == {job: "cancelled"}
    assert client.get("/v1/account").json()["balance_cents"] == 100_000


def test_a_render_that_takes_too_long_fails_with_a_refund(fresh: Server) -> None:
    fresh.environ["RUSHES_RUN_LIMIT_SECONDS"] = "1"
    fresh.start()
    client = fresh.client(fresh.key())
    body = finished(client, f"/rushes/v1/generations/{submit(client, seconds=15, size='2560x1440', fps=60)}")
    assert (body["state"], body["failure"]["code"], body["cost"]) == ("failed", "timeout", 0)
    assert client.get("/v1/account").json()["balance_cents"] == 100_000


def test_a_worker_of_its_own_process(fresh: Server) -> None:
    """`serve --no-worker` and `worker` share the data folder."""
    import subprocess

    from tests.e2e.server import RUSHES

    fresh.start("--no-worker")
    client = fresh.client(fresh.key())
    job = submit(client)
    worker = subprocess.Popen([*RUSHES, "worker"], env=fresh.environ, stderr=subprocess.DEVNULL)
    try:
        assert finished(client, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
        long = submit(client, seconds=15, size="1920x1080", fps=60)
        wait_for(lambda: states(fresh)[long] == "running")
        [renderer] = wait_for(lambda: children(worker.pid))
        client.delete(f"/rushes/v1/generations/{long}")
        wait_for(lambda: not Path(f"/proc/{renderer}/exe").exists(), 15)
    finally:
        worker.terminate()
        assert worker.wait(60) == 0


def test_the_render_process_dies(fresh: Server) -> None:
    """Somebody kills it (the kernel, for memory): the job fails with a refund, the next one works."""
    fresh.start()
    client = fresh.client(fresh.key())
    job = submit(client, seconds=15, size="1920x1080", fps=60)
    wait_for(lambda: states(fresh)[job] == "running")
    assert fresh.process is not None
    [renderer] = wait_for(lambda: children(fresh.process.pid))  # type: ignore[union-attr]
    os.kill(renderer, 9)
    body = finished(client, f"/rushes/v1/generations/{job}")
    assert (body["state"], body["failure"]["code"]) == ("failed", "internal")
    assert finished(client, f"/rushes/v1/generations/{submit(client)}")["state"] == "succeeded"
    assert fresh.audit() == {"ok": True, "findings": []}
