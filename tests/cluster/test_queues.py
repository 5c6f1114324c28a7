"""Workers that differ: each takes only what it can do. Real processes of the command line, and nodes with a peer."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster.conftest import Cluster, submit
from tests.e2e.server import RUSHES, Server, finished, wait_for
from tests.observe.exposition import scrape


class Processes:
    """`rushes serve` and `rushes worker` on the cluster's database, each with a folder of its own."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._environ = {**cluster.environ, "RUSHES_MODELS_OFFLINE": "1", "RUSHES_SHUTDOWN_GRACE_SECONDS": "0"}
        self._folder = folder
        self._running: list[subprocess.Popen[str]] = []

    def start(self, name: str, *arguments: str, models: str = "", **settings: str) -> subprocess.Popen[str]:
        home = self._folder / name
        home.mkdir()
        if models:
            (home / "models").symlink_to(models)
        extra = {f"RUSHES_{key.upper()}": value for key, value in settings.items()}
        process = subprocess.Popen(
            [*RUSHES, *arguments],
            env={**self._environ, "RUSHES_HOME": str(home), **extra},
            stdout=subprocess.PIPE, stderr=(self._folder / f"{name}.log").open("w"), text=True,
        )  # fmt: skip
        self._running.append(process)
        return process

    def serve(self) -> str:
        """An API node's address."""
        process = self.start("api", "serve", "--no-worker", "--port", "0")
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"ready at (\S+)", line):
                return found[1]
        raise RuntimeError((self._folder / "api.log").read_text())

    def close(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()


@pytest.fixture
def processes(cluster: Cluster, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(cluster, tmp_path)
    yield made
    made.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ready(port: int) -> dict[str, Any]:
    """What a worker says of itself at its probe port, once it answers."""

    def ask() -> dict[str, Any] | None:
        try:
            return dict(httpx.get(f"http://127.0.0.1:{port}/readyz").json())
        except httpx.ConnectError:
            return None

    found: dict[str, Any] = wait_for(ask)
    return found


def test_serving_and_working_apart_with_all_queues_by_name(tmp_path: Path) -> None:
    server = Server(tmp_path / "home", text_model="off")
    server.home.mkdir()
    port = free_port()
    server.start("--no-worker")
    worker = subprocess.Popen(
        [*RUSHES, "worker", "--queues", "local,cloud,edit,webhooks", "--concurrency", "2"],
        env={**server.environ, "RUSHES_WORKER_PORT": str(port)}, stderr=(tmp_path / "worker.log").open("w"),
    )  # fmt: skip
    try:
        assert ready(port)["ready"] is True
        with server.client(server.key(dialect="rushes")) as client:
            picture = {"model": "composer-still", "prompt": "a boat"}
            for body in ({"prompt": "a boat", "seconds": 1, "size": "128x72"}, picture):
                answer = client.post("/rushes/v1/generations", json=body)
                assert answer.status_code == 202, answer.text
                assert finished(client, f"/rushes/v1/generations/{answer.json()['id']}")["state"] == "succeeded"
        seen = scrape(f"http://127.0.0.1:{port}")
        for queue in ("local", "cloud", "edit"):
            assert seen.get("rushes_jobs_running_here", queue=queue) == 0
        worker.terminate()
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()
        server.close()


def test_a_queue_that_there_is_not_is_named() -> None:
    answer = subprocess.run([*RUSHES, "worker", "--queues", "local,quick"], capture_output=True, text=True, timeout=60)
    assert answer.returncode == 1
    assert "'quick' is none of local, edit, cloud, webhooks" in answer.stderr


def test_a_worker_without_weights_leaves_their_jobs_to_one_that_has_them(
    cluster: Cluster, processes: Processes
) -> None:
    models = os.environ.get("RUSHES_TEST_MODELS", "")
    if not models or not (Path(models) / "voice").is_dir():
        pytest.skip("RUSHES_TEST_MODELS names no store with voice")
    poor, rich = free_port(), free_port()
    processes.start("poor", "worker", "--queues", "local,edit", worker_port=str(poor))
    assert "rushes models pull voice" in ready(poor)["engines"]["speech"]
    processes.start("rich", "worker", "--queues", "local,edit", models=models, worker_port=str(rich))
    assert ready(rich)["engines"]["speech"] == "ready"
    key = cluster.key()
    with httpx.Client(base_url=processes.serve(), headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        voice = {"model": "kokoro", "prompt": "Good morning."}
        jobs = []
        for _ in range(4):
            answer = client.post("/rushes/v1/generations", json=voice)
            assert answer.status_code == 202, answer.text
            jobs.append(answer.json()["id"])
        over = [finished(client, f"/rushes/v1/generations/{job}") for job in jobs]
        assert [each["state"] for each in over] == ["succeeded"] * 4, over
        seen = scrape(f"http://127.0.0.1:{rich}")
        assert seen.get("rushes_job_waiting_seconds_count", queue="edit") == 4
    cluster.check_books()


def test_a_worker_that_was_not_told_of_a_provider_leaves_its_jobs_alone(cluster: Cluster) -> None:
    api, _ = cluster.serve(), cluster.work_without(queues="cloud")
    able = cluster.work(queues="cloud")
    key = cluster.key()
    cluster.peer.scripts["slow"] = {"poll": ["running*"]}
    with api.client(key) as client:
        for number in range(4):
            job = submit(client, f"boat {number}")
            assert finished(client, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
        slow = submit(client, "slow")
        wait_for(lambda: "slow" in cluster.peer.polls)
        assert able.stop() == 0
        waiting = submit(client, "waiting")
        polls = len(cluster.peer.polls)
        cluster.peer.scripts["slow"] = {}
        cluster.work(queues="cloud")
        for job in (slow, waiting):
            assert finished(client, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
        assert len(cluster.peer.polls) > polls
        assert cluster.peer.submits.count("slow") == cluster.peer.submits.count("waiting") == 1
    cluster.check_books()


def test_a_job_that_no_worker_knows_how_to_do_ends_and_costs_nothing(cluster: Cluster) -> None:
    api, _ = cluster.serve(), cluster.work_without(queues="cloud", test_unknown="1")
    with api.client(cluster.key()) as client:
        job = submit(client)
        over = finished(client, f"/rushes/v1/generations/{job}")
        assert (over["state"], over["failure"]["code"]) == ("failed", "unavailable")
        assert cluster.peer.submits == []
    cluster.check_books()
