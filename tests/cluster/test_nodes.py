"""Two nodes that serve, others that work: what is asked of one is known to all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import httpx
import pytest

from rushes.accounts import load_tiers
from rushes.db import run
from rushes.jobs import hooks
from tests.cluster import GONE, LEASE
from tests.cluster.conftest import Cluster, Node, submit
from tests.e2e.server import finished, wait_for
from tests.faults.peer import clip


class Held(NamedTuple):
    """A job in the hands of a worker, and a client of the node that accepted it."""

    client: httpx.Client
    worker: Node
    job: str
    key: str

    def succeeds(self) -> bool:
        return finished(self.client, f"/rushes/v1/generations/{self.job}")["state"] == "succeeded"


@contextmanager
def held(cluster: Cluster, settings: dict[str, str] | None = None, **script: list[str]) -> Iterator[Held]:
    """One job that the peer treats as `script` says, sent to it and looked at. At the end the books are right."""
    api, worker = cluster.serve(), cluster.work(queues="cloud", **(settings or {}))
    cluster.peer.scripts["a boat"] = script
    key = cluster.key()
    with api.client(key) as client:
        job = submit(client)
        wait_for(lambda: cluster.peer.polls if "poll" in script else cluster.peer.submits)
        yield Held(client, worker, job, key)
    assert cluster.peer.submits.count("a boat") == 1
    cluster.check_books()


def taken_over(cluster: Cluster) -> Node:
    """Another worker, which has the job as soon as its lease has run out."""
    second = cluster.work(queues="cloud")
    polls = len(cluster.peer.polls)
    wait_for(lambda: len(cluster.peer.polls) > polls + 2, LEASE * 5)
    return second


def test_submitted_here_made_there_followed_and_fetched_elsewhere(cluster: Cluster, two: tuple[Node, Node]) -> None:
    here, there = two
    key = cluster.key()
    cluster.work(queues="cloud")
    cluster.peer.scripts["a boat"] = {"poll": ["running"] * 5}
    with here.client(key) as one, there.client(key) as other:
        job = submit(one)
        states = []
        with other.stream("GET", f"/rushes/v1/generations/{job}/events") as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    states.append(json.loads(line[5:])["state"])
        assert states[0] in ("queued", "running")
        assert states[-1] == "succeeded"
        file = other.get(f"/rushes/v1/generations/{job}").json()["outputs"][0]
        body = other.get(file["url"], headers={"Authorization": ""})
        assert (body.status_code, body.content) == (200, clip(64, 48, 1))
        part = one.get(file["url"].replace(there.url, here.url), headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.content) == (206, body.content[5:10])
    cluster.check_books()


def test_a_killed_workers_job_is_finished_by_another_and_paid_once(cluster: Cluster) -> None:
    with held(cluster, poll=["running*"]) as it:
        it.worker.kill()
        second = taken_over(cluster)
        cluster.peer.scripts.clear()
        assert it.succeeds()
    assert second.stop() == 0


def test_a_start_in_doubt_is_refunded_by_the_other_machine(cluster: Cluster) -> None:
    with held(cluster, submit=["silence"]) as it:
        it.worker.kill()
        cluster.work(queues="cloud")
        over = finished(it.client, f"/rushes/v1/generations/{it.job}")
        assert (over["state"], over["failure"]["code"]) == ("failed", "lost")


def test_a_node_that_slept_finds_its_job_taken_and_settles_nothing_twice(cluster: Cluster) -> None:
    with held(cluster, poll=["running*"]) as it:
        it.worker.pause()
        second = taken_over(cluster)
        it.worker.go_on()
        time.sleep(1.0)  # it looks at its leases several times
        cluster.peer.scripts.clear()
        assert it.succeeds()
        again = submit(it.client, "another")
        assert finished(it.client, f"/rushes/v1/generations/{again}")["state"] == "succeeded"
    assert it.worker.stop() == second.stop() == 0


def test_a_cancel_at_one_node_stops_the_work_of_another(cluster: Cluster) -> None:
    with held(cluster, poll=["running*"]) as it, cluster.serve().client(it.key) as other:
        assert other.delete(f"/rushes/v1/generations/{it.job}").status_code == 200
        time.sleep(0.5)
        polls = len(cluster.peer.polls)
        time.sleep(0.7)
        assert len(cluster.peer.polls) == polls


def test_a_providers_call_at_one_node_wakes_the_worker_of_another(cluster: Cluster) -> None:
    hour = {"test_between": "3600"}
    with held(cluster, hour, poll=["running", "running"]) as it, cluster.serve().client() as caller:
        for looks in (2, 3):
            for path in (hooks.token(it.job, "another secret"), it.job):
                assert caller.post(hooks.PATH + path).status_code == 404
            assert len(cluster.peer.polls) == looks - 1
            assert caller.post(hooks.PATH + hooks.token(it.job, cluster.environ["RUSHES_SECRET"])).is_success
            wait_for(lambda looks=looks: len(cluster.peer.polls) >= looks)
        assert it.succeeds()
        assert len(cluster.peer.polls) == 3


def test_a_request_limit_holds_for_all_nodes_together(cluster: Cluster, two: tuple[Node, Node]) -> None:
    key = cluster.key(tier="free")

    def ask(node: Node) -> int:
        with node.client(key) as client:
            return sum(client.get("/rushes/v1/generations").status_code == 200 for _ in range(40))

    with ThreadPoolExecutor(2) as pool:
        allowed = sum(pool.map(ask, two))
    with two[0].client(key) as client:
        refused = client.get("/rushes/v1/generations")
        assert refused.status_code == 429, (allowed, refused.text)
        assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert allowed == load_tiers().limits(load_tiers()["free"], "rushes").requests_per_minute


def test_wrong_passwords_count_everywhere(cluster: Cluster, two: tuple[Node, Node]) -> None:
    body = {"email": "ada@example.com", "password": "correct horse battery"}
    with two[0].client() as one, two[1].client() as other:
        assert one.post("/v1/auth/register", json=body).status_code in (200, 201)
        wrong = {**body, "password": "wrong password"}
        seen = [client.post("/v1/auth/login", json=wrong).status_code for client in (one, other) * 4]
        assert 429 in seen
        assert seen.index(429) <= 6
        assert one.post("/v1/auth/login", json=body).status_code == 429
        assert other.post("/v1/auth/login", json=body).status_code == 429


def test_the_same_request_at_two_nodes_at_once_is_one_job(cluster: Cluster, two: tuple[Node, Node]) -> None:
    key = cluster.key()
    barrier = threading.Barrier(8)

    def ask(number: int) -> str:
        with two[number % 2].client(key) as client:
            barrier.wait()
            return submit(client, "one", **{"Idempotency-Key": "k1"})

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    cluster.check_books()


def test_a_request_cut_off_with_its_node_is_finished_by_another(cluster: Cluster) -> None:
    key = cluster.key()
    first, second = cluster.serve(), cluster.serve()
    with first.client(key) as client:
        job = submit(client, "one", **{"Idempotency-Key": "k1"})
    # As a kill in the middle leaves it: claimed, accepted, never answered.
    cluster.do(run("UPDATE claims SET status = NULL, media = NULL, answer = NULL"))
    first.kill()
    with second.client(key) as client:
        began = time.monotonic()
        assert submit(client, "one", **{"Idempotency-Key": "k1"}) == job
        assert time.monotonic() - began > GONE / 2, "it cannot have known so soon that the other is dead"
    cluster.check_books()


def test_jobs_at_a_time_are_counted_over_all_nodes(cluster: Cluster, two: tuple[Node, Node]) -> None:
    key = cluster.key(tier="free")

    def ask(number: int) -> int:
        with two[number % 2].client(key) as client:
            return client.post("/rushes/v1/generations", json={"prompt": f"{number}", "seconds": 5}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(24)))
    running = answers.count(202)
    assert running == load_tiers().limits(load_tiers()["free"], "rushes").concurrent_jobs
    with two[0].client(key) as client:
        assert len(client.get("/rushes/v1/generations").json()["generations"]) == running
    cluster.check_books()


def test_nodes_with_other_secrets_or_files_are_not_let_in(cluster: Cluster) -> None:
    cluster.serve()
    with pytest.raises(RuntimeError, match="RUSHES_SECRET"):
        cluster.serve(secret="t" * 64)
    with pytest.raises(RuntimeError, match="RUSHES_STORAGE_URL"):
        cluster.serve(storage_url="")


def test_a_missing_bucket_stops_the_start(cluster: Cluster) -> None:
    with pytest.raises(RuntimeError, match="s3://nowhere/x does not exist"):
        cluster.serve(storage_url="s3://nowhere/x")
