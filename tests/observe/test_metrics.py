"""What a running server says at /metrics of what was done with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.engines import ScriptedServer
from tests.e2e.server import finished, wait_for
from tests.e2e.test_webhooks import Receiver
from tests.observe.exposition import Scraped, scrape

MODEL = {"model": "composer", "engine": "composer", "upstream": "", "tag": "value"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedServer]:
    home = tmp_path_factory.mktemp("metrics") / "home"
    home.mkdir()
    running = ScriptedServer(home, text_model="off", audit_seconds=1, log_format="json")
    running.start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def seen(server: ScriptedServer) -> Scraped:
    """A scrape after a success, a failure, a job that waits, a delivery and some requests that were refused."""
    receiver = Receiver()
    with server.client(server.key(dialect="rushes")) as client:
        done = _begin(client, prompt="a boat", callback_url=f"{receiver.url}/told")
        assert finished(client, f"/rushes/v1/generations/{done}")["state"] == "succeeded"
        assert finished(client, f"/rushes/v1/generations/{_begin(client, prompt='fail nsfw')}")["state"] == "failed"
        gone = _begin(client, prompt="wait here")
        wait_for(lambda: client.get(f"/rushes/v1/generations/{gone}").json()["state"] == "running")
        assert client.delete(f"/rushes/v1/generations/{gone}").status_code == 200
        _begin(client, prompt="wait here")
        wait_for(lambda: receiver.at("/told"))
        assert client.get("/rushes/v1/generations/job_none").status_code == 404
        assert client.get("/nowhere/at/all").status_code == 404
        client.request("PROPFIND", "/rushes/v1/models")
    with server.client() as stranger:
        refused = [stranger.post("/v1/auth/login", json={"email": "a@b.c", "password": "x" * 12}) for _ in range(40)]
        assert refused[-1].status_code == 429

    def told() -> Scraped | None:
        found = scrape(server.url)
        all_there = found.sum("rushes_webhook_attempts_total") and found.sum("rushes_cluster_jobs", state="running")
        return found if all_there else None

    result: Scraped = wait_for(told)
    receiver.close()
    return result


def _begin(client: httpx.Client, **wanted: Any) -> str:
    answer = client.post("/rushes/v1/generations", json={"model": "composer", "seconds": 1, **wanted})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_jobs_are_counted_by_model_and_route(seen: Scraped) -> None:
    name = "rushes_jobs_ended_total"
    assert seen.get(name, **MODEL, outcome="succeeded", code="") == 1
    assert seen.get(name, **MODEL, outcome="failed", code="nsfw") == 1
    assert seen.get(name, **MODEL, outcome="cancelled", code="") == 1
    assert seen.sum(name) == 3
    assert seen.sum("rushes_job_running_seconds_count") == 3
    assert seen.get("rushes_job_running_seconds_count", engine="composer", outcome="succeeded") == 1
    assert seen.get("rushes_job_waiting_seconds_count", queue="local") == 4
    assert seen.get("rushes_jobs_running_here", queue="local") == 1
    assert seen.get("rushes_worker") == 1


def test_calls_to_engines_are_timed(seen: Scraped) -> None:
    calls = "rushes_engine_call_seconds_count"
    assert seen.get(calls, engine="composer", call="start") == 4
    assert seen.get(calls, engine="composer", call="fetch") == 1
    assert (seen.get(calls, engine="composer", call="status") or 0) >= 3


def test_requests_are_counted_by_dialect_and_template(seen: Scraped) -> None:
    name = "rushes_http_requests_total"
    generations = "/rushes/v1/generations"
    assert seen.get(name, dialect="rushes", method="POST", route=generations, status="202") == 4
    assert seen.get(name, dialect="rushes", method="GET", route=f"{generations}/{{id}}", status="404") == 1
    assert seen.get(name, dialect="server", method="GET", route="other", status="404") == 1
    assert seen.get(name, dialect="rushes", method="other", route="/rushes/v1/models", status="405") == 1
    assert seen.get("rushes_http_request_seconds_count", dialect="rushes", route=generations) == 4
    assert (seen.get(name, dialect="usvideo", method="POST", route="/v1/auth/login", status="429") or 0) >= 10


def test_the_cluster_is_read_from_the_database(seen: Scraped) -> None:
    assert seen.get("rushes_cluster_jobs", queue="local", state="running") == 1
    assert seen.get("rushes_cluster_wallets_holding") == 1
    assert (seen.get("rushes_cluster_held_credits") or 0) > 0
    assert (seen.get("rushes_cluster_storage_bytes") or 0) > 100
    assert seen.get("rushes_cluster_webhooks_waiting") is not None
    assert seen.get("rushes_webhook_attempts_total", policy="callback", outcome="delivered") == 1
    assert (seen.get("rushes_database_write_seconds_count") or 0) > 10
    assert (seen.get("process_resident_memory_bytes") or 0) > 1e6
    assert 0 < (seen.get("rushes_disk_free_bytes") or 0) <= (seen.get("rushes_disk_bytes") or 0)


def test_nothing_of_a_caller_is_a_label(server: ScriptedServer, seen: Scraped) -> None:
    text = httpx.get(f"{server.url}/metrics").text
    assert "job_" not in "".join(line.partition("{")[2] for line in text.splitlines() if not line.startswith("#"))
    assert "ada@" not in text
    assert "nowhere" not in text


def test_the_books_are_audited_in_the_background(server: ScriptedServer, seen: Scraped) -> None:
    assert wait_for(lambda: scrape(server.url).get("rushes_ledger_audit_timestamp_seconds"))
    assert scrape(server.url).get("rushes_ledger_mismatches") == 0


def test_health_says_what_is_served(server: ScriptedServer) -> None:
    assert httpx.get(f"{server.url}/healthz").text == "ok\n"
    ready = httpx.get(f"{server.url}/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
