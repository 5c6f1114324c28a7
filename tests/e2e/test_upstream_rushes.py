"""One Rushes before another: two real servers, the second one's engines behind the first one's providers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.server import Server, finished, wait_for
from tests.moderation.test_refusing import BAD

DIALECTS = ("usvideo", "apixo", "studio", "series", "xpilot")
JOBS: dict[str, dict[str, Any]] = {
    "usvideo": {"model": "seedance-2.0", "seconds": 1, "resolution": "720p", "ratio": "9:16"},
    "apixo": {"model": "seedance-1-5-pro", "seconds": 4, "resolution": "480p", "ratio": "16:9"},
    "studio": {"model": "wan-t2v", "size": "256x144", "seconds": 1},
    "series": {"model": "videos", "seconds": 4, "ratio": "1:1"},
    "xpilot": {"model": "wavespeed-ai/wan-2.2/t2v-480p-ultra-fast", "seconds": 5},
}


def before(home: Path, second: Server, *kinds: str, at: str = "") -> Server:
    """A server whose providers are the second one's dialects. One key opens them all there."""
    key = second.key()
    providers = {kind: {"kind": kind, "url": second.url + at, "key": key} for kind in kinds}
    home.mkdir()
    return Server(home, providers=json.dumps(providers), moderation="off", drafts="off")


def submit(client: httpx.Client, **body: Any) -> str:
    answer = client.post("/rushes/v1/generations", json={"prompt": "a boat on the sea at dawn", **body})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def made(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/rushes/v1/generations").json()["generations"]
    return found


def stored(server: Server, job: str, column: str) -> Any:
    with server.database() as database:
        [[value]] = database.all(f"SELECT {column} FROM jobs WHERE id = :job", {"job": job})
    return value


def balance(client: httpx.Client) -> int:
    return int(client.get("/v1/account").json()["balance_cents"])


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("second") / "home"
    home.mkdir()
    server = Server(home).start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def first(second: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = before(tmp_path_factory.mktemp("first") / "home", second, *DIALECTS).start()
    yield server
    server.close()


def test_jobs_go_through_each_dialect(first: Server, second: Server) -> None:
    with first.client(first.key()) as here, second.client(second.key()) as there:
        money = balance(here), balance(there)
        jobs = {kind: submit(here, **JOBS[kind], seed=number) for number, kind in enumerate(DIALECTS)}
        ended = {kind: finished(here, f"/rushes/v1/generations/{job}") for kind, job in jobs.items()}
        upstream = {job["model"]: job for job in made(there)}
        assert len(upstream) == len(made(there)) == len(DIALECTS), "one job there for each here"
        for kind, job in ended.items():
            twin = upstream[JOBS[kind]["model"]]
            assert job["state"] == twin["state"] == "succeeded", (kind, job)
            assert (job["engine"], job["draft"]) == (kind, False)
            assert any(warning.startswith("draft: made by the provider's stand-in") for warning in job["warnings"]), (
                kind
            )
            assert (job["width"], job["height"]) == (twin["width"], twin["height"])
            ours, theirs = here.get(job["outputs"][0]["url"]), there.get(twin["outputs"][0]["url"])
            assert ours.status_code == theirs.status_code == 200
            assert ours.content == theirs.content
            assert ours.content[4:8] == b"ftyp"
        for kind in ("usvideo", "xpilot"):
            charged = upstream[JOBS[kind]["model"]]["cost"]
            assert stored(first, jobs[kind], "upstream_cost") == charged * 1_000_000, "what it says it charged"
        assert balance(here) == money[0] - sum(job["cost"] for job in ended.values())
        assert balance(there) == money[1] - sum(job["cost"] for job in upstream.values())
    for server in (first, second):
        assert server.audit() == {"ok": True, "findings": []}
    keys = json.loads(first.environ["RUSHES_PROVIDERS"])
    assert not [name for name, provider in keys.items() if provider["key"] in first.log() + second.log()]


def test_a_picture_that_is_answered_at_once(second: Server, tmp_path: Path) -> None:
    first = before(tmp_path / "home", second, "openai", at="/openai/v1").start()
    try:
        with first.client(first.key()) as here, second.client(second.key()) as there:
            job = submit(here, model="gpt-image-2", size="1024x1024", format="jpeg")
            ended = finished(here, f"/rushes/v1/generations/{job}")
            assert (ended["state"], ended["engine"]) == ("succeeded", "openai"), ended
            [twin] = [each for each in made(there) if each["model"] == "gpt-image-2"]
            assert ended["outputs"][0]["mime"] == twin["outputs"][0]["mime"] == "image/jpeg"
            assert here.get(ended["outputs"][0]["url"]).content == there.get(twin["outputs"][0]["url"]).content
        wait_for(lambda: not list((first.home / "answers" / "openai").iterdir()), 10)
        assert first.audit() == {"ok": True, "findings": []}
    finally:
        first.close()


@pytest.mark.parametrize("kind", ["usvideo", "apixo", "studio"])
def test_what_the_second_refuses_fails_here_with_the_same_code(kind: str, first: Server, second: Server) -> None:
    with first.client(first.key()) as here, second.client(second.key()) as there:
        money = balance(here), balance(there)
        job = finished(here, f"/rushes/v1/generations/{submit(here, **JOBS[kind] | {'prompt': BAD})}")
        assert (job["state"], job["failure"]["code"], job["cost"]) == ("failed", "content_violation", 0)
        assert (balance(here), balance(there)) == money


@pytest.mark.parametrize("kind", ["usvideo", "studio"])
def test_cancelling_here_cancels_there(kind: str, first: Server, second: Server) -> None:
    long = {"usvideo": {"seconds": 10, "resolution": "2k"}, "studio": {"seconds": 12, "size": "1280x720"}}[kind]
    with first.client(first.key()) as here, second.client(second.key()) as there:
        money = balance(here), balance(there)
        known = {job["id"] for job in made(there)}
        job = submit(here, **{name: value for name, value in JOBS[kind].items() if name != "ratio"} | long)
        [new] = wait_for(lambda: [each["id"] for each in made(there) if each["id"] not in known])
        assert here.delete(f"/rushes/v1/generations/{job}").json()["cancelled"] is True
        wait_for(lambda: there.get(f"/rushes/v1/generations/{new}").json()["state"] == "cancelled", 20)
        assert (balance(here), balance(there)) == money


@pytest.mark.parametrize(("kind", "at"), [("rushes", "any time"), ("usvideo", "accepted")])
def test_a_first_that_is_killed_goes_on_with_the_same_job(kind: str, at: str, second: Server, tmp_path: Path) -> None:
    """A Rushes by its own name may be killed whenever: the same create is sent again under the same key."""
    first = before(tmp_path / "home", second, kind).start()
    try:
        key = first.key()
        with second.client(second.key()) as there:
            known = {job["id"] for job in made(there)}
            with first.client(key) as here:
                job = submit(here, **JOBS["usvideo"], negative_prompt=f"killed {kind}")
                wait_for(lambda: {each["id"] for each in made(there)} - known, pause=0.01)
                if at == "accepted":
                    wait_for(lambda: stored(first, job, "submission") == "accepted", pause=0.01)
                first.kill()
            first.start()
            with first.client(key) as here:
                ended = finished(here, f"/rushes/v1/generations/{job}")
                [new] = [each for each in made(there) if each["id"] not in known]
                assert ended["state"] == new["state"] == "succeeded", (ended, new, second.log()[-3000:])
                content = here.get(ended["outputs"][0]["url"]).content
                assert content == there.get(new["outputs"][0]["url"]).content
        assert first.audit() == {"ok": True, "findings": []}
    finally:
        first.close()
