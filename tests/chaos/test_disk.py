"""A disk that is full: jobs wait for room or go to another machine, and are paid once."""

from __future__ import annotations

import time

import pytest

from tests.chaos.fleet import Fleet, Member
from tests.chaos.node import MODEL
from tests.cluster.conftest import Cluster
from tests.e2e.server import finished, wait_for

FILM = {"model": MODEL, "prompt": "film", "seconds": 5}
DRAWN = {"model": "composer", "prompt": "a boat", "seconds": 1, "size": "128x72", "fps": 12}
LONG = {"model": "composer", "prompt": "a boat", "seconds": 8, "size": "1280x720", "fps": 24}


@pytest.fixture
def fleet(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    made = Fleet(cluster, tmp_path_factory.mktemp("fleet"), api=1, workers=2)
    api, first, _ = made.members
    api.start(0.0)
    first.start(0.0)
    return made


def _log(member: Member) -> str:
    assert member.node is not None
    return member.node.log()


def test_what_is_paid_for_waits_for_room(fleet: Fleet, cluster: Cluster) -> None:
    api, first, _ = fleet.members
    assert api.node is not None
    cluster.peer.scripts["film"] = {"poll": ["running*"]}
    with api.node.client(cluster.key()) as client:
        job = client.post("/rushes/v1/generations", json=FILM).json()["id"]
        wait_for(lambda: cluster.peer.polls)
        first.fill_disk(True)
        cluster.peer.scripts["film"] = {}
        wait_for(lambda: "the disk of this machine is full" in _log(first))
        first.fill_disk(False)
        assert finished(client, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
    assert cluster.peer.submits == ["film"]
    cluster.check_books()


def test_a_render_without_room_is_made_later(fleet: Fleet, cluster: Cluster) -> None:
    api, first, _ = fleet.members
    assert api.node is not None
    with api.node.client(cluster.key()) as client:
        path = "/rushes/v1/generations/" + client.post("/rushes/v1/generations", json=LONG).json()["id"]
        # Its progress is told to other nodes every two seconds only, by when it may be done.
        wait_for(lambda: "job started" in _log(first), pause=0.01)
        first.fill_disk(True)
        wait_for(lambda: "no room for what it makes" in _log(first))
        assert client.get(path).json()["state"] == "queued"
        first.fill_disk(False)
        assert finished(client, path)["state"] == "succeeded"
    cluster.check_books()


def test_who_has_no_room_takes_nothing_new(fleet: Fleet, cluster: Cluster) -> None:
    api, first, second = fleet.members
    assert api.node is not None
    with api.node.client(cluster.key()) as client:
        first.fill_disk(True)
        wait_for(lambda: "nothing new is taken" in _log(first))
        job = client.post("/rushes/v1/generations", json=DRAWN).json()["id"]
        time.sleep(2.5)  # it would have been taken by now
        path = f"/rushes/v1/generations/{job}"
        assert client.get(path).json()["state"] == "queued"
        second.start(0.0)
        assert finished(client, path)["state"] == "succeeded"
    cluster.check_books()
