"""The object store goes away while a result is being stored: the job ends once, and is paid for once or not at all."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rushes.db import Steps, rows
from rushes.library.blobs import key as place_of
from tests.chaos.relay import Relay
from tests.cluster.conftest import Cluster, submit
from tests.e2e.server import finished, wait_for
from tests.faults.peer import Peer, clip
from tests.s3 import S3

MADE = clip(64, 48, 1)


@pytest.fixture
def relay(s3: S3) -> Iterator[Relay]:
    made = Relay(s3.endpoint)
    yield made
    made.close()


@pytest.fixture
def behind(empty: str, s3: S3, relay: Relay, peer: Peer, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that reaches its files only through the relay, in a folder of the bucket of its own."""
    made = Cluster(empty, S3(f"{s3.url}/{tmp_path.name}", relay.url), peer, tmp_path)
    yield made
    made.close()


def files(cluster: Cluster) -> list[tuple[str, str, int]]:
    """State, sha256 and size of every file on record."""

    def steps() -> Steps[list[tuple[str, str, int]]]:
        found = yield from rows("SELECT state, sha256, size FROM assets ORDER BY created_at")
        return [(str(state), str(sha256), int(size)) for state, sha256, size in found]

    found: list[tuple[str, str, int]] = cluster.do(steps())
    return found


def stored(s3: S3, cluster_folder: str) -> list[str]:
    """The keys in the bucket below a folder, whole or not."""
    bucket, _, prefix = s3.url.removeprefix("s3://").partition("/")
    listed = httpx.get(f"{s3.endpoint}/{bucket}", params={"list-type": "2", "prefix": f"{prefix}/{cluster_folder}/"})
    return [part.partition("</Key>")[0] for part in listed.text.split("<Key>")[1:]]


@pytest.mark.parametrize("way", ["refuse", "hang", "cut"])
def test_a_store_that_comes_back_has_the_result_once(
    behind: Cluster, relay: Relay, s3: S3, tmp_path: Path, way: str
) -> None:
    api, worker = behind.serve(), behind.work(queues="cloud")
    behind.peer.scripts["a boat"] = {"poll": ["running*"]}
    with api.client(behind.key()) as client:
        job = submit(client)
        wait_for(lambda: behind.peer.polls)
        relay.cut(way)
        behind.peer.scripts.clear()
        wait_for(lambda: files(behind), 20)  # staged: its bytes are on their way
        time.sleep(1.0)
        assert client.get(f"/rushes/v1/generations/{job}").json()["state"] == "running"
        relay.mend()
        over = finished(client, f"/rushes/v1/generations/{job}")
        assert over["state"] == "succeeded"
        [output] = over["outputs"]
        assert client.get(output["url"], headers={"Authorization": ""}).content == MADE
    assert behind.peer.submits == ["a boat"]
    sha256 = hashlib.sha256(MADE).hexdigest()
    ready = [each for each in files(behind) if each[0] == "ready"]
    assert ready == [("ready", sha256, len(MADE))]
    [path] = stored(s3, tmp_path.name)
    assert path.endswith(place_of(sha256))
    assert worker.stop() == 0
    behind.check_books()


def test_a_store_that_stays_away_ends_the_job_with_a_refund(behind: Cluster, relay: Relay) -> None:
    api, worker = behind.serve(), behind.work(queues="cloud", run_limit_seconds="2")
    behind.peer.scripts["a boat"] = {"poll": ["running"]}
    with api.client(behind.key()) as client:
        relay.cut("refuse")
        job = submit(client)
        over = finished(client, f"/rushes/v1/generations/{job}")
        assert (over["state"], over["failure"]["code"]) == ("failed", "unavailable")
        relay.mend()
    assert behind.peer.submits == ["a boat"]
    assert [each for each in files(behind) if each[0] == "ready"] == []
    assert worker.stop() == 0
    behind.check_books()
