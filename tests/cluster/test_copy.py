"""`rushes db copy`: an installation on SQLite goes on, on PostgreSQL and an object store."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.e2e.server import Server, files_on_disk, finished


def rushes(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUSHES_")}
    environ = {**kept, "RUSHES_HOME": str(home), **settings}
    return subprocess.run(
        [sys.executable, "-m", "rushes", *arguments], env=environ, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A data folder in which something has happened: two jobs, one of them failed, texts of all kinds."""
    server = Server(tmp_path / "home", database_url="")
    server.home.mkdir()
    server.start()
    key = server.key()
    with server.client(key) as client:
        body = {"prompt": "Ein Boot – 舟 🛶", "size": "128x72", "seconds": 1, "fps": 12}
        job = client.post("/rushes/v1/generations", json=body).json()["id"]
        assert finished(client, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
        other = client.post("/rushes/v1/generations", json={**body, "seconds": 2}).json()["id"]
        client.delete(f"/rushes/v1/generations/{other}")
    server.environ["TEST_KEY"] = key
    return server


def test_everything_is_copied_proven_and_works(lived: Server, cluster: Cluster) -> None:
    options = {"RUSHES_STORAGE_OPTIONS": cluster.environ["RUSHES_STORAGE_OPTIONS"]}
    files = cluster.environ["RUSHES_STORAGE_URL"] + "/copied"
    to = ("db", "copy", "--to", cluster.database, "--files", files)
    running = rushes(lived.home, *to, **options)
    assert (running.returncode, "stop it first" in running.stderr) == (1, True)
    assert lived.stop() == 0

    done = rushes(lived.home, *to, **options)
    assert done.returncode == 0, done.stderr
    assert "copied and proven" in done.stdout
    with sqlite3.connect(lived.home / "rushes.db") as connection:
        jobs = connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
    assert f"jobs: {jobs} rows" in done.stdout
    assert f"files: {len(files_on_disk(lived.home))}" in done.stdout

    again = rushes(lived.home, *to, **options)
    assert (again.returncode, "not empty" in again.stderr) == (1, True)

    secret = (lived.home / "secret").read_text()
    node = cluster.serve(storage_url=files, secret=secret)
    with node.client(lived.environ["TEST_KEY"]) as client:
        listed = client.get("/rushes/v1/generations").json()["generations"]
        made = next(job for job in listed if job["state"] == "succeeded")
        body = client.get(made["outputs"][0]["url"], headers={"Authorization": ""})
        assert (body.status_code, len(body.content)) == (200, made["outputs"][0]["size"])
        assert client.post("/rushes/v1/generations", json={"prompt": "p", "seconds": 5}).status_code == 202
    cluster.check_books()


def test_a_copy_whose_books_are_wrong_is_undone(lived: Server, cluster: Cluster) -> None:
    assert lived.stop() == 0
    with sqlite3.connect(lived.home / "rushes.db") as connection:
        connection.execute("UPDATE wallets SET available = available + 1")
    done = rushes(lived.home, "db", "copy", "--to", cluster.database)
    assert (done.returncode, "the copy's books are wrong" in done.stderr) == (1, True)
    with sqlite3.connect(lived.home / "rushes.db") as connection:
        connection.execute("UPDATE wallets SET available = available - 1")
    assert rushes(lived.home, "db", "copy", "--to", cluster.database).returncode == 0


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("mysql://u:geheim@h/d", "database_url must be postgresql"),
        ("postgresql://rushes:geheim@127.0.0.1:9/d", "cannot be reached"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_without_its_password(to: str, said: str, tmp_path: Path) -> None:
    assert rushes(tmp_path, "db", "upgrade").returncode == 0
    done = rushes(tmp_path, "db", "copy", "--to", to)
    assert done.returncode == 1
    assert said in done.stderr
    assert "geheim" not in done.stdout + done.stderr
    shown = json.loads(rushes(tmp_path, "config", "show", "--json", RUSHES_DATABASE_URL=to).stdout)
    assert "geheim" not in json.dumps(shown)
