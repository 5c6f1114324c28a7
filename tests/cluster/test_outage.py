"""PostgreSQL stopped and started again: requests are told to come back, jobs go on, nothing is lost or paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import driving
from tests.cluster.conftest import Cluster, submit
from tests.e2e.server import finished, wait_for
from tests.faults.peer import Peer
from tests.postgres import Postgres
from tests.s3 import S3

ASKED = (
    ("GET", "/rushes/v1/generations/{job}", None),
    ("GET", "/rushes/v1/generations/{job}/events", None),
    ("POST", "/rushes/v1/generations", {"prompt": "p", "seconds": 5}),
    ("GET", "/v1/account", None),
    ("GET", "/api/v1/apikeys/current-balance", None),
    ("GET", "/openai/v1/videos", None),
)


@pytest.fixture
def own() -> Iterator[Postgres]:
    """A server of the test's own, which keeps what it has confirmed."""
    made = Postgres(durable=True)
    yield made.start()
    made.close()


def test_the_database_goes_away_and_comes_back(
    own: Postgres, s3: S3, peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "POSTGRES", own.url)
    cluster = Cluster(asyncio.run(driving.new_postgres()), s3, peer, tmp_path)
    try:
        _story(own, cluster)
    finally:
        cluster.close()


def _story(own: Postgres, cluster: Cluster) -> None:
    api, worker = cluster.serve(), cluster.work()
    key = cluster.key()
    cluster.peer.scripts |= {"slow": {"poll": ["running*"]}, "sent": {"submit": ["ok"], "poll": ["running"] * 3}}
    with api.client(key) as client:
        slow = submit(client, "slow")
        wait_for(lambda: "slow" in cluster.peer.polls)
        own.stop()
        for method, path, body in ASKED:
            answer = client.request(method, path.format(job=slow), json=body)
            assert answer.status_code == 503, (path, answer.text)
            assert int(answer.headers["retry-after"]) >= 1
        assert httpx.get(f"{api.url}/readyz").status_code == 503
        assert httpx.get(f"{api.url}/healthz").status_code == 200
        # What is finished meanwhile is written down later; the paid job is not begun a second time.
        cluster.peer.scripts["slow"] = {}
        polls = len(cluster.peer.polls)
        wait_for(lambda: len(cluster.peer.polls) > polls)
        own.start()
        assert finished(client, f"/rushes/v1/generations/{slow}")["state"] == "succeeded"
        sent = submit(client, "sent")
        assert finished(client, f"/rushes/v1/generations/{sent}")["state"] == "succeeded"
        assert cluster.peer.submits == ["slow", "sent"]
    assert worker.stop() == 0
    assert api.stop() == 0
    cluster.check_books()
