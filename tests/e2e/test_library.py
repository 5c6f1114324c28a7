"""Files' lives: retention, quota, expiry."""

from __future__ import annotations

import time

import httpx

from tests.e2e.server import Server, files_on_disk, finished, wait_for

SMALL = {"prompt": "a boat on the sea", "size": "128x72", "seconds": 1, "fps": 12}


def test_files_are_kept_for_their_time_and_no_longer(fresh: Server) -> None:
    fresh.start()
    client = fresh.client(fresh.key())
    job = client.post("/rushes/v1/generations", json=SMALL).json()["id"]
    done = finished(client, f"/rushes/v1/generations/{job}")
    days = (time.mktime(time.strptime(done["expires_at"], "%Y-%m-%dT%H:%M:%SZ")) - time.time()) / 86400
    assert 13.9 < days < 15.1
    url = done["outputs"][0]["url"]
    assert httpx.get(url).status_code == 200
    fresh.stop()
    with fresh.database() as database:
        database.run("UPDATE assets SET expires_at = 1")
    fresh.start()
    wait_for(lambda: files_on_disk(fresh.home) == set())
    path = url[url.index("/files/") :]
    assert httpx.get(fresh.url + path).status_code == 404
    assert fresh.audit() == {"ok": True, "findings": []}


def test_nothing_expires_without_retention(fresh: Server) -> None:
    fresh.environ["RUSHES_RETENTION_DAYS"] = "0"
    fresh.start()
    client = fresh.client(fresh.key())
    job = client.post("/rushes/v1/generations", json=SMALL).json()["id"]
    done = finished(client, f"/rushes/v1/generations/{job}")
    assert "expires_at" not in done
    assert httpx.get(done["outputs"][0]["url"]).status_code == 200


def test_a_full_account_is_told_to_delete_something(fresh: Server) -> None:
    fresh.environ["RUSHES_QUOTA_BYTES"] = "100"
    fresh.start()
    client = fresh.client(fresh.key())
    job = client.post("/rushes/v1/generations", json=SMALL).json()["id"]
    finished(client, f"/rushes/v1/generations/{job}")
    refused = client.post("/v1/videos", json={"prompt": "x", "mode": "text_to_video"})
    assert refused.status_code == 400
    assert "quota" in refused.json()["error"]
    client.delete(f"/v1/videos/{job}")
    assert client.post("/rushes/v1/generations", json=SMALL).status_code == 202


def test_two_jobs_with_the_same_bytes_share_them_until_both_are_gone(fresh: Server) -> None:
    fresh.start()
    client = fresh.client(fresh.key())
    jobs = [client.post("/rushes/v1/generations", json={**SMALL, "seed": 5}).json()["id"] for _ in range(2)]
    done = [finished(client, f"/rushes/v1/generations/{job}") for job in jobs]
    assert len(files_on_disk(fresh.home)) == 1
    client.delete(f"/rushes/v1/generations/{jobs[0]}")
    assert httpx.get(done[1]["outputs"][0]["url"]).status_code == 200
    client.delete(f"/rushes/v1/generations/{jobs[1]}")
    wait_for(lambda: files_on_disk(fresh.home) == set())
